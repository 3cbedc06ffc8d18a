import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { backward, maxPool2d, sum, tensor } from '../../engine/index.ts';
import { absolute, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import type { Pair } from '../reference/conv.ts';
import { maxPoolReference } from '../reference/pool.ts';
import type { PoolWindow } from '../reference/pool.ts';
import { holds, kinds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

/** The maximum is exact; its gradient adds up where windows overlap. */
function subject(window: PoolWindow): Subject {
  const reference = maxPoolReference(window);
  const magnitude = { forward: (x: readonly NDArray[]) => map(reference.forward(x), () => 0), gradients: (x: readonly NDArray[], g: NDArray) => reference.gradients(x, absolute(g)) };
  return { run: ([x]) => maxPool2d(x!, window.size, window), reference, magnitude };
}

const pairs = (low: number, high: number): fc.Arbitrary<Pair> => fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));
const POOLS = fc.record({ n: fc.integer({ min: 1, max: 3 }), c: fc.constantFrom(1, 2, 3, 4, 5, 8), image: pairs(1, 11), size: pairs(1, 4), stride: pairs(1, 5), padding: pairs(0, 2), kind: kinds, layout: layouts, seed: seeds })
  .filter(({ image, size, padding }) => [0, 1].every((d) => 2 * padding[d]! <= size[d]! && image[d]! + 2 * padding[d]! >= size[d]!));

test('maxPool2d equals the reference for all windows, layouts and values, ties among them', () =>
  holds(POOLS, async ({ n, c, image, kind, layout, seed, ...window }) =>
    check(device, subject(window), [values([n, c, ...image], kind, seed)], { layouts: [layout], seed }), 60));

test('has the right derivatives of both orders where windows overlap and are padded', async () => {
  const window: PoolWindow = { size: [3, 2], stride: [2, 1], padding: [1, 1] };
  const x = values([2, 3, 5, 4], 'spread', 1);
  await check(device, subject(window), [x], { differences: true });
  await checkSecond(device, subject(window), [x], { layouts: ['permuted', 'gaps'] });
});

test('the stride is the window unless it is given', () => {
  using _scope = device.scope();
  const x = tensor(device, new Float32Array(2 * 3 * 8 * 9), [2, 3, 8, 9]);
  expect(maxPool2d(x, 2).shape).toEqual([2, 3, 4, 4]);
  expect(maxPool2d(x, [4, 3]).shape).toEqual([2, 3, 2, 3]);
  expect(maxPool2d(x, 3, { stride: 1, padding: 1 }).shape).toEqual([2, 3, 8, 9]);
});

test('among equals the gradient goes to the first, in row-major order', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 5, 5, 1, 5, 1], [1, 1, 2, 3], { requiresGrad: true });
  backward(sum(maxPool2d(x, [2, 3])));
  expect([...await x.grad!.read()]).toEqual([0, 1, 0, 0, 0, 0]);
});

test('a NaN wins, an infinity is a number, and padding never does', async () => {
  using _scope = device.scope();
  const pooled = async (x: number[], shape: number[], window: Pair, padding: Pair = [0, 0]): Promise<number[]> =>
    [...await maxPool2d(tensor(device, x, [1, 1, ...shape]), window, { padding }).read()];
  expect(await pooled([1, NaN, 3, Infinity, 7, NaN], [1, 6], [1, 2])).toEqual([NaN, Infinity, NaN]);
  expect(await pooled([NaN, Infinity, -Infinity, -Infinity], [1, 4], [1, 2])).toEqual([NaN, -Infinity]);
  expect(await pooled([-3, -2], [1, 2], [1, 2], [0, 1])).toEqual([-3, -2]);
});
