/** How different the experts of a mixture are. */
import type { Representation } from './representation.ts';
import { checkPair } from './representation.ts';

export interface ExpertDiversity {
  /** `||f_i(X) - f_j(X)||_2` over all samples X, divided by the largest: in [0, 1], 0 where all experts are the same. */
  readonly distances: readonly (readonly number[])[];
  /** Mean of the distances between two experts; NaN for one alone. */
  readonly diversity: number;
}

/**
 * Source: Aoki, Tung and Oliveira, "Heterogeneous Multi-task Learning with Expert Diversity", TCBB 2022.
 * @param experts what each makes of the same samples
 * @throws ShapeError unless all are of the same size
 */
export function expertDiversity(experts: readonly Representation[]): ExpertDiversity {
  const raw = experts.map((a) => experts.map((b) => distance(a, b)));
  const largest = Math.max(0, ...raw.flat());
  const distances = raw.map((row) => row.map((value) => (largest === 0 ? 0 : value / largest)));
  const pairs = distances.flatMap((row, i) => row.slice(i + 1));
  return { distances, diversity: pairs.reduce((total, value) => total + value, 0) / pairs.length };
}

function distance(x: Representation, y: Representation): number {
  checkPair('expertDiversity', x, y);
  let squares = 0;
  for (let i = 0; i < x.values.length; i++) squares += ((x.values[i] ?? NaN) - (y.values[i] ?? NaN)) ** 2;
  return Math.sqrt(squares);
}
