/** How far numbers are from their targets. NaN targets are missing. */

/** The root of the mean squared error over all targets that are there; NaN when none is. scikit-learn: `root_mean_squared_error`, for one output. */
export function rmse(outputs: ArrayLike<number>, targets: ArrayLike<number>): number {
  let squares = 0;
  let there = 0;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] ?? NaN;
    if (Number.isNaN(target)) continue;
    there++;
    squares += ((outputs[i] ?? NaN) - target) ** 2;
  }
  return Math.sqrt(squares / there);
}

/** The mean absolute error over all targets that are there; NaN when none is. scikit-learn: `mean_absolute_error`, for one output. */
export function mae(outputs: ArrayLike<number>, targets: ArrayLike<number>): number {
  let [total, there] = [0, 0];
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] ?? NaN;
    if (Number.isNaN(target)) continue;
    there++;
    total += Math.abs((outputs[i] ?? NaN) - target);
  }
  return total / there;
}

/**
 * The share of the targets' variance that is explained, `1 - sum (y - target)^2 / sum (mean - target)^2`, averaged over those columns of `[n, width]`
 * whose targets vary; NaN when none does. It is negative where the mean would be the better answer. scikit-learn: `r2_score`.
 */
export function r2(outputs: ArrayLike<number>, targets: ArrayLike<number>, width: number): number {
  const shares: number[] = [];
  for (let column = 0; column < width; column++) {
    const pairs: { readonly output: number; readonly target: number }[] = [];
    for (let i = column; i < targets.length; i += width) {
      const target = targets[i] ?? NaN;
      if (!Number.isNaN(target)) pairs.push({ target, output: outputs[i] ?? NaN });
    }
    const mean = pairs.reduce((total, { target }) => total + target, 0) / pairs.length;
    const around = pairs.reduce((total, { target }) => total + (target - mean) ** 2, 0);
    if (around > 0) shares.push(1 - pairs.reduce((total, { output, target }) => total + (output - target) ** 2, 0) / around);
  }
  return shares.reduce((total, share) => total + share, 0) / shares.length;
}
