/** Shares of right answers. */
import { classCounts } from './confusion.ts';
import { predictedClasses } from './decisions.ts';
import { meanOf } from './mean.ts';

/**
 * The share of rows whose largest logit is the target's; ties go to the first class, NaN is never the largest. `logits` is `[n, classes]`, row-major; a
 * negative target is missing. NaN when all are. scikit-learn: `accuracy_score` of the argmax.
 */
export function accuracy(logits: ArrayLike<number>, targets: ArrayLike<number>, classes: number): number {
  const predicted = predictedClasses(logits, classes);
  let [correct, there] = [0, 0];
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row] ?? NaN;
    if (!(target >= 0)) continue;
    there++;
    if (predicted[row] === target) correct++;
  }
  return correct / there;
}

/**
 * The mean recall of those classes that have samples; NaN when none has. Chance is one over their number. scikit-learn: `balanced_accuracy_score`.
 * @param predictions classes, as `predictedClasses` and `predictedLabels` (with two classes) give them
 * @param targets classes; negative or NaN where they are missing
 */
export function balancedAccuracy(predictions: ArrayLike<number>, targets: ArrayLike<number>, classes: number): number {
  return meanOf(classCounts(predictions, targets, classes).map(({ hits, there }) => hits / there));
}

/** The share of labels, 0 or 1, that the sign of the logit tells: a positive one says 1. NaN targets are missing; NaN when all are. */
export function labelAccuracy(logits: ArrayLike<number>, targets: ArrayLike<number>): number {
  let correct = 0;
  let there = 0;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] ?? NaN;
    if (Number.isNaN(target)) continue;
    there++;
    const logit = logits[i] ?? NaN;
    if (target === 1 ? logit > 0 : logit <= 0) correct++;
  }
  return correct / there;
}
