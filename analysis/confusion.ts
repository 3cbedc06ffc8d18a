/** Which classes are taken for which. */

/**
 * How many samples of each class (rows) were said to be of each (columns). A target that is missing is not counted, nor one for which nothing was
 * said. scikit-learn: `confusion_matrix`.
 * @param predictions classes, as `predictedClasses` and `predictedLabels` (with two classes) give them
 * @param targets classes; negative or NaN where they are missing
 */
export function confusionMatrix(predictions: ArrayLike<number>, targets: ArrayLike<number>, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < targets.length; i++) {
    const row = matrix[targets[i] ?? -1];
    const predicted = predictions[i] ?? -1;
    if (row?.[predicted] !== undefined) row[predicted]++;
  }
  return matrix;
}

/** What is right and wrong about one class. */
export interface ClassCounts {
  /** Samples of the class that were said to be. */
  readonly hits: number;
  /** Samples that were said to be of the class, and whose target is there. */
  readonly predicted: number;
  /** Samples of the class, also those for which nothing was said. */
  readonly there: number;
}

/** For each class; parameters as those of `confusionMatrix`. */
export function classCounts(predictions: ArrayLike<number>, targets: ArrayLike<number>, classes: number): readonly ClassCounts[] {
  const counts = Array.from({ length: classes }, () => ({ hits: 0, predicted: 0, there: 0 }));
  for (let i = 0; i < targets.length; i++) {
    const [target, predicted] = [counts[targets[i] ?? -1], counts[predictions[i] ?? -1]];
    if (!target) continue;
    target.there++;
    if (predicted) predicted.predicted++;
    if (target === predicted) target.hits++;
  }
  return counts;
}
