/** Losses of pairs of elements: their values, both derivatives, masks and reductions. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Reduction, Tensor } from '../../engine/index.ts';
import { binaryCrossEntropyWithLogits, ConfigError, DTypeError, grad, huberLoss, klDivLoss, mseLoss, ShapeError, tensor } from '../../engine/index.ts';
import { build, count, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { binary, divergence, huber, logDivergence, masked, pairReference, squared } from '../reference/losses.ts';
import type { Pairwise } from '../reference/losses.ts';
import { holds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { positive, uniforms, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const REDUCTIONS = ['mean', 'sum', 'none'] as const;
const reductions = fc.constantFrom<Reduction>(...REDUCTIONS);
const divisor = (reduction: string, shape: readonly number[]): number | null => reduction === 'none' ? null : reduction === 'mean' ? count(shape) : 1;

interface Case {
  readonly name: string;
  readonly run: (x: Tensor, t: Tensor, reduction: Reduction) => Tensor;
  readonly pairwise: Pairwise;
  /** Sizes of the terms of each value; default the values themselves, for whatever adds terms of one sign. */
  readonly terms?: Pairwise;
  readonly rounding: number;
  readonly input: (shape: readonly number[], seed: number) => NDArray;
  readonly target: (shape: readonly number[], seed: number) => NDArray;
}

const normal = (shape: readonly number[], seed: number): NDArray => values(shape, 'normal', seed);
const unit = (shape: readonly number[], seed: number): NDArray => positive(shape, seed, 0.05, 0.95);
const sparse = (shape: readonly number[], seed: number): NDArray => map(unit(shape, seed), (v, at) => (at + seed) % 3 === 0 ? 0 : v);
const wide = (shape: readonly number[], seed: number): NDArray => map(normal(shape, seed), (v) => Math.fround(v * 30));
const logTerms: Pairwise = (x, t) => ({ loss: t * (3 + Math.abs(x) - Math.log(t || 1)), byInput: t, byTarget: 3 - Math.log(t || 1) + Math.abs(x) });
const expTerms: Pairwise = (x, t) => {
  const e = Math.exp(t) * (1 + Math.abs(t));
  return { loss: e * (Math.abs(t) + Math.abs(x)), byInput: e, byTarget: e * (Math.abs(t) + Math.abs(x) + 1) };
};

const binaryTerms = (weight: number): Pairwise => (x, t, at) => {
  const { loss } = binary(() => weight)(x, t, at);
  return { loss, byInput: weight * t + 1, byTarget: (weight + 1) * (Math.abs(x) + 1) };
};

const CASES: readonly Case[] = [
  { name: 'mseLoss', run: (x, t, reduction) => mseLoss(x, t, { reduction }), pairwise: squared, rounding: 8e-7, input: normal, target: normal },
  { name: 'huberLoss', run: (x, t, reduction) => huberLoss(x, t, { reduction }), pairwise: huber(1), rounding: 8e-7, input: wide, target: normal },
  { name: 'huberLoss, delta 0.3', run: (x, t, reduction) => huberLoss(x, t, { reduction, delta: 0.3 }), pairwise: huber(Math.fround(0.3)), rounding: 8e-7, input: normal, target: normal },
  { name: 'klDivLoss', run: (x, t, reduction) => klDivLoss(x, t, { reduction }), pairwise: divergence, terms: logTerms, rounding: 1e-6, input: normal, target: sparse },
  { name: 'klDivLoss, log target', run: (x, t, reduction) => klDivLoss(x, t, { reduction, logTarget: true }), pairwise: logDivergence, terms: expTerms, rounding: 2e-6, input: normal, target: normal },
  { name: 'binaryCrossEntropyWithLogits', run: (x, t, reduction) => binaryCrossEntropyWithLogits(x, t, { reduction }), pairwise: binary(() => 1), terms: binaryTerms(1), rounding: 4e-6, input: normal, target: unit },
  { name: 'binaryCrossEntropyWithLogits, wide logits, weighted', run: (x, t, reduction) => binaryCrossEntropyWithLogits(x, t, { reduction, posWeight: 3 }), pairwise: binary(() => 3), terms: binaryTerms(3), rounding: 4e-6, input: wide, target: unit },
];

const subject = ({ run, pairwise, terms, rounding }: Case, shape: readonly number[], reduction: Reduction): Subject => ({
  run: ([x, t]) => run(x!, t!, reduction),
  reference: pairReference(pairwise, divisor(reduction, shape)),
  magnitude: pairReference(terms ?? ((x, t, at) => { const { loss, byInput, byTarget } = pairwise(x, t, at); return { loss: Math.abs(loss), byInput, byTarget }; }), divisor(reduction, shape)),
  rounding,
});

describe.each(CASES)('$name', (of) => {
  test('equals the reference for all shapes, layouts and reductions', () =>
    holds(fc.record({ shape: shapes({ min: 0, max: 3 }, 12), reduction: reductions, layout: fc.tuple(layouts, layouts), seed: seeds }), async ({ shape, reduction, layout, seed }) =>
      check(device, subject(of, shape, reduction), [of.input(shape, seed), of.target(shape, seed + 7)], { layouts: layout, seed })));

  test.each(REDUCTIONS)('has the right derivatives of both orders: %s', async (reduction) => {
    const inputs = [values([2, 4], 'spread', 1), map(positive([2, 4], 3, 0.1, 0.9), (v) => v)];
    await check(device, subject(of, [2, 4], reduction), inputs, { differences: true });
    await checkSecond(device, subject(of, [2, 4], reduction), inputs, { layouts: ['permuted', 'gaps'] });
  });
});

test('mean is the default', async () => {
  using _scope = device.scope();
  const [x, t] = [tensor(device, [1, 3]), tensor(device, [0, 1])];
  expect(await mseLoss(x, t).item()).toBe(2.5);
  expect(await huberLoss(x, t).item()).toBe(1);
  expect(await klDivLoss(x, t).item()).toBe(-1.5);
  expectClose([await binaryCrossEntropyWithLogits(x, t).item()], [(Math.log1p(Math.E) + Math.log1p(Math.exp(-3))) / 2], { rtol: 1e-6 });
});

test('klDivLoss divides by the first dimension on request', async () => {
  using _scope = device.scope();
  const [x, t] = [tensor(device, [1, 2, 3, 4, 5, 6], [2, 3]), tensor(device, [1, 1, 1, 1, 1, 0], [2, 3])];
  expect(await klDivLoss(x, t, { reduction: 'batchMean' }).item()).toBe(-7.5);
});

test('huberLoss keeps its digits for tiny, huge and infinite differences', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1e-12, 1e12, -Infinity, 1, -1], undefined, { requiresGrad: true });
  const loss = huberLoss(x, tensor(device, [0, 0, 0, 0, 0]), { reduction: 'none' });
  expectClose(await loss.read(), [5e-25, 1e12, Infinity, 0.5, 0.5], { rtol: 1e-6 });
  const [g] = grad(loss, [x], { gradient: tensor(device, [1, 1, 1, 1, 1]) });
  expectClose(await g!.read(), [1e-12, 1, -1, 1, -1], { rtol: 1e-6 });
});

describe('binaryCrossEntropyWithLogits', () => {
  test('is stable for large logits', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1e4, -1e4, 1e4, -1e4, 20, 0, 3e38], undefined, { requiresGrad: true });
    const loss = binaryCrossEntropyWithLogits(x, tensor(device, [1, 1, 0, 0, 1, 1, 0]), { reduction: 'none' });
    expectClose(await loss.read(), [0, 1e4, 1e4, 0, Math.log1p(Math.exp(-20)), Math.LN2, 3e38], { rtol: 1e-5 });
    const [g] = grad(loss, [x], { gradient: tensor(device, new Float32Array(7).fill(1)) });
    expectClose(await g!.read(), [0, -1, 1, 0, -1 / (1 + Math.exp(20)), -0.5, 1], { rtol: 1e-5 });
  });

  test('a missing label without a mask shows as NaN', async () => {
    using _scope = device.scope();
    expect(await binaryCrossEntropyWithLogits(tensor(device, [1, 2]), tensor(device, [NaN, 1])).item()).toBeNaN();
  });
});

describe.each([
  { name: 'mseLoss', loss: mseLoss, pairwise: squared },
  { name: 'huberLoss', loss: huberLoss, pairwise: huber(1) },
  { name: 'binaryCrossEntropyWithLogits', loss: binaryCrossEntropyWithLogits, pairwise: binary(() => 1) },
] as const)('$name under a mask', ({ name, loss, pairwise }) => {
  test('leaves out what is missing, whatever is there', () =>
    holds(fc.record({ rows: fc.constantFrom(1, 3, 20), columns: fc.constantFrom(1, 5, 14), reduction: reductions, byRow: fc.boolean(), weighted: fc.boolean(), seed: seeds }), async ({ rows, columns, reduction, byRow, weighted, seed }) => {
      using _scope = device.scope();
      const next = uniforms(seed);
      const marks = Array.from({ length: byRow ? rows : rows * columns }, () => next() < 0.6 ? 1 : 0);
      marks[0] = 1;
      const present = (at: number): boolean => marks[byRow ? Math.floor(at / columns) : at] === 1;
      const weights = weighted && name === 'binaryCrossEntropyWithLogits' ? positive([columns], seed) : null;
      const shape = [rows, columns];
      const [x, t] = [normal(shape, seed), unit(shape, seed)];
      const total = build(shape, (_, at) => present(at) ? 1 : 0).data.reduce((a, b) => a + b, 0);
      const reference = pairReference(masked(weights ? binary((at) => weights.data[at % columns]!) : pairwise, present), reduction === 'mean' ? total : divisor(reduction, shape));
      const dirty = (array: NDArray, junk: number): Tensor => tensor(device, Float32Array.from(array.data, (v, at) => present(at) ? v : junk), shape, { requiresGrad: true });
      const leaves = [dirty(x, Infinity), dirty(t, NaN)];
      const mask = tensor(device, marks, byRow ? [rows, 1] : shape);
      const options = { reduction, mask, ...weights ? { posWeight: tensor(device, Float32Array.from(weights.data)) } : {} };
      const found = loss(leaves[0]!, leaves[1]!, options);
      const expected = reference.forward([x, t]);
      expect(found.shape).toEqual(expected.shape);
      expectClose(await found.read(), expected, { rtol: 4e-6, atol: 4e-6 });
      const cotangent = values(expected.shape, 'normal', seed);
      const gradients = grad(found, leaves, { gradient: tensor(device, Float32Array.from(cotangent.data), expected.shape) });
      // Gradients of the cross-entropy by the target hold logarithms of about 5 times a weight of about 4.
      for (const [i, g] of reference.gradients([x, t], cotangent).entries()) expectClose(await gradients[i]!.read(), g, { rtol: 4e-6, atol: 2e-5 });
    }));

  test('has second derivatives', async () => {
    const present = (at: number): boolean => at % 3 !== 1;
    const of: Subject = {
      run: ([x, t]) => loss(x!, t!, { mask: tensor(device, [1, 0, 1, 1, 0, 1, 1, 0]) }),
      reference: pairReference(masked(pairwise, present), 5),
    };
    await checkSecond(device, of, [values([8], 'spread', 1), unit([8], 2)]);
  });

  test('of nothing at all is 0, and so are its gradients', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1, NaN], undefined, { requiresGrad: true });
    for (const reduction of REDUCTIONS) {
      const none = loss(x, tensor(device, [0, 1]), { reduction, mask: tensor(device, [0, 0]) });
      expect([...await none.read()].every((v) => v === 0)).toBe(true);
      const [g] = grad(none, [x], { gradient: tensor(device, new Float32Array(none.size).fill(1), none.shape) });
      expect([...await g!.read()].map(Math.abs)).toEqual([0, 0]);
    }
  });

  test('a mask that does not fit is refused by name', () => {
    using _scope = device.scope();
    const a = tensor(device, [1, 2]);
    expectError(() => loss(a, a, { mask: tensor(device, [1, 2, 3]) }), ShapeError, name, 'mask');
    expectError(() => loss(a, a, { mask: tensor(device, [1, 1], [2, 1]) }), ShapeError, name, 'mask');
  });
});

test('what does not fit is refused by name', () => {
  using _scope = device.scope();
  const [a, b, ints] = [tensor(device, [1, 2]), tensor(device, [1, 2, 3]), tensor(device, new Int32Array(2))];
  for (const [name, loss] of [['mseLoss', mseLoss], ['huberLoss', huberLoss], ['klDivLoss', klDivLoss], ['binaryCrossEntropyWithLogits', binaryCrossEntropyWithLogits]] as const) {
    expectError(() => loss(a, b), ShapeError, name, /\[2\].*\[3\]/);
    expectError(() => loss(a, ints), DTypeError, name);
    expectError(() => loss(ints, a), DTypeError, name);
    expectError(() => loss(a, a, { reduction: 'average' as 'mean' }), ConfigError, name, 'average');
  }
  for (const delta of [0, -1, NaN]) expectError(() => huberLoss(a, a, { delta }), ConfigError, 'delta', String(delta));
  for (const posWeight of [-1, NaN]) expectError(() => binaryCrossEntropyWithLogits(a, a, { posWeight }), ConfigError, 'posWeight', String(posWeight));
  expectError(() => binaryCrossEntropyWithLogits(a, a, { posWeight: b }), ShapeError, 'posWeight');
});
