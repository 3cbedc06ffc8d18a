/** Number of rows whose largest logit is the target's; ties go to the first class. `logits` is `[n, classes]`, row-major. */
export function countCorrect(logits: ArrayLike<number>, targets: ArrayLike<number>): number {
  const rows = targets.length;
  const classes = logits.length / rows;
  let correct = 0;
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if ((logits[row * classes + c] ?? NaN) > (logits[row * classes + best] ?? NaN)) best = c;
    if (best === targets[row]) correct++;
  }
  return correct;
}
