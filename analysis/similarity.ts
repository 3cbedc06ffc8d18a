/**
 * Figure 3 of Thakur et al., AISTATS 2025: how alike representations are, batch by batch. The paper leaves open which are compared; measures of this
 * kind need two of the same samples, so there are two readings. (A) For each task, its samples through the shared trunk against the same through the
 * trunk of single-task learning. (B) For two tasks whose inputs are of the same stays, row by row, one through the shared trunk against the other; and
 * the same of the two single-task trunks, to compare with.
 */
import { cca } from './cca.ts';
import type { CCAOptions } from './cca.ts';
import { linearCKA, rbfCKA } from './cka.ts';
import type { RBFOptions } from './cka.ts';
import { checkPair } from './representation.ts';
import type { Representation } from './representation.ts';

export interface Similarities {
  readonly linearCKA: number;
  readonly rbfCKA: number;
  readonly cca: number;
}

export type SimilarityOptions = RBFOptions & CCAOptions;

/** The three measures of figure 3. @throws ShapeError unless both are of the same samples */
export function similarities(x: Representation, y: Representation, options: SimilarityOptions = {}): Similarities {
  return { linearCKA: linearCKA(x, y, options), rbfCKA: rbfCKA(x, y, options), cca: cca(x, y, options) };
}

/**
 * Those of each batch of rows, one after the other; rows that do not fill a batch are left out, as their number moves every measure. For the CCA to say
 * anything a batch must have more samples than features.
 * @param batchSize at least 1
 * @throws ShapeError unless both are of the same samples
 */
export function similarityDistribution(x: Representation, y: Representation, batchSize: number, options: SimilarityOptions = {}): readonly Similarities[] {
  checkPair('similarityDistribution', x, y);
  const batch = ({ features, values }: Representation, b: number): Representation => ({ samples: batchSize, features, values: Float64Array.from({ length: batchSize * features }, (_, i) => values[b * batchSize * features + i] ?? NaN) });
  return Array.from({ length: Math.floor(x.samples / batchSize) }, (_, b) => similarities(batch(x, b), batch(y, b), options));
}

/** A measure of every representation of one list (rows) with every one of another (columns): of the stages of two models, for example. */
export function similarityMatrix(xs: readonly Representation[], ys: readonly Representation[], of: (x: Representation, y: Representation) => number): readonly (readonly number[])[] {
  return xs.map((x) => ys.map((y) => of(x, y)));
}
