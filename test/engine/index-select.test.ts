/** Rows by index: indexSelect along any axis, embedding of indices of any shape. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { ConfigError, DTypeError, ShapeError, TensorError, embedding, full, grad, indexSelect, ones, slice, tensor, zeros } from '../../engine/index.ts';
import { map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { embeddingReference, indexSelectReference } from '../reference/indexing.ts';
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

const selecting = (axis: number, index: NDArray): Subject => ({ run: ([x]) => indexSelect(x!, axis, indexTensor(device, index)), reference: indexSelectReference(axis, [...index.data]) });
const embedded = (indices: NDArray, width: number, paddingIndex: number | null = null, turned = false): Subject => ({
  run: ([weight]) => embedding(weight!, indexTensor(device, indices, turned), paddingIndex === null ? {} : { paddingIndex }),
  reference: embeddingReference(indices, width, paddingIndex),
});

test('indexSelect equals the reference for all shapes, axes, layouts and values', () =>
  holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 8), axis: fc.nat(3), size: fc.constantFrom(1, 3, 65, 100), count: fc.constantFrom(0, 1, 8, 9, 33), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, axis: any, size, count, kind, layout, seed }) => {
    const axis = any % shape.length;
    await check(device, selecting(axis, drawnIndices([count], size, seed)), [values(shape.map((old, d) => d === axis ? size : old), kind, seed)], { layouts: [layout], seed });
  }, 40));

test('embedding equals the reference for all shapes of indices, with and without padding', () =>
  holds(fc.record({ shape: shapes({ min: 0, max: 3 }, 8), rows: fc.constantFrom(1, 3, 65, 100), width: fc.constantFrom(1, 3, 4, 7, 8, 12), padded: fc.boolean(), kind: kinds, layout: layouts, turned: fc.boolean(), seed: seeds }), async ({ shape, rows, width, padded, kind, layout, turned, seed }) => {
    const indices = drawnIndices(shape, rows, seed);
    await check(device, embedded(indices, width, padded ? indices.data[0]! : null, turned), [values([rows, width], kind, seed)], { layouts: [layout], seed });
  }, 40));

test.each([8, 5])('many indices, rows of %i', async (width) => {
  const indices = drawnIndices([9, 500], 200, width);
  const weight = [values([200, width], 'normal', 1)];
  await check(device, embedded(indices, width, 7), weight);
  await check(device, embedded(map(indices, (row) => row < 150 ? 0 : row), width), weight);
});

test.each([[5, 6, null], [5, 6, 2], [70, 20, null], [70, 20, 3]])('derivatives of both orders: %i rows, %i indices, padding %s', async (rows, count, padding) => {
  const indices = map(drawnIndices([2, count / 2], rows, 1), (row, at) => at === 1 && padding !== null ? padding : row);
  const weight = [values([rows, 4], 'spread', 1)];
  // Padding is looked up and has no gradient, which no difference knows.
  await check(device, embedded(indices, 4, padding), weight, { differences: padding === null });
  await checkSecond(device, embedded(indices, 4, padding), weight, { layouts: ['permuted'] });
  await checkSecond(device, selecting(1, drawnIndices([count], rows, 1)), [values([2, rows, 3], 'spread', 2)], { layouts: ['gaps'] });
});

test('the gradient of padding stays 0 whatever arrives there', async () => {
  using _scope = device.scope();
  const weight = tensor(device, [1, 2, 3, 4], [2, 2], { requiresGrad: true });
  const y = embedding(weight, tensor(device, new Int32Array([1, 0])), { paddingIndex: 0 });
  expect([...await y.read()]).toEqual([3, 4, 1, 2]);
  const [g] = grad(y, [weight], { gradient: tensor(device, [5, 6, NaN, Infinity], [2, 2]) });
  expect([...await g!.read()]).toEqual([0, 0, 5, 6]);
});

test('rows of any type, and of nothing', async () => {
  using _scope = device.scope();
  const index = tensor(device, new Int32Array([1, 1, 0]));
  expect([...await indexSelect(tensor(device, new Uint32Array([1, 2, 3, 2 ** 32 - 1]), [2, 2]), 1, index).read()]).toEqual([2, 2, 1, 2 ** 32 - 1, 2 ** 32 - 1, 3]);
  expect([...await embedding(tensor(device, new Int32Array([-1, 2, 3, 4, 5, 6, 7, 8]), [2, 4]), index).read()]).toEqual([5, 6, 7, 8, 5, 6, 7, 8, -1, 2, 3, 4]);
  expect(indexSelect(zeros(device, [2, 0]), 0, index).shape).toEqual([3, 0]);
  expect(embedding(zeros(device, [3, 4]), zeros(device, [0, 2], { dtype: 'int32' })).shape).toEqual([0, 2, 4]);
  const weight = zeros(device, [3, 0], { requiresGrad: true });
  expect(grad(embedding(weight, index), [weight], { gradient: zeros(device, [3, 0]) })[0]!.shape).toEqual([3, 0]);
  await device.finish();
});

test('more elements than a row of workgroups has', async () => {
  using _scope = device.scope();
  const many = 64 * 32_768 + 3;
  const x = tensor(device, [5, 7], [2], { requiresGrad: true });
  const y = indexSelect(x, 0, full(device, [many], 1, { dtype: 'int32' }));
  expect([...await slice(y, [{ start: -2 }]).read()]).toEqual([7, 7]);
  const long = zeros(device, [many], { requiresGrad: true });
  const [g] = grad(indexSelect(long, 0, tensor(device, new Int32Array([many - 1, 0]))), [long], { gradient: tensor(device, [3, 4]) });
  expect([...await slice(g!, [{ step: many - 1 }]).read()]).toEqual([4, 3]);
  const weight = zeros(device, [1, 6991], { requiresGrad: true });
  const [h] = grad(embedding(weight, zeros(device, [300], { dtype: 'int32' })), [weight], { gradient: ones(device, [300, 6991]) });
  expect([...await slice(h!, [null, { start: -2 }]).read()]).toEqual([300, 300]);
});

test('what does not fit is refused by name', async () => {
  using _scope = device.scope();
  const x = zeros(device, [2, 3]);
  const index = zeros(device, [2], { dtype: 'int32' });
  expectError(() => indexSelect(x, -3, index), ShapeError, 'indexSelect', 'axis -3');
  expectError(() => indexSelect(x, 0, zeros(device, [2, 1], { dtype: 'int32' })), ShapeError, 'indexSelect', /\[k\]/, /\[2, 1\]/);
  expectError(() => embedding(zeros(device, [3]), index), ShapeError, 'embedding', /\[v, d\]/, /\[3\]/);
  for (const paddingIndex of [-1, 2, 0.5, NaN]) expectError(() => embedding(x, index, { paddingIndex }), ConfigError, 'paddingIndex', String(paddingIndex));
  const far = zeros(await tileDevice(), [2], { dtype: 'int32' });
  for (const look of [(i: typeof index) => indexSelect(x, 0, i), (i: typeof index) => embedding(x, i)]) {
    expectError(() => look(zeros(device, [2])), DTypeError, 'int32', 'float32');
    expectError(() => look(far), TensorError, 'devices');
  }
});
