/**
 * Centred kernel alignment: how alike two representations of the same samples are, whatever their features' number, order, rotation and scale; not
 * whatever invertible map lies between them. Sources: Kornblith et al., ICML 2019; debiased: Song et al., JMLR 13, 2012.
 */
import type { Matrix } from 'ml-matrix';
import { centerGram, centerGramUnbiased, squaredDistances } from './gram.ts';
import { checkPair, matrixOf } from './representation.ts';
import type { Representation } from './representation.ts';

export interface CKAOptions {
  /**
   * Whether HSIC is estimated without bias; default false. The biased one tends to 1 with features for a fixed number of samples; the debiased one may be
   * negative. It needs four samples.
   */
  readonly debiased?: boolean;
}

export interface RBFOptions extends CKAOptions {
  /** Relative to the root of the median squared distance; above 0, default 0.5. */
  readonly bandwidth?: number;
}

/** One where the two are the same, NaN where one of them does not vary. */
const alignment = (xy: number, xx: number, yy: number): number => xy / Math.sqrt(xx * yy);

/**
 * With inner products as kernel: |XᵀY|² / (|XᵀX| |YᵀY|) of centred columns, in [0, 1] unless debiased.
 * @throws ShapeError unless both are of the same samples
 */
export function linearCKA(x: Representation, y: Representation, { debiased = false }: CKAOptions = {}): number {
  checkPair('linearCKA', x, y);
  const [a, b] = [x, y].map((side): Side => {
    const matrix = matrixOf(side, { centered: true });
    return { matrix, squares: matrix.to2DArray().map((row) => row.reduce((total, value) => total + value * value, 0)) };
  });
  if (!a || !b) return NaN;
  const hsic = debiased ? debiasedProduct : product;
  return alignment(hsic(a, b), hsic(a, a), hsic(b, b));
}

interface Side {
  /** Centred. */
  readonly matrix: Matrix;
  /** Of the rows. */
  readonly squares: readonly number[];
}

/** |XᵀY|², by the features or by the samples, whichever are fewer. */
function product({ matrix: x }: Side, { matrix: y }: Side): number {
  if (x.rows > Math.sqrt(x.columns * y.columns)) return x.transpose().mmul(y).norm('frobenius') ** 2;
  return x.mmul(x.transpose()).mul(y.mmul(y.transpose())).sum();
}

/** The same without what the products of samples with themselves add: n (n - 3) times HSIC₁ of Song et al. */
function debiasedProduct(x: Side, y: Side): number {
  const n = x.matrix.rows;
  const total = (squares: readonly number[]): number => squares.reduce((sum, value) => sum + value, 0);
  const both = x.squares.reduce((sum, value, i) => sum + value * (y.squares[i] ?? NaN), 0);
  return n < 4 ? NaN : product(x, y) - (n / (n - 2)) * both + total(x.squares) * total(y.squares) / ((n - 1) * (n - 2));
}

/**
 * With exp(-d² / (2 f² m)) as kernel, f the bandwidth and m the median of the squared distances d² over all ordered pairs, those of samples with
 * themselves included, as in the authors' code. In [0, 1] unless debiased; NaN where half of the distances or more are 0. Takes n² numbers.
 * @throws ShapeError unless both are of the same samples
 */
export function rbfCKA(x: Representation, y: Representation, { debiased = false, bandwidth = 0.5 }: RBFOptions = {}): number {
  checkPair('rbfCKA', x, y);
  const n = x.samples;
  const center = debiased ? centerGramUnbiased : centerGram;
  const [k, l] = [x, y].map((side) => center(rbfGram(side, bandwidth), n));
  const dot = (a?: Float64Array, b?: Float64Array): number => a && b && !(debiased && n < 4) ? a.reduce((total, value, i) => total + value * (b[i] ?? NaN), 0) : NaN;
  return alignment(dot(k, l), dot(k, k), dot(l, l));
}

function rbfGram(x: Representation, bandwidth: number): Float64Array {
  const distances = squaredDistances(x);
  const sorted = distances.slice().sort();
  const median = ((sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN) + (sorted[Math.floor(sorted.length / 2)] ?? NaN)) / 2;
  return distances.map((distance) => Math.exp(-distance / (2 * bandwidth ** 2 * median)));
}
