/** The area under the receiver operating characteristic. */
import { macro } from './averages.ts';
import { ranked } from './ranking.ts';

/**
 * The probability that a positive sample scores higher than a negative one, a tie being half: the statistic of Mann and Whitney. Targets are 0 or 1;
 * NaN ones are missing. NaN without both classes, and when a score is NaN. Of the scores `[n, labels]` of several labels it is the micro average.
 * scikit-learn: `roc_auc_score`.
 */
export function auroc(scores: ArrayLike<number>, targets: ArrayLike<number>): number {
  const ranking = ranked(scores, targets);
  if (!ranking) return NaN;
  let below = ranking.negatives;
  let ordered = 0;
  for (const { positives, negatives } of ranking.levels()) {
    below -= negatives;
    ordered += positives * (below + negatives / 2);
  }
  // Without both classes this is 0 / 0.
  return ordered / (ranking.positives * ranking.negatives);
}

/**
 * The mean AUROC of those columns of `[n, labels]` that have samples of both classes; NaN when none has. scikit-learn: `roc_auc_score` with
 * `average='macro'`, which refuses columns of one class.
 */
export function macroAUROC(scores: ArrayLike<number>, targets: ArrayLike<number>, labels: number): number {
  return macro(auroc, scores, targets, labels);
}
