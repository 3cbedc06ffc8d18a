/** What a model says, of what it puts out. -1 where it says nothing: where its outputs are NaN. */

/** The class of the largest logit of each row of `[n, classes]`; ties go to the first, NaN is never the largest. */
export function predictedClasses(logits: ArrayLike<number>, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) => {
    let [best, top] = [-1, -Infinity];
    for (let c = 0; c < classes; c++) {
      const logit = logits[row * classes + c] ?? NaN;
      if (logit > top) [best, top] = [c, logit];
    }
    return best;
  });
}

/** 1 for scores above the threshold, 0 for others. @param threshold default 0: a probability of one half, for logits */
export function predictedLabels(scores: ArrayLike<number>, threshold = 0): Int32Array {
  return Int32Array.from(scores, (score) => Number.isNaN(score) ? -1 : Number(score > threshold));
}
