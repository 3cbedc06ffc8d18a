import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { DTypeError, eq, ge, grad, gt, le, logicalAnd, logicalNot, logicalOr, logicalXor, lt, ne, permute, ShapeError, tensor, where } from '../../engine/index.ts';
import { build, position } from '../reference/array.ts';
import { binaryReference, broadcastShape } from '../reference/broadcast.ts';
import { broadcastPairs, holds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond, ofAbsolutes } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

type Test = (a: Tensor, b: Tensor | number) => Tensor;
const COMPARISONS: Record<string, [Test, (p: number, q: number) => boolean]> = {
  eq: [eq, (p, q) => p === q],
  ne: [ne, (p, q) => p !== q],
  lt: [lt, (p, q) => p < q],
  le: [le, (p, q) => p <= q],
  gt: [gt, (p, q) => p > q],
  ge: [ge, (p, q) => p >= q],
};

describe.each(Object.keys(COMPARISONS))('%s', (name) => {
  const [f, expected] = COMPARISONS[name]!;

  test('equals the reference for all broadcasts and layouts', () =>
    holds(fc.record({ pair: broadcastPairs(4, 17), left: layouts, right: layouts, seed: seeds }), async ({ pair: [a, b], left, right, seed }) => {
      using _scope = device.scope();
      const [p, q] = [values(a, 'ties', seed), values(b, 'ties', seed + 1)];
      const found = f(constant(device, p, left, seed), constant(device, q, right, seed + 1));
      const wanted = build(broadcastShape(a, b), (index) => expected(p.data[position(a, index)]!, q.data[position(b, index)]!) ? 1 : 0);
      expect(found.dtype).toBe('bool');
      expect(found.shape).toEqual(wanted.shape);
      expect([...await found.read()]).toEqual([...wanted.data]);
    }));

  test('NaN, infinities, zeros, and a number', async () => {
    using _scope = device.scope();
    const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1];
    const x = tensor(device, special);
    const all = f(tensor(device, special, [special.length, 1]), x);
    expect([...await all.read()]).toEqual(special.flatMap((p) => special.map((q) => expected(p, q) ? 1 : 0)));
    expect([...await f(x, 0).read()]).toEqual(special.map((p) => expected(p, 0) ? 1 : 0));
  });
});

test('logic', async () => {
  using _scope = device.scope();
  const a = tensor(device, [0, 1], [2, 1], { dtype: 'bool' });
  const b = tensor(device, [0, -3], [2], { dtype: 'bool' });
  const read = async (x: Tensor): Promise<number[]> => [...await x.read()];
  expect(await read(b)).toEqual([0, 1]);
  expect(await read(logicalAnd(a, b))).toEqual([0, 0, 0, 1]);
  expect(await read(logicalOr(a, b))).toEqual([0, 1, 1, 1]);
  expect(await read(logicalXor(a, b))).toEqual([0, 1, 1, 0]);
  expect(await read(logicalNot(b))).toEqual([1, 0]);
});

describe('where', () => {
  // The condition depends on the operands here: a choice of the second where the first is below 0.
  const subject = { run: ([a, b]: readonly Tensor[]) => where(lt(a!, 0), b!, a!), reference: binaryReference((p, q) => p < 0 ? q : p, (p) => p < 0 ? 0 : 1, (p) => p < 0 ? 1 : 0), magnitude: ofAbsolutes(binaryReference((p, q) => p + q, () => 1, () => 1)) };

  test('equals the reference for all broadcasts and layouts', () =>
    holds(fc.record({ pair: broadcastPairs(4, 17), left: layouts, right: layouts, seed: seeds }), async ({ pair: [a, b], left, right, seed }) =>
      check(device, subject, [values(a, 'normal', seed), values(b, 'normal', seed + 1)], { layouts: [left, right], seed })));

  test('has the right derivatives of both orders', async () => {
    await checkSecond(device, subject, [values([3, 1, 4], 'spread', 1), values([2, 1], 'normal', 2)]);
  });

  test('what is not chosen has no influence', async () => {
    using _scope = device.scope();
    const a = tensor(device, [NaN, 1, Infinity], [3], { requiresGrad: true });
    const b = tensor(device, [2, NaN, 3], [3], { requiresGrad: true });
    const condition = tensor(device, [0, 1, 0], [3], { dtype: 'bool' });
    const y = where(condition, a, b);
    expect([...await y.read()]).toEqual([2, 1, 3]);
    const [byA, byB] = grad(y, [a, b], { gradient: tensor(device, [5, Infinity, NaN]) });
    expect([...await byA!.read()]).toEqual([0, Infinity, 0]);
    expect([...await byB!.read()]).toEqual([5, 0, NaN]);
  });

  test('takes numbers, a broadcast condition, and operands stored in another order', async () => {
    using _scope = device.scope();
    const condition = tensor(device, [1, 0], [2, 1], { dtype: 'bool' });
    const x = permute(tensor(device, [1, 2, 3, 4, 5, 6], [3, 2]), [1, 0]);
    expect([...await where(condition, x, -1).read()]).toEqual([1, 3, 5, -1, -1, -1]);
    expect([...await where(condition, -1, x).read()]).toEqual([-1, -1, -1, 2, 4, 6]);
    expect([...await where(condition, 7, 8).read()]).toEqual([7, 8]);
    expect(where(condition, tensor(device, [1, 2, 3]), 0).shape).toEqual([2, 3]);
  });
});

test('wrong types and shapes are refused', () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2]);
  const yes = eq(x, x);
  expectError(() => where(x, x, x), DTypeError, 'where', 'bool', 'float32');
  expectError(() => where(yes, yes, x), DTypeError, 'where', 'float32', 'bool', 'cast');
  expectError(() => where(yes, tensor(device, [1, 2, 3]), 0), ShapeError, 'where', '[2]', '[3]');
  expectError(() => lt(x, yes), DTypeError, 'lt', 'float32', 'bool');
  expectError(() => gt(x, tensor(device, [1, 2, 3])), ShapeError, 'gt');
  expectError(() => logicalNot(x), DTypeError, 'logicalNot', 'bool', 'float32');
  expectError(() => tensor(device, [1], [1], { dtype: 'bool', requiresGrad: true }), DTypeError, 'float32', 'bool');
});
