/** The area under the receiver operating characteristic. */

/**
 * The probability that a positive sample scores higher than a negative one, a tie being half: the rank sum of Mann and Whitney. Targets are 0 or 1;
 * NaN ones are missing. NaN without both classes, and when a score is NaN. scikit-learn: `roc_auc_score`.
 */
export function auroc(scores: ArrayLike<number>, targets: ArrayLike<number>): number {
  const samples = Array.from(targets, (target, i) => ({ target, score: scores[i] ?? NaN })).filter(({ target }) => !Number.isNaN(target));
  const positives = samples.filter(({ target }) => target === 1).length;
  const negatives = samples.length - positives;
  if (samples.some(({ score }) => Number.isNaN(score))) return NaN;
  samples.sort((a, b) => a.score === b.score ? 0 : a.score - b.score);
  let rankSum = 0;
  for (let start = 0, end = 0; start < samples.length; start = end) {
    let tied = 0;
    for (end = start; samples[end]?.score === samples[start]?.score && end < samples.length; end++) if (samples[end]?.target === 1) tied++;
    // Ranks count from 1; tied samples share their mean.
    rankSum += tied * (start + end + 1) / 2;
  }
  // Without both classes this is 0 / 0.
  return (rankSum - positives * (positives + 1) / 2) / (positives * negatives);
}

/**
 * The mean AUROC of those columns of `[n, labels]` that have samples of both classes; NaN when none has. scikit-learn: `roc_auc_score` with
 * `average='macro'`, which refuses columns of one class.
 */
export function macroAUROC(scores: ArrayLike<number>, targets: ArrayLike<number>, labels: number): number {
  const rows = targets.length / labels;
  const column = (values: ArrayLike<number>, label: number): Float64Array => Float64Array.from({ length: rows }, (_, row) => values[row * labels + label] ?? NaN);
  const areas: number[] = [];
  for (let label = 0; label < labels; label++) {
    const mine = column(targets, label);
    if (mine.includes(0) && mine.includes(1)) areas.push(auroc(column(scores, label), mine));
  }
  return areas.reduce((total, area) => total + area, 0) / areas.length;
}
