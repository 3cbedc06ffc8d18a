/** The mean negative logarithm of the probability of what is the case, in nats. From logits, so that nothing need be clipped: it is finite wherever they are. */

/** log(1 + exp(x)), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Over the rows of `[n, classes]`; a negative target is missing. NaN when all are. scikit-learn: `log_loss` of the softmax. */
export function logLoss(logits: ArrayLike<number>, targets: ArrayLike<number>, classes: number): number {
  let [total, there] = [0, 0];
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row] ?? NaN;
    if (!(target >= 0)) continue;
    there++;
    const at = (c: number): number => logits[row * classes + c] ?? NaN;
    let [top, sum] = [-Infinity, 0];
    for (let c = 0; c < classes; c++) top = Math.max(top, at(c));
    for (let c = 0; c < classes; c++) sum += Math.exp(at(c) - top);
    total += top + Math.log(sum) - at(target);
  }
  return total / there;
}

/** Over labels, 0 or 1, one or `[n, labels]` all together; NaN targets are missing, and NaN comes when all are. scikit-learn: `log_loss` of the sigmoid. */
export function labelLogLoss(logits: ArrayLike<number>, targets: ArrayLike<number>): number {
  let [total, there] = [0, 0];
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] ?? NaN;
    if (Number.isNaN(target)) continue;
    there++;
    const logit = logits[i] ?? NaN;
    total += softplus(target === 1 ? -logit : logit);
  }
  return total / there;
}
