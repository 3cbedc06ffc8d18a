/** Measures of several labels: one by one, and averaged. A label whose targets are all of one class, or all missing, has no value and no part in a mean. */

/** Of one label: scores against targets of 0, 1, or NaN for what is missing. `auroc`, `averagePrecision`. */
export type LabelMeasure = (scores: ArrayLike<number>, targets: ArrayLike<number>) => number;

interface Column {
  readonly value: number;
  readonly positives: number;
}

/** Null for a label without both classes. `scores` and `targets` are `[n, labels]`. */
function columns(of: LabelMeasure, scores: ArrayLike<number>, targets: ArrayLike<number>, labels: number): (Column | null)[] {
  const rows = targets.length / labels;
  const column = (values: ArrayLike<number>, label: number): Float64Array => Float64Array.from({ length: rows }, (_, row) => values[row * labels + label] ?? NaN);
  return Array.from({ length: labels }, (_, label) => {
    const mine = column(targets, label);
    return mine.includes(0) && mine.includes(1) ? { value: of(column(scores, label), mine), positives: mine.reduce((count, target) => count + Number(target === 1), 0) } : null;
  });
}

/** The measure of each column of `[n, labels]`; NaN for those of one class. scikit-learn: `average=None`. */
export function perLabel(of: LabelMeasure, scores: ArrayLike<number>, targets: ArrayLike<number>, labels: number): number[] {
  return columns(of, scores, targets, labels).map((column) => column?.value ?? NaN);
}

/** The mean over the columns of `[n, labels]` that have both classes; NaN when none has. scikit-learn: `average='macro'`. */
export function macro(of: LabelMeasure, scores: ArrayLike<number>, targets: ArrayLike<number>, labels: number): number {
  const found = columns(of, scores, targets, labels).filter((column) => column !== null);
  return found.reduce((total, { value }) => total + value, 0) / found.length;
}

/** The same mean, each column weighted by its number of positives. scikit-learn: `average='weighted'`. */
export function weighted(of: LabelMeasure, scores: ArrayLike<number>, targets: ArrayLike<number>, labels: number): number {
  const found = columns(of, scores, targets, labels).filter((column) => column !== null);
  return found.reduce((total, { value, positives }) => total + value * positives, 0) / found.reduce((total, { positives }) => total + positives, 0);
}

/**
 * Classes as labels, each against all others: `[n, classes]` of 0 and 1, NaN in the rows of missing targets, which are negative. With `softmax` as
 * scores, `macro(auroc, ...)` is scikit-learn's `roc_auc_score` with `multi_class='ovr'`.
 */
export function oneVersusRest(targets: ArrayLike<number>, classes: number): Float32Array {
  return Float32Array.from({ length: targets.length * classes }, (_, i) => {
    const target = targets[Math.floor(i / classes)] ?? NaN;
    return target >= 0 ? Number(target === i % classes) : NaN;
  });
}
