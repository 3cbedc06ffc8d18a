import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { DTypeError, ShapeError, cumsum, grad, ones, slice, sum, tensor, zeros } from '../../engine/index.ts';
import { cumsumReference } from '../reference/cumsum.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const subject = (axis: number): Subject => ({ run: ([x]) => cumsum(x!, axis), reference: cumsumReference(axis < 0 ? 0 : axis) });

test('equals the reference for all shapes, axes, layouts and values', () =>
  holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 13), axis: fc.nat(3), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, axis, kind, layout, seed }) =>
    check(device, subject(axis % shape.length), [values(shape, kind, seed)], { layouts: [layout], seed })));

test.each([[[256], 0], [[257], 0], [[2, 385, 3], 1], [[700, 2], 0]])('long axes: %j along %i', async (shape, axis) =>
  check(device, subject(axis), [values(shape, 'normal', 1)]));

test('an axis so long that the sums of its chunks have chunks', async () => {
  using _scope = device.scope();
  const count = 128 * 300 + 1;
  const x = values([count], 'ties', 1);
  let total = 0;
  // Small whole numbers: every sum is exact.
  const expected = x.data.map((value) => (total += value));
  expect([...await cumsum(tensor(device, Float32Array.from(x.data)), -1).read()]).toEqual([...expected]);
});

test('has the right derivatives of both orders', async () => {
  const x = [values([3, 4, 2], 'spread', 1)];
  await check(device, subject(1), x, { differences: true });
  await checkSecond(device, subject(1), x, { layouts: ['permuted', 'gaps'] });
});

test.each([5, 600])('a NaN and infinities go on to the end of their own lane: %i places', async (count) => {
  using _scope = device.scope();
  const lane = (at: number, value: number, then: number, last: number): number[] => Array.from({ length: count }, (_, i) => i === at ? value : i === count - 1 ? last : then);
  const x = tensor(device, [...lane(1, NaN, 1, 1), ...lane(1, Infinity, 1, 1), ...lane(1, Infinity, 0, -Infinity)], [3, count]);
  const found = [...await cumsum(x, 1).read()];
  const expected = [lane(0, 1, NaN, NaN), lane(0, 1, Infinity, Infinity), lane(0, 0, Infinity, NaN)];
  expect(found).toEqual(expected.flat());
});

test('more lanes than a row of workgroups has', async () => {
  using _scope = device.scope();
  const found = cumsum(ones(device, [64 * 32_768 + 2, 2]), 1);
  expect([...await slice(found, [{ start: -2 }]).read()]).toEqual([1, 2, 1, 2]);
});

test('of nothing, and errors', async () => {
  using _scope = device.scope();
  const x = zeros(device, [2, 0], { requiresGrad: true });
  expect(cumsum(x, 1).shape).toEqual([2, 0]);
  expect(grad(sum(cumsum(x, 0)), [x])[0]!.shape).toEqual([2, 0]);
  await device.finish();
  expectError(() => cumsum(x, 2), ShapeError, 'cumsum', 'axis 2', 'rank 2');
  expectError(() => cumsum(zeros(device, []), 0), ShapeError, 'cumsum', 'rank 0');
  expectError(() => cumsum(zeros(device, [2], { dtype: 'int32' }), 0), DTypeError, 'cumsum', 'float32', 'int32');
});
