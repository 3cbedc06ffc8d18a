/** Logits as probabilities, in float64. */

/** Of one label. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** Of each row of `[n, classes]`; rows add up to 1. */
export function softmax(logits: ArrayLike<number>, classes: number): Float64Array {
  const probabilities = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    let [top, sum] = [-Infinity, 0];
    for (let c = 0; c < classes; c++) top = Math.max(top, logits[start + c] ?? NaN);
    for (let c = 0; c < classes; c++) sum += probabilities[start + c] = Math.exp((logits[start + c] ?? NaN) - top);
    for (let c = 0; c < classes; c++) probabilities[start + c] = (probabilities[start + c] ?? NaN) / sum;
  }
  return probabilities;
}
