/** The mean squared difference between probabilities and what is the case. Source: Brier, Monthly Weather Review 78, 1950. */
import { sigmoid, softmax } from './probabilities.ts';

/**
 * Over the rows of the logits `[n, classes]`, the squares of a row's classes added up: in [0, 2]. A negative target is missing; NaN when all are.
 * scikit-learn: `brier_score_loss` of the softmax.
 */
export function brierScore(logits: ArrayLike<number>, targets: ArrayLike<number>, classes: number): number {
  const probabilities = softmax(logits, classes);
  let [total, there] = [0, 0];
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row] ?? NaN;
    if (!(target >= 0)) continue;
    there++;
    for (let c = 0; c < classes; c++) total += ((probabilities[row * classes + c] ?? NaN) - Number(c === target)) ** 2;
  }
  return total / there;
}

/**
 * Over logits of labels, 0 or 1, one or `[n, labels]` all together, the probability of a 1 alone: in [0, 1]. NaN targets are missing; NaN when all are.
 * scikit-learn: `brier_score_loss` of the sigmoid.
 */
export function labelBrierScore(logits: ArrayLike<number>, targets: ArrayLike<number>): number {
  let [total, there] = [0, 0];
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] ?? NaN;
    if (Number.isNaN(target)) continue;
    there++;
    total += (sigmoid(logits[i] ?? NaN) - target) ** 2;
  }
  return total / there;
}
