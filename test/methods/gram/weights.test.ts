/** The weights that methods find from a Gram matrix: published values, and what must hold for any gradients. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cagradWeights } from '../../../methods/cagrad.ts';
import { gradnormWeights, lastLayer } from '../../../methods/gradnorm.ts';
import type { Gram } from '../../../methods/gram/gram.ts';
import { gramOf, norms, squaredNorm, times } from '../../../methods/gram/gram.ts';
import { imtlgWeights } from '../../../methods/imtl-g.ts';
import { mgdaWeights } from '../../../methods/mgda.ts';
import { nashWeights } from '../../../methods/nash-mtl.ts';
import { pcgradWeights } from '../../../methods/pcgrad.ts';
import { NumericsError } from '../../../engine/index.ts';
import { expectError } from '../../support/errors.ts';

type Vector = readonly number[];
type Rows = readonly Vector[];
type Weigh = (gram: Gram) => readonly number[];

const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const gramOfRows = (rows: Rows): Gram => rows.map((a) => rows.map((b) => dot(a, b)));
const combine = (rows: Rows, weights: readonly number[]): number[] => rows[0]!.map((_, k) => rows.reduce((sum, row, i) => sum + weights[i]! * row[k]!, 0));
const direction = (rows: Rows, weigh: Weigh): number[] => combine(rows, weigh(gramOfRows(rows)));
const size = (v: Vector): number => Math.sqrt(dot(v, v));
const scale = (rows: Rows): number => Math.max(...rows.map(size));

const METHODS: Readonly<Record<string, Weigh>> = {
  pcgrad: (gram) => pcgradWeights(gram, 7),
  mgda: mgdaWeights,
  cagrad: (gram) => cagradWeights(gram, 0.5),
  'imtl-g': imtlgWeights,
  'nash-mtl': (gram) => nashWeights(gram, 1),
};

/** Gradients in general position: as many dimensions as tasks, and more. */
const rowsOf = (tasks: fc.Arbitrary<number>): fc.Arbitrary<Rows> => tasks.chain((n) => fc.array(fc.array(fc.integer({ min: -1000, max: 1000 }).map((v) => v / 100), { minLength: n + 3, maxLength: n + 3 }), { minLength: n, maxLength: n }))
  .filter((rows) => {
    const gram = gramOfRows(rows);
    return rows.every((row) => size(row) > 0.5) && squaredNorm(gram, mgdaWeights(gram)) > 1e-3;
  });
const anyRows = rowsOf(fc.integer({ min: 1, max: 5 }));
const severalRows = rowsOf(fc.integer({ min: 2, max: 5 }));

const TWO: Rows = [[-4, 1, 1], [6, 1, 1]];

describe('published directions', () => {
  // J. Quinton and V. Rey, TorchJD: the values its tests hold.
  test.each([
    ['pcgrad', METHODS.pcgrad!, [0.5848, 3.8012, 3.8012]],
    ['mgda', METHODS.mgda!, [0, 1, 1]],
    ['cagrad, c = 0.5', METHODS.cagrad!, [0.1835, 1.2041, 1.2041]],
    ['imtl-g', METHODS['imtl-g']!, [0.0767, 1, 1]],
    ['nash-mtl, unit length', METHODS['nash-mtl']!, [0.05415, 0.70607, 0.70607]],
    ['nash-mtl, exact', (gram: Gram): readonly number[] => nashWeights(gram, Infinity), [0.07658, 0.99853, 0.99853]],
  ])('%s', (_name, weigh, expected) => {
    for (const [i, value] of direction(TWO, weigh).entries()) expect(value).toBeCloseTo(expected[i]!, 4);
  });

  test('pcgrad: two gradients that conflict', () => {
    expect(direction([[3, 0], [-1, 2]], METHODS.pcgrad!).map((v) => Number(v.toFixed(10)))).toEqual([2.4, 3.2]);
  });

  test('pcgrad: the order of three is drawn, and decides', () => {
    const rows = [[1, 0, 0], [-1, 1, 0], [-1, -1, 1]];
    const found = new Set(Array.from({ length: 64 }, (_, key) => direction(rows, (gram) => pcgradWeights(gram, key * 1000)).map((v) => v.toFixed(4)).join(' ')));
    expect(found).toContain('-0.6667 0.3333 1.6667');
    expect(found).toContain('0.1667 0.1667 1.3333');
    expect(found.size).toBeGreaterThan(2);
  });
});

describe.each(Object.entries(METHODS))('%s', (name, weigh) => {
  test('a task that is alone is followed', () => fc.assert(fc.property(rowsOf(fc.constant(1)), (rows) => {
    const d = direction(rows, weigh);
    expect(dot(d, rows[0]!) / size(d) / size(rows[0]!)).toBeCloseTo(1, 9);
    if (name === 'pcgrad' || name === 'mgda' || name === 'imtl-g') expect(d.map((v, i) => v - rows[0]![i]!).every((v) => Math.abs(v) < 1e-9)).toBe(true);
  })));

  test('identical gradients are followed', () => fc.assert(fc.property(rowsOf(fc.constant(1)), fc.integer({ min: 2, max: 5 }), ([row], n) => {
    const d = direction(Array.from({ length: n }, () => row!), weigh);
    expect(dot(d, row!) / size(d) / size(row!)).toBeCloseTo(1, 6);
  })));

  test('no gradient of two is worked against', () => fc.assert(fc.property(rowsOf(fc.constant(2)), (rows) => {
    const d = direction(rows, weigh);
    // CAGrad stays near the mean: it may leave a task a little worse off.
    if (name !== 'cagrad') for (const row of rows) expect(dot(d, row)).toBeGreaterThanOrEqual(-1e-6 * scale(rows) ** 2);
  })));

  test('the order of the tasks does not matter', () => fc.assert(fc.property(severalRows.filter((rows) => name !== 'pcgrad' || rows.length === 2), (rows) => {
    const d = direction(rows, weigh);
    const back = direction([...rows].reverse(), weigh);
    for (const [i, value] of d.entries()) expect(Math.abs(value - back[i]!)).toBeLessThanOrEqual(1e-5 * scale(rows));
  })));

  test('what cancels moves nothing', () => {
    const d = direction([[1, 2, -3], [-1, -2, 3]], weigh);
    expect(size(d)).toBeLessThan(1e-6);
  });

  test('gradients of 0 give weights that are numbers', () => {
    for (const rows of [[[0, 0], [0, 0]], [[0, 0], [1, 2]]]) expect(weigh(gramOfRows(rows)).every(Number.isFinite)).toBe(true);
  });
});

describe('mgda', () => {
  test('no loss falls slower than the direction is long, and the weights are a mean', () => fc.assert(fc.property(anyRows, (rows) => {
    const weights = mgdaWeights(gramOfRows(rows));
    const d = combine(rows, weights);
    expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
    for (const row of rows) expect(dot(row, d)).toBeGreaterThanOrEqual(dot(d, d) - 1e-6 * scale(rows) ** 2);
  })));
});

describe('cagrad', () => {
  test('0 is the mean, and the direction stays within the radius', () => fc.assert(fc.property(anyRows, fc.constantFrom(0, 0.2, 0.5, 0.9), (rows, c) => {
    const mean = combine(rows, rows.map(() => 1 / rows.length));
    const d = direction(rows, (gram) => cagradWeights(gram, c));
    expect(size(d.map((v, i) => v - mean[i]!))).toBeCloseTo(c * size(mean), 5);
  })));

  test('the least gain is no less than the mean direction\'s', () => fc.assert(fc.property(severalRows, (rows) => {
    const least = (d: Vector): number => Math.min(...rows.map((row) => dot(row, d)));
    const mean = combine(rows, rows.map(() => 1 / rows.length));
    expect(least(direction(rows, METHODS.cagrad!))).toBeGreaterThanOrEqual(least(mean) - 1e-6 * scale(rows) ** 2);
  })));
});

describe('imtl-g', () => {
  test('projections on all gradients are equal', () => fc.assert(fc.property(severalRows, (rows) => {
    const d = direction(rows, imtlgWeights);
    const projections = rows.map((row) => dot(d, row) / size(row));
    fc.pre(size(d) < 100 * scale(rows));
    for (const p of projections) expect(Math.abs(p - projections[0]!)).toBeLessThanOrEqual(1e-5 * scale(rows));
  })));
});

describe('nash-mtl', () => {
  test('G w = 1 / w; the squared length is the number of tasks; whatever the lengths of the gradients', () => fc.assert(fc.property(anyRows, fc.array(fc.constantFrom(1e-3, 1, 1e3), { minLength: 5, maxLength: 5 }), (rows, factors) => {
    const gram = gramOfRows(rows);
    const weights = nashWeights(gram, Infinity);
    for (const [i, value] of times(gram, weights).entries()) expect(value * weights[i]!).toBeCloseTo(1, 8);
    const d = combine(rows, weights);
    expect(dot(d, d)).toBeCloseTo(rows.length, 8);
    const scaled = direction(rows.map((row, i) => row.map((v) => v * factors[i]!)), (g) => nashWeights(g, Infinity));
    for (const [i, value] of scaled.entries()) expect(value).toBeCloseTo(d[i]!, 6);
  })));

  test('two gradients: the sum of their directions', () => fc.assert(fc.property(rowsOf(fc.constant(2)), (rows) => {
    const sum = combine(rows, rows.map((row) => 1 / size(row)));
    const d = direction(rows, METHODS['nash-mtl']!);
    expect(dot(d, sum) / size(d) / size(sum)).toBeCloseTo(1, 8);
    expect(size(d)).toBeLessThanOrEqual(1 + 1e-9);
  })));
});

describe('gradnorm', () => {
  const fresh = (n: number): { weights: Float32Array; initial: Float32Array } => ({ weights: new Float32Array(n).fill(1), initial: new Float32Array(n) });
  const diagonal = (lengths: readonly number[]): Gram => lengths.map((length, i) => lengths.map((_, j) => (i === j ? length ** 2 : 0)));
  const settle = (lengths: readonly number[], rates: readonly number[], alpha: number): Float32Array => {
    const state = fresh(2);
    gradnormWeights(diagonal(lengths), [1, 1], state, alpha, 1e-9);
    for (let i = 0; i < 40_000; i++) gradnormWeights(diagonal(lengths), rates, state, alpha, 0.02 / (1 + i / 50));
    return state.weights;
  };

  test('constant norms: weights settle where w_i is proportional to r_i^alpha / c_i', () => {
    expect([...settle([1, 4], [1, 1], 0)].map((w) => Number(w.toFixed(2)))).toEqual([1.6, 0.4]);
    const [a, b] = settle([1, 1], [0.25, 0.75], 1);
    expect(b! / a!).toBeCloseTo(3, 1);
  });

  test('a loss in other units changes its weight, not its share: w_i c_i keep their ratio', () => {
    const share = (lengths: readonly [number, number]): number => {
      const [a = 0, b = 0] = settle(lengths, [0.5, 1], 1);
      return (a * lengths[0]) / (b * lengths[1]);
    };
    expect(share([1, 2]) / share([10, 2])).toBeCloseTo(1, 1);
  });

  test('weights sum to the number of tasks after every step, and a single task keeps 1', () => fc.assert(fc.property(anyRows, fc.array(fc.double({ min: 0.01, max: 10, noNaN: true }), { minLength: 5, maxLength: 5 }), (rows, losses) => {
    const state = fresh(rows.length);
    const gram = gramOfRows(rows);
    const first = gradnormWeights(gram, losses.slice(0, rows.length), state, 1.25, 0.025);
    expect(first).toEqual(rows.map(() => 1));
    gradnormWeights(gram, losses.slice(0, rows.length).reverse(), state, 1.25, 0.025);
    expect(state.weights.reduce((a, b) => a + b, 0)).toBeCloseTo(rows.length, 5);
    if (rows.length === 1) expect(state.weights[0]).toBe(1);
  })));

  test('the last layer of a trunk', () => {
    const segment = (name: string, offset: number): object => ({ name, offset, length: 1, shape: [1] });
    expect(lastLayer({ segments: [segment('conv1.weight', 0), segment('fc.weight', 64), segment('fc.bias', 128)], capacity: 192 } as never)).toEqual({ offset: 64, length: 128 });
  });
});

test('a Gram matrix from its upper half; gradients that are not finite are named', () => {
  expect(gramOf(Float32Array.of(1, 2, 3, 4, 5, 6), ['a', 'b', 'c'])).toEqual([[1, 2, 3], [2, 4, 5], [3, 5, 6]]);
  expect(norms([[4, 0], [0, 9]])).toEqual([2, 3]);
  expectError(() => gramOf(Float32Array.of(1, NaN, Infinity), ['a', 'b']), NumericsError, 'the gradients of b are not finite');
});
