import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { ConfigError, DTypeError, ShapeError, grad, logSumExp, norm, std, tensor, variance, zeros } from '../../engine/index.ts';
import { count, filled, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import type { Reference } from '../reference/operation.ts';
import { STATISTICS, statisticReference } from '../reference/moments.ts';
import { holds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';
import type { ValueKind } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

interface Options { readonly axes?: readonly number[]; readonly keepDims: boolean }
interface Statistic {
  readonly run: (x: Tensor, options: Options) => Tensor;
  readonly reference: (axes: readonly number[] | null, keepDims: boolean) => Reference;
  /** How many values a group has at least. */
  readonly least: number;
  readonly kinds: readonly ValueKind[];
}
const ALL: readonly ValueKind[] = ['spread', 'normal', 'ties', 'zeros', 'huge', 'tiny'];
const STATISTIC: Record<string, Statistic> = {
  'variance, sample': { run: (x, o) => variance(x, o), reference: (a, k) => statisticReference(STATISTICS.variance(1), a, k), least: 2, kinds: ['spread', 'normal', 'ties', 'zeros', 'huge'] },
  'variance, whole': { run: (x, o) => variance(x, { ...o, correction: 0 }), reference: (a, k) => statisticReference(STATISTICS.variance(0), a, k), least: 1, kinds: ['spread', 'normal', 'ties', 'zeros', 'huge'] },
  'std, sample': { run: (x, o) => std(x, o), reference: (a, k) => statisticReference(STATISTICS.std(1), a, k), least: 2, kinds: ['spread', 'normal'] },
  'std, whole': { run: (x, o) => std(x, { ...o, correction: 0 }), reference: (a, k) => statisticReference(STATISTICS.std(0), a, k), least: 2, kinds: ['spread', 'normal'] },
  'norm, p = 1': { run: (x, o) => norm(x, { ...o, p: 1 }), reference: (a, k) => statisticReference(STATISTICS.norm1(), a, k), least: 1, kinds: ALL },
  'norm, p = 2': { run: (x, o) => norm(x, o), reference: (a, k) => statisticReference(STATISTICS.norm2(), a, k), least: 1, kinds: ALL },
  logSumExp: { run: (x, o) => logSumExp(x, o), reference: (a, k) => statisticReference(STATISTICS.logSumExp(), a, k), least: 1, kinds: ['spread', 'normal', 'ties', 'zeros', 'tiny'] },
};

const largest = (x: NDArray): number => x.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
/** Errors are held against the largest of the values and of the exact results: these statistics subtract. */
function largestOf(name: string, reference: Reference): Reference {
  return {
    forward(inputs) {
      const out = reference.forward(inputs);
      const size = largest(inputs[0]!);
      return filled(out.shape, Math.max(largest(out), name.startsWith('variance') ? size ** 2 : size, name === 'logSumExp' ? 1 : 0));
    },
    gradients(inputs, cotangent) {
      const [g] = reference.gradients(inputs, cotangent);
      // A difference from the mean is as uncertain as the values are large.
      const slope = name.startsWith('variance') ? largest(inputs[0]!) : 1;
      return [filled(g!.shape, Math.max(largest(g!), largest(cotangent) * slope))];
    },
  };
}

describe.each(Object.keys(STATISTIC))('%s', (name) => {
  const { run, reference, least, kinds } = STATISTIC[name]!;
  const subject = (axes: readonly number[] | null, keepDims = false): Subject => ({
    run: ([x]) => run(x!, { ...(axes ? { axes } : {}), keepDims }),
    reference: reference(axes, keepDims),
    magnitude: largestOf(name, reference(axes, keepDims)),
    rounding: 2e-6,
  });

  test('equals the reference for all shapes, axes, layouts and values', () =>
    holds(fc.record({ shape: shapes({ min: 0, max: 4 }, 13), axes: fc.option(fc.uniqueArray(fc.nat(3), { maxLength: 4 }), { nil: null }), keepDims: fc.boolean(), kind: fc.constantFrom(...kinds), layout: layouts, seed: seeds }), async ({ shape, axes, keepDims, kind, layout, seed }) => {
      const fitting = axes?.filter((axis) => axis < shape.length) ?? null;
      if (count(shape.filter((_, d) => fitting === null || fitting.includes(d))) < least) return;
      await check(device, subject(fitting, keepDims), [values(shape, kind, seed)], { layouts: [layout], seed });
    }, 40));

  test('many values', () => check(device, subject([0]), [values([700, 3], 'normal', 1)]));

  test('has the right derivatives of both orders', async () => {
    const x = values([3, 4, 2], 'spread', 1);
    await check(device, subject([0, 2], true), [x], { differences: true });
    await checkSecond(device, subject([1]), [x], { layouts: ['permuted'] });
  });

  test('a NaN reaches its own group only', async () => {
    using _scope = device.scope();
    const found = await run(tensor(device, [1, NaN, 2, 4], [2, 2]), { axes: [1], keepDims: false }).read();
    expect(found[0]).toBeNaN();
    expect(found[1]).not.toBeNaN();
  });

  test('takes float32 and axes that exist, and gives no results for no groups', () => {
    using _scope = device.scope();
    const operation = name.split(',')[0]!;
    expect(run(zeros(device, [0, 3]), { axes: [1], keepDims: false }).shape).toEqual([0]);
    expectError(() => run(tensor(device, new Int32Array(2)), { keepDims: false }), DTypeError, operation, 'float32', 'int32');
    expectError(() => run(zeros(device, [2]), { axes: [2], keepDims: false }), ShapeError, operation, 'axis 2');
  });
});

/** Errors relative to each result: for values far from 0, beside which a deviation is small. */
const ofResults = (reference: Reference): Reference => ({ forward: (i) => reference.forward(i), gradients: (i, g) => reference.gradients(i, g).map((s) => map(s, (v) => Math.abs(v) + 1e-3)) });

// A mean of 1e4 deviations: the one-pass formula has no digit left. The longer groups are merged of chunks.
test.each([
  { shape: [2, 500], axes: [1], correction: 1 }, { shape: [2, 500], axes: [1], correction: 0 },
  { shape: [2, 1501], axes: [1], correction: 1 }, { shape: [1200, 4], axes: [0], correction: 1 },
])('of values far from 0: $shape, axes $axes, correction $correction', async ({ shape, axes, correction }) => {
  const x = map(values(shape, 'normal', 3), (v) => Math.fround(10_000 + v));
  for (const [run, statistic] of [[variance, STATISTICS.variance], [std, STATISTICS.std]] as const) {
    const reference = statisticReference(statistic(correction), axes, false);
    await check(device, { run: ([t]) => run(t!, { axes, correction }), reference, magnitude: ofResults(reference), rounding: 2e-6 }, [x]);
  }
});

test('axes that alternate with others in memory, three of each', async () => {
  const reference = statisticReference(STATISTICS.variance(1), [0, 2, 4], false);
  await check(device, { run: ([t]) => variance(t!, { axes: [0, 2, 4] }), reference, magnitude: largestOf('variance', reference), rounding: 2e-6 }, [values([2, 3, 2, 2, 3, 2], 'normal', 1)]);
});

test('too few values for the correction', () => {
  using _scope = device.scope();
  expectError(() => variance(zeros(device, [3, 1]), { axes: [1] }), ShapeError, 'variance', 'more values than the correction of 1', 'got 1', '[3, 1]');
  expectError(() => std(zeros(device, [0])), ShapeError, 'std', 'got 0');
  expectError(() => variance(zeros(device, [3]), { correction: NaN }), ShapeError, 'correction of NaN');
  expectError(() => logSumExp(zeros(device, [2, 0]), { axes: [1] }), ShapeError, 'logSumExp', 'at least one value', '[2, 0]');
  expectError(() => norm(zeros(device, [2]), { p: 3 as 2 }), ConfigError, 'norm', '1 or 2', '3');
});

test('infinities and large values in logSumExp', async () => {
  using _scope = device.scope();
  const x = tensor(device, [-Infinity, -Infinity, Infinity, -1, 1000, 1000, -1000, -1000, -Infinity, 3], [5, 2], { requiresGrad: true });
  const y = logSumExp(x, { axes: [1] });
  const found = [...await y.read()];
  expect(found.slice(0, 2)).toEqual([-Infinity, Infinity]);
  for (const [i, v] of [1000 + Math.LN2, -1000 + Math.LN2, 3].entries()) expect(Math.abs(found[i + 2]! - v)).toBeLessThan(1e-4);
  const gradient = [...await grad(y, [x], { gradient: tensor(device, [1, 1, 1, 1, 1]) })[0]!.read()];
  expect(gradient.slice(4)).toEqual([0.5, 0.5, 0.5, 0.5, 0, 1]);
});

test('norms of extreme values, of infinities, of nothing and of zeros', async () => {
  using _scope = device.scope();
  for (const scale of [1e30, 1e-30]) expect(Math.abs(await norm(tensor(device, [3 * scale, -4 * scale])).item() / (5 * scale) - 1)).toBeLessThan(1e-6);
  expect(await norm(tensor(device, [1, -Infinity])).item()).toBe(Infinity);
  for (const p of [1, 2] as const) {
    expect(await norm(zeros(device, [0]), { p }).item()).toBe(0);
    const x = zeros(device, [3], { requiresGrad: true });
    expect([...await grad(norm(x, { p }), [x])[0]!.read()]).toEqual([0, 0, 0]);
  }
});
