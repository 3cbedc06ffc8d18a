/**
 * Centred kernel alignment: how alike two representations of the same samples are, whatever their features' number, order, rotation and scale; not
 * whatever invertible map lies between them. Sources: Kornblith et al., ICML 2019; debiased: Song et al., JMLR 13, 2012.
 */
import type { Matrix } from 'ml-matrix';
import { centerGram, centerGramUnbiased, dot, innerProducts, squaredDistances } from './gram.ts';
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
  const kernel = x.samples <= Math.sqrt(x.features * y.features) ? bySamples : byFeatures;
  const [a, b] = [kernel(x), kernel(y)];
  const hsic = debiased ? debiasedProduct : product;
  return alignment(hsic(a, b), hsic(a, a), hsic(b, b));
}

/** A representation as what its products with others, |XᵀY|², are taken of: by the features or by the samples, whichever are fewer. */
interface Side {
  readonly centered: Matrix;
  readonly gram: Float64Array | null;
  /** Of the rows, their sums of squares. */
  readonly squares: Float64Array;
}

function byFeatures(x: Representation): Side {
  const centered = matrixOf(x, { centered: true });
  return { centered, gram: null, squares: Float64Array.from(centered.to2DArray(), (row) => row.reduce((total, value) => total + value * value, 0)) };
}

function bySamples(x: Representation): Side {
  const side = byFeatures(x);
  return { ...side, gram: innerProducts({ ...x, values: side.centered.to1DArray() }) };
}

function product(x: Side, y: Side): number {
  return x.gram && y.gram ? dot(x.gram, y.gram) : x.centered.transpose().mmul(y.centered).norm('frobenius') ** 2;
}

/** The same without what the products of samples with themselves add: n (n - 3) times HSIC₁ of Song et al. */
function debiasedProduct(x: Side, y: Side): number {
  const n = x.squares.length;
  const total = (squares: Float64Array): number => squares.reduce((sum, value) => sum + value, 0);
  return n < 4 ? NaN : product(x, y) - (n / (n - 2)) * dot(x.squares, y.squares) + total(x.squares) * total(y.squares) / ((n - 1) * (n - 2));
}

/**
 * With exp(-d² / (2 f² m)) as kernel, f the bandwidth and m the median of the squared distances d² over all ordered pairs, those of samples with
 * themselves included, as in the authors' code. In [0, 1] unless debiased; NaN where half of the distances or more are 0. Takes n² numbers.
 * @throws ShapeError unless both are of the same samples
 */
export function rbfCKA(x: Representation, y: Representation, { debiased = false, bandwidth = 0.5 }: RBFOptions = {}): number {
  checkPair('rbfCKA', x, y);
  if (debiased && x.samples < 4) return NaN;
  const center = debiased ? centerGramUnbiased : centerGram;
  const [k, l] = [center(rbfGram(x, bandwidth), x.samples), center(rbfGram(y, bandwidth), x.samples)];
  return alignment(dot(k, l), dot(k, k), dot(l, l));
}

function rbfGram(x: Representation, bandwidth: number): Float64Array {
  const distances = squaredDistances(x);
  const sorted = distances.slice().sort();
  const median = ((sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN) + (sorted[Math.floor(sorted.length / 2)] ?? NaN)) / 2;
  return distances.map((distance) => Math.exp(-distance / (2 * bandwidth ** 2 * median)));
}
