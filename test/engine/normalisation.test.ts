/** Layer, group and instance normalisation. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { ConfigError, DTypeError, ShapeError, grad, groupNorm, instanceNorm, layerNorm, sum, tensor, zeros } from '../../engine/index.ts';
import { map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { byGroup, byLayer, normalisationReference } from '../reference/normalisation.ts';
import type { Grouping } from '../reference/normalisation.ts';
import { holds, kinds, layouts, seeds, shapes, sizes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

function subjectOf(grouping: Grouping, eps: number, run: (x: Tensor, options: { weight: Tensor; bias: Tensor; eps: number }) => Tensor): Subject {
  return {
    run: ([x, weight, bias]) => run(x!, { weight: weight!, bias: bias!, eps }),
    reference: normalisationReference(grouping, eps),
    magnitude: normalisationReference(grouping, eps, { sizes: true }),
    rounding: 2e-6,
  };
}
const layer = (axes: number, eps = 1e-5): Subject => subjectOf(byLayer(axes), eps, (x, options) => layerNorm(x, axes, options));
const group = (groups: number, eps = 1e-5): Subject => subjectOf(byGroup(groups), eps, (x, options) => groupNorm(x, groups, options));

function inputs(shape: readonly number[], parameters: readonly number[], kind: Parameters<typeof values>[1], seed: number): NDArray[] {
  return [values(shape, kind, seed), values(parameters, 'normal', seed + 1), values(parameters, 'normal', seed + 2)];
}

describe('layerNorm', () => {
  test('equals the reference for all shapes, axes, layouts and values', () =>
    holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 13), axes: fc.integer({ min: 1, max: 4 }), kind: kinds, layout: fc.tuple(layouts, layouts, layouts), seed: seeds }), ({ shape, axes, kind, layout, seed }) => {
      const last = Math.min(axes, shape.length);
      return check(device, layer(last), inputs(shape, shape.slice(-last), kind, seed), { layouts: layout, seed });
    }, 40));

  // One chunk and several, of equal length and not; few rows and many.
  test.each([[3, 256], [3, 257], [2, 1030], [300, 5], [1, 20_000], [700, 300]])('%i rows of %i', (rows, length) =>
    check(device, layer(1), inputs([rows, length], [length], 'normal', 1)));

  test('has the right derivatives of both orders', async () => {
    const all = inputs([3, 2, 3], [2, 3], 'spread', 1);
    await check(device, layer(2), all, { differences: true });
    await checkSecond(device, layer(2), all, { layouts: ['permuted', 'gaps', 'offset 3', 'permuted'] });
  });
});

describe('groupNorm', () => {
  test('equals the reference for all shapes, groups, layouts and values', () =>
    holds(fc.record({ n: sizes(5), groups: sizes(5), each: sizes(5), rest: shapes({ min: 0, max: 2 }, 7), kind: kinds, layout: fc.tuple(layouts, layouts, layouts), seed: seeds }), ({ n, groups, each, rest, kind, layout, seed }) =>
      check(device, group(groups), inputs([n, groups * each, ...rest], [groups * each], kind, seed), { layouts: layout, seed }), 40));

  test.each([[2, 8, 2, 17, 19], [1, 6, 3, 40, 41], [5, 64, 8, 3, 3]])('%i images of %i channels in %i groups of %i x %i', async (n, c, groups, h, w) => {
    await check(device, group(groups), inputs([n, c, h, w], [c], 'normal', 2));
    await check(device, group(groups), inputs([n, c, h, w], [c], 'normal', 2), { layouts: ['permuted'], seed: 2 });
  });

  test('has the right derivatives of both orders', async () => {
    const all = inputs([2, 4, 3], [4], 'spread', 1);
    await check(device, group(2), all, { differences: true });
    await checkSecond(device, group(2), all, { layouts: ['permuted', 'gaps', 'offset 3', 'permuted'] });
  });
});

test.each([1000, 100_000])('rows whose mean is %d times their deviation', async (mean) => {
  const reference = normalisationReference(byLayer(1), 1e-5);
  for (const length of [60, 3000]) {
    const x = map(values([2, length], 'normal', 3), (v) => Math.fround(mean + v));
    await check(device, layer(1), [x, values([length], 'normal', 4), values([length], 'normal', 5)]);
    // The composite of the second derivative centres as well.
    using _scope = device.scope();
    const leaf = tensor(device, Float32Array.from(x.data), x.shape, { requiresGrad: true });
    const cotangent = values(x.shape, 'normal', 6);
    const [g] = grad(layerNorm(leaf, 1), [leaf], { gradient: tensor(device, Float32Array.from(cotangent.data), x.shape), createGraph: true });
    const [one, zero] = [map(values([length], 'zeros', 1), () => 1), values([length], 'zeros', 1)];
    expectClose(await g!.read(), reference.gradients([x, one, zero], cotangent)[0]!, { atol: 1e-5 });
  }
});

describe('dispatches', () => {
  const counted = (body: () => void): number => {
    const before = device.counters.dispatches;
    body();
    return device.counters.dispatches - before;
  };

  test('a few, whatever the length of the rows', () => {
    using _scope = device.scope();
    for (const [shape, forward, backward] of [[[64, 100], 2, 3], [[10, 3000], 3, 4], [[1, 1_000_000], 3, 5]] as const) {
      const x = zeros(device, shape, { requiresGrad: true });
      const parameters = [1, 2].map(() => zeros(device, [shape[1]], { requiresGrad: true })) as [Tensor, Tensor];
      let y = x;
      expect(counted(() => { y = layerNorm(x, 1, { weight: parameters[0], bias: parameters[1] }); })).toBe(forward);
      const gradient = zeros(device, shape);
      expect(counted(() => grad(y, [x, ...parameters], { gradient }))).toBe(backward);
    }
  });

  test('images stored channels last are not copied', () => {
    using _scope = device.scope();
    const shape = [2, 6, 3, 5];
    const last = (): Tensor => zeros(device, [180]).view({ shape, strides: [90, 1, 30, 6], offset: 0 });
    for (const run of [(x: Tensor) => groupNorm(x, 2), (x: Tensor) => instanceNorm(x), (x: Tensor) => layerNorm(x, 3, { weight: zeros(device, [6, 3, 5]) })]) {
      const x = last();
      x.requiresGrad = true;
      let y = x;
      expect(counted(() => { y = run(x); })).toBe(2);
      expect(y.strides).toEqual(x.strides);
      expect(counted(() => grad(y, [x], { gradient: last() }))).toBe(2);
    }
  });
});

test('weight and bias may be missing, each alone', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2, 3, 3, 5, 10], [2, 3], { requiresGrad: true });
  const [weight, bias] = [tensor(device, [1, 2, 3], [3], { requiresGrad: true }), tensor(device, [4, 5, 6], [3], { requiresGrad: true })];
  const plain = await layerNorm(x, [3]).read();
  const weights = [1, 2, 3, 1, 2, 3];
  expectClose(await layerNorm(x, [3], { weight }).read(), plain.map((v, i) => v * weights[i]!), { atol: 1e-6 });
  expectClose(await layerNorm(x, [3], { weight: null, bias }).read(), plain.map((v, i) => v + weights[i]! + 3), { atol: 1e-6 });
  for (const createGraph of [false, true]) {
    const [byBias] = grad(layerNorm(x, 1, { bias }), [bias], { gradient: tensor(device, [1, 2, 3, 4, 5, 6], [2, 3]), createGraph });
    expectClose(await byBias!.read(), [5, 7, 9]);
    const [byWeight] = grad(sum(layerNorm(x, 1, { weight })), [weight], { createGraph });
    expectClose(await byWeight!.read(), [0, 1, 2].map((i) => plain[i]! + plain[i + 3]!), { atol: 1e-6 });
  }
});

test('what is not finite, or overflows, stays in its row and is never a number', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1, NaN, 2, 1, Infinity, 2, 1e25, -1e25, 0, 1, 2, 3, 7, 7, 7], [5, 3], { requiresGrad: true });
  const y = layerNorm(x, 1);
  const found = [...await y.read()];
  expect(found.slice(0, 9).every((v) => Number.isNaN(v))).toBe(true);
  const high = 1 / Math.sqrt(2 / 3 + 1e-5);
  expectClose(found.slice(9), [-high, 0, high, 0, 0, 0], { atol: 1e-6 });
  const g = [...await grad(y, [x], { gradient: tensor(device, new Float32Array(15).fill(1), [5, 3]) })[0]!.read()];
  expect(g.slice(0, 9).every((v) => Number.isNaN(v))).toBe(true);
  expectClose(g.slice(9), [0, 0, 0, 0, 0, 0], { atol: 1e-4 });
  // Without eps, equal values have no deviation to divide by.
  expect([...await layerNorm(tensor(device, [7, 7, 1, 3], [2, 2]), 1, { eps: 0 }).read()]).toEqual([NaN, NaN, -1, 1]);
});

test('nothing in, nothing out, and gradients of 0', async () => {
  using _scope = device.scope();
  const weight = tensor(device, [1, 2], undefined, { requiresGrad: true });
  const x = zeros(device, [0, 2], { requiresGrad: true });
  for (const y of [layerNorm(x, 1, { weight }), groupNorm(x, 1, { weight })]) {
    expect(y.shape).toEqual([0, 2]);
    expect([...await grad(sum(y), [weight])[0]!.read()]).toEqual([0, 0]);
  }
});

test('what does not fit is refused by name', () => {
  using _scope = device.scope();
  const x = zeros(device, [2, 6, 3]);
  const integers = tensor(device, new Int32Array(6), [6]);
  expectError(() => layerNorm(x, [6]), ShapeError, 'layerNorm', 'ends with', /\[6\]/, /\[2, 6, 3\]/);
  for (const axes of [0, 4, 1.5, NaN]) expectError(() => layerNorm(x, axes), ShapeError, 'layerNorm', '1 to 3 axes', String(axes));
  expectError(() => layerNorm(x, [1, 2, 6, 3]), ShapeError, 'layerNorm', 'got 4');
  expectError(() => layerNorm(x, 1, { weight: zeros(device, [6]) }), ShapeError, 'layerNorm', 'weight', /\[3\]/, /\[6\]/);
  expectError(() => layerNorm(x, 2, { bias: zeros(device, [3]) }), ShapeError, 'layerNorm', 'bias', /\[6, 3\]/);
  expectError(() => layerNorm(integers, 1), DTypeError, 'layerNorm', 'float32', 'int32');
  expectError(() => groupNorm(x, 2, { weight: integers }), DTypeError, 'groupNorm', 'int32');
  for (const eps of [-1, NaN, Infinity]) expectError(() => layerNorm(x, 1, { eps }), ConfigError, 'layerNorm', 'eps', String(eps));
  for (const groups of [0, 4, 1.5]) expectError(() => groupNorm(x, groups), ShapeError, 'groupNorm', 'divides', String(groups));
  expectError(() => groupNorm(zeros(device, [3]), 1), ShapeError, 'groupNorm', /\[n, channels/);
  expectError(() => groupNorm(x, 2, { weight: zeros(device, [2]) }), ShapeError, 'groupNorm', 'weight', /\[6\]/);
  expectError(() => instanceNorm(zeros(device, [2, 6, 1])), ShapeError, 'instanceNorm', 'more than one', /\[2, 6, 1\]/);
});
