/** CKA and CCA against NumPy and SciPy (`test/fixtures/representations.py`), closed forms, and what they are invariant to. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Matrix, QrDecomposition } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { canonicalCorrelations, cca, linearCKA, rbfCKA, stacked } from 'lazygrad/analysis';
import type { Representation } from 'lazygrad/analysis';
import { ShapeError } from '../../engine/index.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';

type Name = 'linear' | 'linearDebiased' | 'rbf' | 'rbfWide' | 'rbfDebiased' | 'cca' | 'ccaUncentered';
interface Case {
  readonly name: string;
  readonly x: Representation;
  readonly y: Representation;
  readonly similarity: Readonly<Record<Name, number>>;
}
const { cases } = JSON.parse(readFileSync(new URL('../fixtures/representations.json', import.meta.url), 'utf8')) as { readonly cases: readonly Case[] };

const MEASURES: Readonly<Record<Name, (x: Representation, y: Representation) => number>> = {
  linear: linearCKA,
  linearDebiased: (x, y) => linearCKA(x, y, { debiased: true }),
  rbf: rbfCKA,
  rbfWide: (x, y) => rbfCKA(x, y, { bandwidth: 2 }),
  rbfDebiased: (x, y) => rbfCKA(x, y, { debiased: true }),
  cca,
  ccaUncentered: (x, y) => cca(x, y, { centered: false }),
};

describe.each(cases.map((given) => [given.name, given] as const))('%s', (_name, { x, y, similarity }) => {
  test.each(Object.entries(MEASURES))('%s', (name, of) => {
    expect(of(x, y)).toBeCloseTo(similarity[name as Name], 12);
    expect(of(y, x)).toBeCloseTo(similarity[name as Name], 12);
    expect(of(x, x)).toBeCloseTo(1, 12);
  });
});

test('the demonstration of Kornblith et al. gives these numbers', () => {
  const { x, y } = cases[0]!;
  const found = [linearCKA(x, y), rbfCKA(x, y), cca(x, y, { centered: false }), linearCKA(x, y, { debiased: true })];
  for (const [i, value] of [0.557613, 0.654831, 0.543124, 0.51346].entries()) expect(found[i]).toBeCloseTo(value, 5);
});

const random = (samples: number, features: number, seed: number): Representation => ({ samples, features, values: values([samples, features], 'normal', seed).data });
const of = (matrix: Matrix): Representation => ({ samples: matrix.rows, features: matrix.columns, values: matrix.to1DArray() });
const matrix = ({ samples, features, values: data }: Representation): Matrix => Matrix.from1DArray(samples, features, data);
const rotation = (size: number, seed: number): Matrix => new QrDecomposition(matrix(random(size, size, seed))).orthogonalMatrix;

describe('closed forms', () => {
  const basis = new QrDecomposition(matrix(random(40, 9, 3)).center('column')).orthogonalMatrix;
  const first = (count: number): Representation => of(basis.subMatrix(0, 39, 0, count - 1));

  test('q of p orthonormal features: the root of their share', () => {
    expect(linearCKA(first(8), first(5))).toBeCloseTo(Math.sqrt(5 / 8), 12);
    expect(cca(first(8), first(5))).toBeCloseTo(1, 12);
  });

  test('four points of a cross against their first coordinate', () => {
    const cross = of(new Matrix([[1, 0], [-1, 0], [0, 1], [0, -1]]));
    expect(linearCKA(cross, of(matrix(cross).subMatrix(0, 3, 0, 0)))).toBeCloseTo(Math.SQRT1_2, 14);
  });

  test('directions in common count one, others nothing', () => {
    // Features 0 to 3 against 2 to 5.
    const [x, y] = [first(4), of(basis.subMatrix(0, 39, 2, 5))];
    const found = canonicalCorrelations(x, y);
    [1, 1, 0, 0].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 12));
    expect(cca(x, y)).toBeCloseTo(0.5, 12);
    expect(linearCKA(x, y)).toBeCloseTo(0.5, 12);
  });

  test('independent features: the debiased measure is around 0, the biased one is not', () => {
    const pairs = Array.from({ length: 30 }, (_, i) => [random(40, 60, 100 + 2 * i), random(40, 60, 101 + 2 * i)] as const);
    const mean = (measure: typeof linearCKA): number => pairs.reduce((total, [x, y]) => total + measure(x, y), 0) / pairs.length;
    expect(Math.abs(mean(MEASURES.linearDebiased))).toBeLessThan(0.02);
    expect(Math.abs(mean(MEASURES.rbfDebiased))).toBeLessThan(0.02);
    expect(mean(linearCKA)).toBeGreaterThan(0.5);
  });

  test('as many features as samples: whatever they are, all correlations are 1', () => {
    expect(cca(random(8, 9, 1), random(8, 12, 2))).toBeCloseTo(1, 12);
  });
});

describe('invariance', () => {
  const drawn = fc.record({ samples: fc.integer({ min: 12, max: 30 }), p: fc.integer({ min: 1, max: 6 }), q: fc.integer({ min: 2, max: 7 }), scale: fc.constantFrom(-3, 0.01, 1e4), seed: fc.nat(1000) });

  test('all: to rotation, scale and shift of the features, and to the order of the samples', () => fc.assert(fc.property(drawn, ({ samples, p, q, scale, seed }) => {
    const [x, y] = [random(samples, p, seed), random(samples, q, seed + 1)];
    const turned = of(matrix(y).mmul(rotation(q, seed + 2)).mul(scale));
    const shifted = of(matrix(y).add(5));
    const upsideDown = (side: Representation): Representation => of(new Matrix(matrix(side).to2DArray().reverse()));
    for (const [name, measure] of Object.entries(MEASURES)) {
      const value = measure(x, y);
      expect(measure(x, turned)).toBeCloseTo(value, 9);
      expect(measure(upsideDown(x), upsideDown(y))).toBeCloseTo(value, 9);
      if (name !== 'ccaUncentered') expect(measure(x, shifted)).toBeCloseTo(value, 9);
      if (!name.endsWith('Debiased')) expect([value >= 0, value <= 1 + 1e-12]).toEqual([true, true]);
    }
  }), { numRuns: 30 }));

  test('CCA alone: to every invertible map', () => fc.assert(fc.property(drawn, ({ samples, p, q, seed }) => {
    const [x, y] = [random(samples, p, seed), random(samples, q, seed + 1)];
    const mixed = of(matrix(y).mmul(rotation(q, seed + 2)).mmul(Matrix.diag(Array.from({ length: q }, (_, i) => 4 ** i))));
    expect(cca(x, mixed)).toBeCloseTo(cca(x, y), 9);
    expect(Math.abs(linearCKA(y, mixed) - 1)).toBeGreaterThan(0.01);
    expect(Math.abs(rbfCKA(y, mixed) - 1)).toBeGreaterThan(0.01);
  }), { numRuns: 30 }));

  test('the same by features as by samples', () => {
    // 20 samples of 19 features go by features, of 21 by samples; features of zeros change nothing.
    const [x, y] = [random(20, 19, 1), random(20, 19, 2)];
    const wider = (side: Representation): Representation => ({ samples: 20, features: 21, values: matrix(side).to2DArray().flatMap((row) => [...row, 0, 0]) });
    for (const measure of Object.values(MEASURES)) expect(measure(wider(x), wider(y))).toBeCloseTo(measure(x, y), 12);
  });
});

describe('what there is nothing to say of', () => {
  const x = random(10, 3, 1);
  const still: Representation = { samples: 10, features: 2, values: new Array<number>(20).fill(2) };

  test('a representation that does not vary, too few samples, values that are none', () => {
    for (const [name, measure] of Object.entries(MEASURES)) {
      if (name !== 'ccaUncentered') expect(measure(x, still)).toBeNaN();
      expect(measure(x, { ...x, values: [NaN, ...Array.from(x.values).slice(1)] })).toBeNaN();
    }
    expect(canonicalCorrelations(x, still)).toEqual([]);
    for (const measure of [MEASURES.linearDebiased, MEASURES.rbfDebiased]) expect(measure(random(3, 2, 1), random(3, 2, 2))).toBeNaN();
  });

  test('other samples, other sizes', () => {
    for (const measure of Object.values(MEASURES)) {
      expectError(() => measure(x, random(9, 3, 1)), ShapeError, /the same samples, got 10 and 9/);
      expectError(() => measure(x, { ...x, features: 4 }), ShapeError, /expected 10 x 4 values, got 30/);
    }
  });
});

test('parts are stacked', () => {
  expect(stacked([{ samples: 1, features: 2, values: [1, 2] }, { samples: 2, features: 2, values: [3, 4, 5, 6] }])).toEqual({ samples: 3, features: 2, values: Float64Array.of(1, 2, 3, 4, 5, 6) });
  expectError(() => stacked([random(1, 2, 1), random(1, 3, 1)]), ShapeError, /expected 2 features, got 3/);
});
