/** Bootstrap intervals against SciPy's (`test/fixtures/bootstrap.py`, which draws the same samples), and against what intervals are for. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auroc, bootstrap, metricDifference, metricInterval } from 'lazygrad/analysis';
import type { BootstrapOptions } from 'lazygrad/analysis';
import { pairedDifference } from '../../analysis/spread.ts';
import { random32 } from '../../data/index.ts';
import { ConfigError } from '../../engine/index.ts';
import { expectError } from '../support/errors.ts';
import { values as drawnValues } from '../support/values.ts';

interface Case {
  readonly name: string;
  readonly data: { readonly values?: number[]; readonly scores?: number[]; readonly others?: number[]; readonly labels?: number[]; readonly groups?: number[] };
  readonly resamples: number;
  readonly confidence: number;
  readonly intervals: Readonly<Record<'percentile' | 'bca', readonly [number, number]>>;
}
const fixture = JSON.parse(readFileSync(new URL('../fixtures/bootstrap-scipy.json', import.meta.url), 'utf8')) as { readonly seed: number; readonly cases: readonly Case[] };

const meanOf = (values: ArrayLike<number>) => (samples: Uint32Array): number => samples.reduce((total, i) => total + values[i]!, 0) / samples.length;
const judged = (labels: readonly number[]) => ({ kind: 'binary', width: 1, metric: 'auroc', targets: labels } as const);

describe.each(fixture.cases.flatMap((given) => (['percentile', 'bca'] as const).map((interval) => [given.name, interval, given] as const)))('%s, %s', (_name, interval, { data, resamples, confidence, intervals }) => {
  test('is SciPy\'s', () => {
    const options: BootstrapOptions = { seed: fixture.seed, resamples, confidence, interval, ...(data.groups ? { groups: data.groups } : {}) };
    const found = data.values ? bootstrap(data.values.length, meanOf(data.values), options)
      : data.others ? metricDifference(judged(data.labels!), data.scores!, data.others, options) : metricInterval(judged(data.labels!), data.scores!, options);
    expect(found.low).toBeCloseTo(intervals[interval][0], 12);
    expect(found.high).toBeCloseTo(intervals[interval][1], 12);
    expect(found.resamples).toBe(resamples);
  });
});

const BOTH = ['percentile', 'bca'] as const;

test.each(BOTH)('%s: what does not vary has no width', (interval) => {
  expect(bootstrap(10, () => 0.25, { seed: 1, interval, resamples: 50 })).toEqual({ value: 0.25, low: 0.25, high: 0.25, resamples: 50 });
  expect(bootstrap(1, meanOf([7]), { seed: 1, interval, resamples: 50 })).toMatchObject(interval === 'bca' ? { value: 7 } : { value: 7, low: 7, high: 7 });
});

test('a function of the seed, whatever the names of the groups', () => {
  const list = [...drawnValues([30], 'normal', 5).data];
  const of = (options: BootstrapOptions) => bootstrap(30, meanOf(list), { resamples: 100, ...options });
  expect(of({ seed: 4 })).toEqual(of({ seed: 4 }));
  expect(of({ seed: 4 }).low).not.toBe(of({ seed: 5 }).low);
  expect(of({ seed: 4, groups: list.map((_, i) => `patient ${i}`) })).toEqual(of({ seed: 4 }));
  expect(of({ seed: 4, groups: list.map((_, i) => i % 6) })).toEqual(of({ seed: 4, groups: list.map((_, i) => 'abcdef'[i % 6]!) }));
});

test('groups are drawn whole', () => {
  const groups = [0, 1, 0, 2, 1, 0];
  bootstrap(6, (samples) => {
    const counts = [0, 1, 2, 3, 4, 5].map((i) => samples.filter((sample) => sample === i).length);
    expect([counts[2], counts[5], counts[4]]).toEqual([counts[0], counts[0], counts[1]]);
    expect(counts[0]! + counts[1]! + counts[3]!).toBe(3);
    return 0;
  }, { seed: 1, groups, resamples: 200 });
});

test('holds the mean of normal numbers about as often as it says', () => {
  const trials = 800;
  const held = ({ low, high }: { low: number; high: number }): number => Number(low <= 0 && 0 <= high);
  const counts = { student: 0, percentile: 0, bca: 0 };
  for (let trial = 0; trial < trials; trial++) {
    const sample = [...drawnValues([40], 'normal', 1000 + trial).data];
    counts.student += held(pairedDifference(sample, sample.map(() => 0), 0.9));
    for (const interval of BOTH) counts[interval] += held(bootstrap(40, meanOf(sample), { seed: trial, resamples: 300, confidence: 0.9, interval }));
  }
  // Student's interval is exact, with a deviation of 1 % over 800 trials. The bootstrap's is the normal one with the deviation over n: 1.645 √(39/40) deviations, 88.8 %.
  expect(Math.abs(counts.student / trials - 0.9)).toBeLessThan(0.03);
  for (const interval of BOTH) {
    expect(counts.student - counts[interval]).toBeGreaterThan(0);
    expect((counts.student - counts[interval]) / trials).toBeLessThan(0.035);
  }
});

test('samples of one patient are not so many samples', () => {
  const sample = Float64Array.from({ length: 200 }, (_, i) => drawnValues([1], 'normal', Math.floor(i / 20)).data[0]!);
  const width = ({ low, high }: { low: number; high: number }): number => high - low;
  const alone = width(bootstrap(200, meanOf(sample), { seed: 1, resamples: 400 }));
  const grouped = width(bootstrap(200, meanOf(sample), { seed: 1, resamples: 400, groups: Array.from({ length: 200 }, (_, i) => Math.floor(i / 20)) }));
  // Ten patients of twenty equal samples: the root of twenty.
  expect(grouped / alone).toBeGreaterThan(0.8 * Math.sqrt(20));
  expect(grouped / alone).toBeLessThan(1.2 * Math.sqrt(20));
});

test('what two models have in common does not widen their difference', () => fc.assert(fc.property(fc.nat(1000), fc.integer({ min: -3, max: 3 }), (seed, shift) => {
  const targets = Array.from({ length: 20 }, (_, i) => random32(seed, i) % 10);
  const outputs = targets.map((target, i) => target + (random32(seed, 100 + i) % 5));
  const difference = metricDifference({ kind: 'binary', width: 1, metric: 'auroc', targets: targets.map((target) => Number(target > 4)) }, outputs, outputs.map((output) => output + shift), { seed, resamples: 20 });
  expect(difference).toMatchObject(Number.isNaN(difference.value) ? { low: NaN } : { value: 0, low: 0, high: 0 });
}), { numRuns: 30 }));

test('drawings without a value are left out and counted', () => {
  const [scores, labels] = [[1, 2, 3, 4], [0, 1, 0, 0]];
  const values: number[] = [];
  const found = bootstrap(4, (samples) => {
    values.push(auroc([...samples].map((i) => scores[i]!), [...samples].map((i) => labels[i]!)));
    return values.at(-1)!;
  }, { seed: 2, resamples: 100 });
  expect(found.resamples).toBe(values.slice(1).filter((value) => !Number.isNaN(value)).length);
  expect(found.resamples).toBeLessThan(100);
  expect(found.low).toBeGreaterThanOrEqual(0);
  expect(bootstrap(2, () => NaN, { seed: 1 })).toEqual({ value: NaN, low: NaN, high: NaN, resamples: 0 });
});

test('rows of classes and labels are drawn with their targets', () => {
  const { value, low, high } = metricInterval({ kind: 'multiclass', width: 2, metric: 'accuracy', targets: [0, 1, -1, 1] }, [1, 0, 0, 1, 9, 9, 0, 1], { seed: 1, resamples: 50 });
  expect([value, low, high]).toEqual([1, 1, 1]);
});

test.each<[string, number, Partial<BootstrapOptions>, RegExp]>([
  ['no samples', 0, {}, /at least 1 sample, got 0/],
  ['half a resample', 3, { resamples: 0.5 }, /resamples: .* got 0.5/],
  ['certainty', 3, { confidence: 1 }, /confidence: .* got 1/],
  ['groups of others', 3, { groups: [1, 2] }, /one for each of 3 samples, got 2/],
  ['no seed', 3, { seed: -1 }, /seed: .* got -1/],
])('refuses %s', (_what, length, options, message) => {
  expectError(() => bootstrap(length, () => 0, { seed: 1, ...options }), ConfigError, message);
});

test('refuses what does not suit', () => {
  expectError(() => metricInterval({ kind: 'regression', width: 1, metric: 'auroc', targets: [1] }, [1], { seed: 1 }), ConfigError, /a regression task has no auroc; it has: rmse, r2, mae/);
  expectError(() => metricDifference({ kind: 'regression', width: 1, metric: 'rmse', targets: [1] }, [1], [1, 2], { seed: 1 }), ConfigError, /expected 1 values, got 2/);
});
