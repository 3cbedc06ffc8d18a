import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { ConfigError, backward, grad, maxPool1d, maxPool2d, relu, sum, tensor } from '../../engine/index.ts';
import { absolute, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import type { Pair } from '../reference/conv.ts';
import { maxPoolReference, poolExtent } from '../reference/pool.ts';
import type { PoolWindow } from '../reference/pool.ts';
import { lowered } from '../reference/sequences.ts';
import { holds, kinds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { constant } from '../support/layout.ts';
import { testDevice } from '../support/device.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

/** The maximum is exact; its gradient adds up where windows overlap. */
function subject(window: PoolWindow): Required<Omit<Subject, 'rounding'>> {
  const reference = maxPoolReference(window);
  const magnitude = { forward: (x: readonly NDArray[]) => map(reference.forward(x), () => 0), gradients: (x: readonly NDArray[], g: NDArray) => reference.gradients(x, absolute(g)) };
  return { run: ([x]) => maxPool2d(x!, window.size, window), reference, magnitude };
}

const pairs = (low: number, high: number): fc.Arbitrary<Pair> => fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));
const taps = fc.constantFrom<Pair>([1, 1], [1, 1], [2, 1], [2, 3]);
const POOLS = fc.record({ n: fc.integer({ min: 1, max: 3 }), c: fc.constantFrom(1, 2, 3, 4, 5, 8), image: pairs(1, 11), size: pairs(1, 4), stride: pairs(1, 5), padding: pairs(0, 2), dilation: taps, ceilMode: fc.boolean(), activation: fc.constantFrom(undefined, 'relu' as const), kind: kinds, layout: layouts, seed: seeds })
  .filter(({ image, ...window }) => ([0, 1] as const).every((d) => {
    const extent = window.dilation[d] * (window.size[d] - 1) + 1;
    // With few rows, taps far apart may all lie in the padding.
    return 2 * window.padding[d] <= window.size[d] && image[d] + 2 * window.padding[d] >= extent && poolExtent(image[d], d, window) > 0 && (window.padding[d] === 0 || image[d] >= window.dilation[d]);
  }));

test('maxPool2d equals the reference for all windows, layouts and values, ties among them', () =>
  holds(POOLS, async ({ n, c, image, kind, layout, seed, ...window }) =>
    check(device, subject(window), [values([n, c, ...image], kind, seed)], { layouts: [layout], seed }), 80));

test('has the right derivatives of both orders where windows overlap and are padded', async () => {
  const window: PoolWindow = { size: [3, 2], stride: [2, 1], padding: [1, 1], dilation: [1, 2], ceilMode: true };
  const x = values([2, 3, 6, 4], 'spread', 1);
  await check(device, subject(window), [x], { differences: true });
  await checkSecond(device, subject(window), [x], { layouts: ['permuted', 'gaps'] });
});

test.each<PoolWindow>([
  { size: [2, 2], stride: [2, 2], padding: [0, 0], activation: 'relu' },
  { size: [3, 2], stride: [2, 1], padding: [1, 0], activation: 'relu' },
])('windows without positive values have no gradient of either order under relu', async (window) => {
  await checkSecond(device, subject(window), [values([2, 3, 6, 5], 'spread', 1)]);
  await checkSecond(device, subject(window), [values([2, 4, 6, 5], 'spread', 2)]);
});

test('relu has the bits of relu before the pooling, at zeros, infinities and NaN too', async () => {
  using _scope = device.scope();
  for (const kind of ['special', 'ties', 'zeros'] as const) {
    const data = Float32Array.from(values([2, 4, 7, 7], kind, 3).data);
    const both = [(x: Tensor) => maxPool2d(x, 2, { activation: 'relu' }), (x: Tensor) => maxPool2d(relu(x), 2)].map((run) => {
      const x = tensor(device, data, [2, 4, 7, 7], { requiresGrad: true });
      const y = run(x);
      return [y, ...grad(y, [x], { gradient: constant(device, values(y.shape, 'normal', 4)) })];
    });
    const [[value, gradient] = [], [expected, expectedGradient] = []] = await Promise.all(both.map((pair) => Promise.all(pair.map((t) => t!.read()))));
    expect(value).toEqual(expected);
    expect(gradient).toEqual(expectedGradient);
  }
});

test('no activation but relu', () => {
  using _scope = device.scope();
  expect(() => maxPool2d(tensor(device, new Float32Array(4), [1, 1, 2, 2]), 2, { activation: 'tanh' as 'relu' })).toThrow(ConfigError);
});

test('the stride is the window unless it is given', () => {
  using _scope = device.scope();
  const x = tensor(device, new Float32Array(2 * 3 * 8 * 9), [2, 3, 8, 9]);
  expect(maxPool2d(x, 2).shape).toEqual([2, 3, 4, 4]);
  expect(maxPool2d(x, [4, 3]).shape).toEqual([2, 3, 2, 3]);
  expect(maxPool2d(x, 3, { stride: 1, padding: 1 }).shape).toEqual([2, 3, 8, 9]);
});

test('rows between windows have no gradient, also where the last window reaches past the image', async () => {
  await check(device, subject({ size: [3, 1], stride: [4, 2], padding: [0, 0], ceilMode: true }), [values([2, 4, 5, 4], 'normal', 1)]);
});

test('of sequences', async () => {
  const window: PoolWindow = { size: [1, 3], stride: [1, 2], padding: [0, 1], dilation: [1, 2] };
  const of: Subject = { run: ([x]) => maxPool1d(x!, 3, { stride: 2, padding: 1, dilation: 2 }), reference: lowered(maxPoolReference(window), 1), magnitude: lowered(subject(window).magnitude, 1) };
  await check(device, of, [values([2, 4, 9], 'normal', 1)], { layouts: ['permuted'] });
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
