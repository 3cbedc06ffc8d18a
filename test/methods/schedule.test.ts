import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SCHEDULES, resolveSchedule, stepsInEpoch, turnsOf } from 'lazygrad/methods';
import type { EpochFacts, ResolvedSchedule, Turn } from 'lazygrad/methods';
import { batches } from '../../data/index.ts';
import { feed } from '../../methods/feed.ts';
import { ConfigError } from '../../engine/index.ts';
import type { Task } from '../../data/index.ts';
import { collect } from '../support/collect.ts';
import { toyTask } from './support.ts';

const facts: fc.Arbitrary<EpochFacts> = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 5 }).chain((order) => fc.record({
  seed: fc.nat(), epoch: fc.nat(30), order: fc.constant(order),
  batches: fc.array(fc.nat(9), { minLength: order.length, maxLength: order.length }).map((counts) => new Map(order.map((task, i) => [task, counts[i]!]))),
}));
const schedules: fc.Arbitrary<ResolvedSchedule> = fc.record({ kind: fc.constantFrom(...SCHEDULES), stepsPerTask: fc.constantFrom(Infinity, 1, 3, 8), cycle: fc.boolean() });

const tasksOf = (turns: readonly Turn[]): string => turns.map(({ task }) => task).join('');
const abc = (kind: ResolvedSchedule['kind'], options: object = {}, seed = 1): string =>
  tasksOf(turnsOf(resolveSchedule({ kind, ...options }), { seed, epoch: 0, order: ['a', 'b', 'c'], batches: new Map([['a', 2], ['b', 4], ['c', 1]]) }));

describe('an epoch of any schedule', () => {
  test('has each batch of each task as often as it should, in the order of its numbers', () =>
    fc.assert(fc.property(schedules, facts, (schedule, epoch) => {
      const turns = turnsOf(schedule, epoch);
      for (const [task, own] of epoch.batches) {
        const longest = Math.max(...epoch.batches.values());
        const steps = Math.min(schedule.stepsPerTask, schedule.cycle && own > 0 ? longest : own);
        expect(stepsInEpoch(schedule, epoch).get(task)).toBe(steps);
        expect(turns.filter((turn) => turn.task === task).map((turn) => turn.batch)).toEqual(Array.from({ length: steps }, (_, i) => i));
      }
    })));

  test('is the same however often it is asked for, and other facts give another proportional one', () => {
    fc.assert(fc.property(schedules, facts, (schedule, epoch) => {
      expect(turnsOf(schedule, epoch)).toEqual(turnsOf(schedule, epoch));
    }));
    const many = { seed: 1, epoch: 0, order: ['a', 'b'], batches: new Map([['a', 40], ['b', 40]]) };
    const drawn = (change: object): Turn[] => [...turnsOf(resolveSchedule({ kind: 'proportional' }), { ...many, ...change })];
    expect(drawn({ seed: 2 })).not.toEqual(drawn({}));
    expect(drawn({ epoch: 1 })).not.toEqual(drawn({}));
  });

  test('knows tasks by name only: other names give the same turns under those names', () =>
    fc.assert(fc.property(schedules, facts, fc.uniqueArray(fc.string(), { minLength: 5, maxLength: 5 }), (schedule, epoch, names) => {
      const renamed = new Map(epoch.order.map((task, i) => [task, names[i]!]));
      const turns = turnsOf(schedule, { ...epoch, order: epoch.order.map((task) => renamed.get(task)!), batches: new Map([...epoch.batches].map(([task, n]) => [renamed.get(task)!, n])) });
      expect(turns).toEqual(turnsOf(schedule, epoch).map(({ task, batch }) => ({ task: renamed.get(task)!, batch })));
    })));

  test('with one task is the same for all schedules', () =>
    fc.assert(fc.property(schedules, fc.nat(20), fc.nat(), (schedule, length, seed) => {
      const epoch = { seed, epoch: 3, order: ['only'], batches: new Map([['only', length]]) };
      expect(turnsOf(schedule, epoch)).toEqual(turnsOf({ ...schedule, kind: 'sequential', cycle: false }, epoch));
    })));
});

test('sequential, interleaved, capped, cycled: by hand', () => {
  expect(abc('sequential')).toBe('aabbbbc');
  expect(abc('interleaved')).toBe('abcabbb');
  expect(abc('interleaved', { cycle: true })).toBe('abcabcabcabc');
  expect(abc('sequential', { stepsPerTask: 2 })).toBe('aabbc');
  expect(abc('sequential', { stepsPerTask: 3, cycle: true })).toBe('aaabbbccc');
});

test('proportional: every arrangement is equally likely', () => {
  const counts = new Map<string, number>();
  const RUNS = 21_000;
  for (let seed = 0; seed < RUNS; seed++) {
    const drawn = abc('proportional', {}, seed);
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  // 7! / (2! 4! 1!) arrangements; chi-square with 104 degrees of freedom stays below 160 but for once in three thousand.
  expect(counts.size).toBe(105);
  const mean = RUNS / 105;
  expect([...counts.values()].reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0)).toBeLessThan(160);
});

describe('the feed', () => {
  const tasks = new Map([toyTask('a', 1, 19), toyTask('b', 2, 40)].map((task) => [task.name, task]));
  const passes = new Map([['a', 5], ['b', 10]]);
  const epoch = { seed: 4, epoch: 2, order: ['a', 'b'], batches: passes };
  const options = { batchSize: 4, seed: 4, epoch: 2, passes, task: (name: string): Task => tasks.get(name)! };

  test.each(SCHEDULES.flatMap((kind) => [[kind, 0], [kind, 7], [kind, 13]] as const))('%s from step %i on gives the batches of the whole epoch', async (kind, start) => {
    const turns = turnsOf(resolveSchedule({ kind, cycle: true }), epoch);
    const steps = turns.map((turn) => [turn]);
    const whole = await collect(feed(steps, options));
    expect(whole.map(([part]) => part?.task.name)).toEqual(turns.map(({ task }) => task));
    expect(await collect(feed(steps.slice(start), options))).toEqual(whole.slice(start));
  });

  test('a pass is that of data/batches, and a second one has another order', async () => {
    const task = tasks.get('a')!;
    const taken = (await collect(feed(Array.from({ length: 10 }, (_, batch) => [{ task: 'a', batch }]), options))).map(([part]) => part?.batch);
    const pass = (n: number): unknown[] => [...batches(task.train, 64, { batchSize: 4, seed: 4, epoch: 2, stream: 'a', pass: n })];
    expect(taken).toEqual([...pass(0), ...pass(1)]);
    expect(pass(1)).not.toEqual(pass(0));
  });
});

test.each([
  [{ kind: 'random' as 'sequential' }, /schedule: expected sequential or interleaved or proportional, got random/],
  [{ stepsPerTask: 0 }, /stepsPerTask: expected a whole number from 1, got 0/],
  [{ stepsPerTask: 1.5 }, /got 1.5/],
  [{ stepsPerTask: NaN }, /got NaN/],
])('%o is refused', (options, message) => {
  expect(() => resolveSchedule(options)).toThrow(ConfigError);
  expect(() => resolveSchedule(options)).toThrow(message);
});
