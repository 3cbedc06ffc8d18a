/**
 * Canonical correlations: how much of two representations of the same samples lies in the same directions of sample space, whatever invertible linear
 * maps are applied to their features. Source: Hotelling, Biometrika 28, 1936; the mean square is R²_CCA of Kornblith et al., ICML 2019.
 */
import { SingularValueDecomposition } from 'ml-matrix';
import type { Matrix } from 'ml-matrix';
import { checkPair, matrixOf } from './representation.ts';
import type { Representation } from './representation.ts';

export interface CCAOptions {
  /** Whether features are taken without their means; default true. The code of Kornblith et al. leaves them in. */
  readonly centered?: boolean;
}

/**
 * As many as the smaller rank of the two, in descending order and in [0, 1]. With no more samples than features (centred: than features and one) all are
 * 1, whatever the features: there is nothing to find out. NaN where a value is not finite, none where a representation does not vary.
 * @throws ShapeError unless both are of the same samples
 */
export function canonicalCorrelations(x: Representation, y: Representation, { centered = true }: CCAOptions = {}): number[] {
  checkPair('canonicalCorrelations', x, y);
  const [a, b] = [x, y].map((side) => spanOf(matrixOf(side, { centered })));
  if (!a || !b) return [NaN];
  if (a.columns === 0 || b.columns === 0) return [];
  // Rounding may take a cosine beyond 1.
  return decomposed(a.transpose().mmul(b)).diagonal.map((cosine) => Math.min(1, cosine));
}

/** The mean square of the canonical correlations, in [0, 1]; NaN where there are none. @throws ShapeError unless both are of the same samples */
export function cca(x: Representation, y: Representation, options: CCAOptions = {}): number {
  const correlations = canonicalCorrelations(x, y, options);
  return correlations.reduce((total, value) => total + value * value, 0) / correlations.length;
}

const decomposed = (matrix: Matrix): SingularValueDecomposition => new SingularValueDecomposition(matrix, { autoTranspose: true });

/** An orthonormal basis of what the columns span, in columns; null where a value is not finite. Units that are always 0 span nothing. */
function spanOf(matrix: Matrix): Matrix | null {
  if (!matrix.to1DArray().every(Number.isFinite)) return null;
  const { leftSingularVectors, diagonal } = decomposed(matrix);
  // NumPy's `matrix_rank`.
  const least = (diagonal[0] ?? 0) * Math.max(matrix.rows, matrix.columns) * Number.EPSILON;
  const rank = diagonal.filter((value) => value > least).length;
  return leftSingularVectors.subMatrixColumn(Array.from({ length: rank }, (_, i) => i));
}
