/** gather and scatterAdd, over both ways to sum: few indices are looked at from every place, many are sorted. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { DTypeError, ShapeError, TensorError, gather, grad, scatterAdd, tensor, zeros } from '../../engine/index.ts';
import { map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { gatherReference, scatterAddReference } from '../reference/indexing.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice, tileDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { drawnIndices, indexTensor } from '../support/indices.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const gathering = (axis: number, index: NDArray, turned = false): Subject =>
  ({ run: ([x]) => gather(x!, axis, indexTensor(device, index, turned)), reference: gatherReference(axis, index) });
const scattering = (axis: number, index: NDArray, turned = false): Subject =>
  ({ run: ([x, source]) => scatterAdd(x!, axis, indexTensor(device, index, turned), source!), reference: scatterAddReference(axis, index) });

/** A shape, an axis and its new length; the indices may be fewer on the other axes by `less`. */
const CASES = fc.record({
  shape: shapes({ min: 1, max: 4 }, 5), axis: fc.nat(3), size: fc.constantFrom(1, 3, 64, 65, 100), count: fc.constantFrom(0, 1, 5, 8, 9, 33, 257), less: fc.nat(2),
  kind: kinds, layout: fc.tuple(layouts, layouts), turned: fc.boolean(), seed: seeds,
}).map(({ shape, axis: any, size, count, less, ...rest }) => {
  const axis = any % shape.length;
  const whole = shape.map((old, d) => d === axis ? size : old);
  return { axis, size, whole, part: shape.map((old, d) => d === axis ? count : Math.max(1, old - less)), ...rest };
});

test('gather equals the reference for all shapes, axes, layouts and values', () =>
  holds(CASES, async ({ axis, size, whole, part, kind, layout, turned, seed }) =>
    check(device, gathering(axis, drawnIndices(part, size, seed), turned), [values(whole, kind, seed)], { layouts: layout, seed }), 60));

test('scatterAdd equals the reference for all shapes, axes, layouts and values', () =>
  holds(CASES, async ({ axis, size, whole, part, kind, layout, turned, seed }) => {
    const source = part.map((old, d) => old + (seed >> d) % 2);
    await check(device, scattering(axis, drawnIndices(part, size, seed), turned), [values(whole, kind, seed), values(source, kind, seed + 3)], { layouts: [...layout, layout[0]], seed });
  }, 60));

test.each([[100, 5000], [1, 5000], [2, 300], [5000, 4097], [3, 70_000]])('many indices: %i places, %i indices', async (size, count) => {
  const index = drawnIndices([count], size, count);
  const inputs = [values([size], 'normal', 1), values([count], 'normal', 2)];
  await check(device, scattering(0, index), inputs);
  await check(device, scattering(0, map(index, () => size - 1)), inputs);
});

test.each([[4, 3], [70, 30]])('derivatives of both orders: %i places, %i indices', async (size, count) => {
  const index = drawnIndices([2, count], size, 1);
  const x = values([2, size], 'spread', 1);
  const source = values([2, count], 'spread', 2);
  await check(device, gathering(1, index), [x], { differences: true });
  await checkSecond(device, gathering(1, index), [x], { layouts: ['permuted', 'gaps'] });
  await check(device, scattering(1, index), [x, source], { differences: true });
  await checkSecond(device, scattering(1, index), [x, source], { layouts: ['permuted', 'gaps'] });
});

test('every type passes bit by bit', async () => {
  using _scope = device.scope();
  const index = tensor(device, new Int32Array([2, 0, 2]));
  expect([...await gather(tensor(device, new Int32Array([-7, 1, 2 ** 31 - 1])), 0, index).read()]).toEqual([2 ** 31 - 1, -7, 2 ** 31 - 1]);
  expect([...await gather(tensor(device, [1, 0, 0], [3], { dtype: 'bool' }), 0, index).read()]).toEqual([0, 1, 0]);
  expect([...await gather(tensor(device, [-0, 1, NaN]), 0, index).read()]).toEqual([NaN, -0, NaN]);
});

test('a NaN and an infinity reach their own place and only that', async () => {
  using _scope = device.scope();
  for (const count of [6, 300]) {
    const index = Int32Array.from({ length: count }, (_, p) => [1, 70, 3, 3, 4, 5][p % 6]!);
    const source = Float32Array.from({ length: count }, (_, p) => [NaN, Infinity, Infinity, -Infinity, 1, 0][p % 6]!);
    const out = await scatterAdd(zeros(device, [80]), 0, tensor(device, index), tensor(device, source)).read();
    expect([...out.slice(0, 6), out[70]]).toEqual([0, NaN, 0, NaN, count / 6, 0, Infinity]);
  }
});

test('the same bits, twice', async () => {
  using _scope = device.scope();
  const index = indexTensor(device, drawnIndices([5000], 90, 1));
  const source = tensor(device, Float32Array.from(values([5000], 'normal', 1).data));
  const run = (): Promise<unknown> => scatterAdd(zeros(device, [90]), 0, index, source).read();
  expect(await run()).toEqual(await run());
});

test('nothing to look up, and nowhere to look', async () => {
  using _scope = device.scope();
  const none = tensor(device, new Int32Array(0));
  const x = zeros(device, [3], { requiresGrad: true });
  const y = gather(x, 0, none);
  expect(y.shape).toEqual([0]);
  expect([...await grad(y, [x], { gradient: zeros(device, [0]) })[0]!.read()]).toEqual([0, 0, 0]);
  expect(gather(zeros(device, [0, 3]), 1, zeros(device, [0, 2], { dtype: 'int32' })).shape).toEqual([0, 2]);
  expect([...await scatterAdd(tensor(device, [1, 2]), 0, none, zeros(device, [4])).read()]).toEqual([1, 2]);
  expect(scatterAdd(zeros(device, [0]), 0, none, zeros(device, [0])).shape).toEqual([0]);
  await device.finish();
});

test('what does not fit is refused by name', async () => {
  using _scope = device.scope();
  const x = zeros(device, [2, 3]);
  const index = zeros(device, [2, 3], { dtype: 'int32' });
  expectError(() => gather(x, 2, index), ShapeError, 'gather', 'axis 2', 'rank 2');
  expectError(() => gather(zeros(device, []), 0, zeros(device, [], { dtype: 'int32' })), ShapeError, 'gather', 'rank 0');
  expectError(() => gather(x, 0, zeros(device, [2], { dtype: 'int32' })), ShapeError, 'gather', 'rank of the input', /\[2\] for \[2, 3\]/);
  expectError(() => gather(x, 0, zeros(device, [5, 4], { dtype: 'int32' })), ShapeError, 'gather', 'but along axis 0', /\[5, 4\] for \[2, 3\]/);
  expectError(() => scatterAdd(x, 0, index, zeros(device, [1, 3])), ShapeError, 'scatterAdd', 'source', /\[2, 3\] for \[1, 3\]/);
  expectError(() => scatterAdd(zeros(device, [2, 2]), 0, index, x), ShapeError, 'scatterAdd', 'input', /\[2, 3\] for \[2, 2\]/);
  for (const dtype of ['float32', 'uint32', 'bool'] as const) {
    const wrong = zeros(device, [2, 3], { dtype });
    expectError(() => gather(x, 0, wrong), DTypeError, 'gather', 'int32', dtype);
    expectError(() => scatterAdd(x, 0, wrong, x), DTypeError, 'scatterAdd', 'int32', dtype);
  }
  expectError(() => scatterAdd(index, 0, index, x), DTypeError, 'scatterAdd', 'float32', 'int32');
  expectError(() => scatterAdd(x, 0, index, index), DTypeError, 'scatterAdd', 'float32', 'int32');
  const far = zeros(await tileDevice(), [2, 3], { dtype: 'int32' });
  expectError(() => gather(x, 0, far), TensorError, 'gather', 'devices');
  expectError(() => scatterAdd(x, 0, far, x), TensorError, 'scatterAdd', 'devices');
});
