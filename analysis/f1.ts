/**
 * The harmonic mean of precision and recall, 2 hits / (said + there). Where nothing is there and nothing is said it has no value, and no part in a
 * mean. scikit-learn: `f1_score` with `zero_division=nan`; its default counts 0 there.
 */
import { classCounts } from './confusion.ts';
import type { ClassCounts } from './confusion.ts';
import { meanOf } from './mean.ts';

const f1Of = ({ hits, predicted, there }: ClassCounts): number => (2 * hits) / (predicted + there);

/** Of one label, `predictions` being 0 or 1, `targets` also NaN; of all predictions `[n, labels]` of several labels it is the micro average. */
export function f1(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  return classCounts(predictions, targets, 2).slice(1).map(f1Of)[0] ?? NaN;
}

/** The mean over labels, of predictions `[n, labels]`. */
export function macroF1(predictions: ArrayLike<number>, targets: ArrayLike<number>, labels: number): number {
  const column = (values: ArrayLike<number>, label: number): number[] => Array.from({ length: targets.length / labels }, (_, row) => values[row * labels + label] ?? NaN);
  return meanOf(Array.from({ length: labels }, (_, label) => f1(column(predictions, label), column(targets, label))));
}

/** The mean over classes, of predictions `[n]`. The micro average over classes would be the accuracy. */
export function macroF1OfClasses(predictions: ArrayLike<number>, targets: ArrayLike<number>, classes: number): number {
  return meanOf(classCounts(predictions, targets, classes).map(f1Of));
}
