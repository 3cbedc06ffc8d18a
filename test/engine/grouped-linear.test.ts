/** Linear maps of which every row chooses its own. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { DTypeError, IndexError, ShapeError, TensorError, grad, groupedLinear, tensor, zeros } from '../../engine/index.ts';
import { map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { groupedLinearReference } from '../reference/grouped.ts';
import { holds, kinds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice, tileDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { drawnIndices, indexTensor } from '../support/indices.ts';
import { constant, leaf } from '../support/layout.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const subject = (index: NDArray, on = device): Subject => ({ run: ([x, weight]) => groupedLinear(x!, weight!, indexTensor(on, index)), reference: groupedLinearReference(index) });

test('equals the reference for all sizes, choices, layouts and values', () =>
  holds(fc.record({
    n: fc.constantFrom(1, 2, 5, 17, 40), each: fc.constantFrom(1, 2, 3), groups: fc.constantFrom(1, 2, 3, 9, 70), out: fc.constantFrom(1, 3, 4, 33), depth: fc.constantFrom(1, 2, 4, 13, 24),
    skew: fc.boolean(), kind: kinds, layout: layouts, seed: seeds,
  }), async ({ n, each, groups, out, depth, skew, kind, layout, seed }) => {
    const drawn = drawnIndices([n, each], groups, seed);
    const index = skew ? map(drawn, (at, i) => i % 7 === 3 ? at : groups - 1) : drawn;
    await check(device, subject(index), [values([n, depth], kind, seed), values([groups, out, depth], kind, seed + 1)], { layouts: [layout, layout], seed });
  }, 25));

test.each([[6, 2, 3, 4, 4], [20, 1, 2, 3, 5]])('derivatives of both orders: %i rows, %i each, %i groups', async (n, each, groups, out, depth) => {
  const inputs = [values([n, depth], 'spread', 1), values([groups, out, depth], 'spread', 2)];
  const index = drawnIndices([n, each], groups, 3);
  await check(device, subject(index), inputs, { differences: true });
  await checkSecond(device, subject(index), inputs, { layouts: ['permuted', 'gaps'] });
});

test('blocks that are full to the last row, and one row more; long sums', async () => {
  for (const n of [16, 17, 64, 65]) await check(device, subject(map(drawnIndices([n, 1], 2, 1), () => 1)), [values([n, 8], 'normal', 1), values([3, 4, 8], 'normal', 2)]);
  await check(device, subject(drawnIndices([30, 2], 4, 1)), [values([30, 2048], 'normal', 1), values([4, 8, 2048], 'normal', 2)]);
});

test('on an adapter without subgroups', async () => {
  const tile = await tileDevice();
  const index = drawnIndices([70, 2], 5, 1);
  await check(tile, subject(index, tile), [values([70, 9], 'normal', 1), values([5, 7, 9], 'normal', 2)]);
});

test('a group that no row chose has a gradient of exactly 0, whatever its weights are', async () => {
  using _scope = device.scope();
  const weights = values([3, 4, 8], 'normal', 1);
  const [x, weight] = [leaf(device, values([5, 8], 'normal', 2)), leaf(device, map(weights, (w, i) => i < 32 ? NaN : w))];
  const y = groupedLinear(x, weight, tensor(device, new Int32Array([2, 1, 2, 2, 1]), [5, 1]));
  expect([...await y.read()].every(Number.isFinite)).toBe(true);
  const [byX, byWeight] = grad(y, [x, weight], { gradient: constant(device, values([5, 1, 4], 'normal', 3)) });
  expect([...await byX!.read()].every(Number.isFinite)).toBe(true);
  const found = [...await byWeight!.read()];
  expect(found.slice(0, 32)).toEqual(new Array(32).fill(0));
  expect(found.slice(32).every((g) => g !== 0)).toBe(true);
});

test('the same bits twice', async () => {
  using _scope = device.scope();
  const index = drawnIndices([40, 3], 6, 5);
  const run = async (): Promise<unknown> => {
    const [x, weight] = [leaf(device, values([40, 24], 'normal', 1)), leaf(device, values([6, 10, 24], 'normal', 2))];
    const y = groupedLinear(x, weight, indexTensor(device, index));
    const found = grad(y, [x, weight], { gradient: constant(device, values([40, 3, 10], 'normal', 3)) });
    return [await y.read(), await found[0]!.read(), await found[1]!.read()];
  };
  expect(await run()).toEqual(await run());
});

test('nothing', async () => {
  using _scope = device.scope();
  for (const [n, k, out, depth] of [[0, 2, 3, 4], [2, 0, 3, 4], [2, 2, 0, 4], [2, 2, 3, 0]] as const) {
    const y = groupedLinear(zeros(device, [n, depth]), zeros(device, [2, out, depth]), zeros(device, [n, k], { dtype: 'int32' }));
    expect(y.shape).toEqual([n, k, out]);
    expect([...await y.read()]).toEqual(new Array(n * k * out).fill(0));
  }
});

test.each([-1, 3])('index %i is reported, and the other rows are right', async (wrong) => {
  using _scope = device.scope();
  const inputs = [values([4, 4], 'normal', 1), values([3, 4, 4], 'normal', 2)];
  const at = [0, 1, wrong, 2];
  const y = groupedLinear(constant(device, inputs[0]!), constant(device, inputs[1]!), tensor(device, Int32Array.from(at), [4, 1]));
  await expect(y.read()).rejects.toThrow(IndexError);
  const found = [...await y.read()];
  expect(found.slice(8, 12).every(Number.isNaN)).toBe(true);
  expect(found.slice(0, 8).concat(found.slice(12)).every(Number.isFinite)).toBe(true);
});

test('what does not fit is refused by name', async () => {
  using _scope = device.scope();
  const [x, weight, index] = [zeros(device, [2, 3]), zeros(device, [4, 5, 3]), zeros(device, [2, 1], { dtype: 'int32' })];
  const far = zeros(await tileDevice(), [2, 1], { dtype: 'int32' });
  for (const [make, type, ...parts] of [
    [() => groupedLinear(zeros(device, [2, 4]), weight, index), ShapeError, '[2, 4]'],
    [() => groupedLinear(zeros(device, [2, 1, 3]), weight, index), ShapeError, '[2, 1, 3]'],
    [() => groupedLinear(x, zeros(device, [5, 3]), index), ShapeError, '[5, 3]'],
    [() => groupedLinear(x, zeros(device, [0, 5, 3]), index), ShapeError, '[0, 5, 3]'],
    [() => groupedLinear(x, weight, zeros(device, [3, 1], { dtype: 'int32' })), ShapeError, '[3, 1]'],
    [() => groupedLinear(x, weight, zeros(device, [2], { dtype: 'int32' })), ShapeError, '[n, k]'],
    [() => groupedLinear(x, weight, zeros(device, [2, 1])), DTypeError, 'int32'],
    [() => groupedLinear(zeros(device, [2, 3], { dtype: 'int32' }), weight, index), DTypeError, 'float32'],
    [() => groupedLinear(x, weight, far), TensorError, 'devices'],
  ] as const) expectError(make, type, 'groupedLinear', ...parts.filter((part) => part !== 'devices'));
});
