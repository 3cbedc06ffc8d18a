/** Variance and standard deviation. */
import { ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { checkDType } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { affine, mul, sqrt, sub } from './elementwise.ts';
import { narrowed, widened } from './half.ts';
import { mean, reducePlan, sum } from './reduce.ts';
import type { ReduceOptions } from './reduce.ts';

export interface VarianceOptions extends ReduceOptions {
  /** What the divisor has less than the number of values: 1 (the default) for an estimate from a sample, 0 for the variance of the values themselves. */
  readonly correction?: number;
}

function spread(operation: string, x: Tensor, options: VarianceOptions): Tensor {
  checkDType(operation, x, 'float32');
  const { count } = reducePlan(operation, x, options);
  const correction = options.correction ?? 1;
  if (!(count - correction > 0)) throw new ShapeError(`${operation}: expected more values than the correction of ${correction}, got ${count} in each group of ${formatShape(x.shape)}`);
  const reduce: ReduceOptions = options.axes ? { axes: options.axes } : {};
  const means = (t: Tensor): Tensor => mean(t, { ...reduce, keepDims: true });
  // Centred first by a constant, which changes nothing but the rounding: where the mean is large against the deviation, its own error is not.
  const near = sub(x, means(x.detach()));
  const centred = sub(near, means(near));
  return affine(sum(mul(centred, centred), { ...reduce, keepDims: options.keepDims ?? false }), 1 / (count - correction), 0);
}

/**
 * Mean squared distance from the mean over axes, accurate however large the mean is; of float16 taken in float32 and rounded. PyTorch: `torch.var`.
 * @throws ShapeError unless every group has more values than `correction`, DTypeError unless float32 or float16
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  return narrowed(spread('variance', widened(x), options), x);
}

/**
 * Root of the variance over axes. The gradient of a group of equal values is NaN, as the root has none at 0; of float16 as `variance`. PyTorch: `torch.std`.
 * @throws ShapeError unless every group has more values than `correction`, DTypeError unless float32 or float16
 */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  return narrowed(sqrt(spread('std', widened(x), options)), x);
}
