/** What a network makes of samples: the rows of a matrix. */
import { Matrix } from 'ml-matrix';
import { ShapeError } from '../engine/errors.ts';

export interface Representation {
  readonly samples: number;
  readonly features: number;
  /** Row-major, `[samples, features]`. */
  readonly values: ArrayLike<number>;
}

/** @throws ShapeError unless both are of as many samples, and have the values that they say */
export function checkPair(what: string, x: Representation, y: Representation): void {
  for (const { samples, features, values } of [x, y]) if (values.length !== samples * features) throw new ShapeError(`${what}: expected ${samples} x ${features} values, got ${values.length}`);
  if (x.samples !== y.samples) throw new ShapeError(`${what}: expected two representations of the same samples, got ${x.samples} and ${y.samples} of them`);
}

/** As a matrix, each column without its mean if wanted. */
export function matrixOf({ samples, features, values }: Representation, { centered }: { readonly centered: boolean }): Matrix {
  const matrix = Matrix.from1DArray(samples, features, values);
  return centered ? matrix.center('column') : matrix;
}

/** Row after row in one. @throws ShapeError unless all have the same number of features */
export function stacked(parts: readonly Representation[]): Representation {
  const features = parts[0]?.features ?? 0;
  const other = parts.find((part) => part.features !== features);
  if (other) throw new ShapeError(`stacked: expected ${features} features, got ${other.features}`);
  const samples = parts.reduce((total, part) => total + part.samples, 0);
  const values = new Float64Array(samples * features);
  parts.reduce((at, part) => (values.set(part.values, at), at + part.values.length), 0);
  return { samples, features, values };
}
