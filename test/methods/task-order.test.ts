import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TASK_ORDERS, nextOrder, resolveTaskOrder } from 'lazygrad/methods';
import type { Losses, ResolvedTaskOrder, TaskOrderKind } from 'lazygrad/methods';
import { ConfigError } from '../../engine/index.ts';

interface Case {
  readonly order: readonly string[];
  readonly last: Losses;
  readonly initial: Losses;
}

const loss = fc.oneof(fc.constantFrom(0, 1, 2), fc.double({ min: 0, max: 1e6, noNaN: true }));
const cases: fc.Arbitrary<Case> = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 6 }).chain((order) => {
  const losses = fc.array(loss, { minLength: order.length, maxLength: order.length }).map((values) => new Map(order.map((task, i) => [task, values[i]!])));
  return fc.record({ order: fc.constant(order), last: losses, initial: losses });
});
const orderOf = (kind: TaskOrderKind, every = 1): ResolvedTaskOrder => ({ kind, every, first: [] });
const next = (kind: TaskOrderKind, { order, last, initial }: Case, epoch = 1, every = 1): readonly string[] => nextOrder(orderOf(kind, every), epoch, order, last, initial);

test('by hand', () => {
  const c = { order: ['a', 'b', 'c'], last: new Map([['a', 1], ['b', 3], ['c', 2]]), initial: new Map([['a', 1], ['b', 6], ['c', 2.5]]) };
  expect(next('fixed', c)).toEqual(['a', 'b', 'c']);
  expect(next('dynamic', c)).toEqual(['b', 'c', 'a']);
  expect(next('relative', c)).toEqual(['a', 'c', 'b']);
  expect([0, 1, 2, 3, 4, 5, 6, 10].map((epoch) => next('dynamic', c, epoch, 5).join(''))).toEqual(['abc', 'abc', 'abc', 'abc', 'abc', 'bca', 'abc', 'bca']);
});

test('a permutation, the highest first; equal ones stay as they stood', () =>
  fc.assert(fc.property(cases, fc.constantFrom('dynamic' as const, 'relative' as const), (c, kind) => {
    const after = next(kind, c);
    expect([...after].sort()).toEqual([...c.order].sort());
    const weights = after.map((task) => kind === 'dynamic' ? c.last.get(task)! : c.last.get(task) === 0 ? 0 : c.last.get(task)! / c.initial.get(task)!);
    for (let i = 1; i < after.length; i++) {
      expect(weights[i]).toBeLessThanOrEqual(weights[i - 1]!);
      if (weights[i] === weights[i - 1]) expect(c.order.indexOf(after[i]!)).toBeGreaterThan(c.order.indexOf(after[i - 1]!));
    }
  })));

test('knows tasks by name only: where no losses are equal, the order before does not matter', () =>
  fc.assert(fc.property(cases, fc.nat(), (c, turn) => {
    fc.pre(new Set(c.last.values()).size === c.order.length);
    const by = turn % c.order.length;
    expect(next('dynamic', { ...c, order: [...c.order.slice(by), ...c.order.slice(0, by)] })).toEqual(next('dynamic', c));
  })));

test('never re-ordering is fixed; so are equal losses, and one task', () =>
  fc.assert(fc.property(cases, fc.constantFrom(...TASK_ORDERS), fc.nat(40), fc.integer({ min: 1, max: 7 }), (c, kind, epoch, every) => {
    expect(next(kind, c, epoch, Infinity)).toEqual(c.order);
    expect(next(kind, { ...c, last: new Map(c.order.map((task) => [task, 0.5])), initial: new Map(c.order.map((task) => [task, 2])) }, epoch, every)).toEqual(c.order);
    expect(next(kind, { ...c, order: c.order.slice(0, 1) }, epoch, every)).toEqual(c.order.slice(0, 1));
  })));

test('a task without samples comes last', () => {
  expect(next('dynamic', { order: ['empty', 'a', 'b'], last: new Map([['a', 0], ['b', 1]]), initial: new Map() })).toEqual(['b', 'a', 'empty']);
});

test.each([
  [{ kind: 'random' as 'fixed' }, /task order: expected fixed or dynamic or relative, got random/],
  [{ every: 0 }, /every: expected a whole number from 1, got 0/],
  [{ every: NaN }, /got NaN/],
  [{ first: ['a'] }, /first: expected each of a, b once, got a/],
  [{ first: ['a', 'a'] }, /got a, a/],
  [{ first: ['a', 'c'] }, /got a, c/],
])('%o is refused', (options, message) => {
  expect(() => resolveTaskOrder(options, ['a', 'b'])).toThrow(ConfigError);
  expect(() => resolveTaskOrder(options, ['a', 'b'])).toThrow(message);
});
