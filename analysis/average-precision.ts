/** The area under the curve of precision over recall. */
import { ranked } from './ranking.ts';

/**
 * Average precision: the precision at each score that occurs, weighted by the recall that is gained there, without interpolation; samples of equal
 * scores are found together. Targets are 0 or 1; NaN ones are missing. NaN without both classes, and when a score is NaN. Of the scores `[n, labels]`
 * of several labels it is the micro average. By chance it is the share of positives. scikit-learn: `average_precision_score`, which gives 0 without
 * positives and 1 without negatives.
 */
export function averagePrecision(scores: ArrayLike<number>, targets: ArrayLike<number>): number {
  const ranking = ranked(scores, targets);
  if (!ranking || ranking.positives === 0 || ranking.negatives === 0) return NaN;
  let [hits, found, area] = [0, 0, 0];
  for (const { positives, negatives } of ranking.levels()) {
    hits += positives;
    found += positives + negatives;
    area += (positives / ranking.positives) * (hits / found);
  }
  return area;
}
