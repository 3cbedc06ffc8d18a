/** Variance and standard deviation. */
import { ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { isRecording, record } from '../recording.ts';
import { checkDType, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { affine, mul, sqrt, sub } from './elementwise.ts';
import { narrowed, widened } from './half.ts';
import { grouped } from './normalisation/grouping.ts';
import { column, normalise } from './normalisation/normalise.ts';
import { momentsOf } from './normalisation/sums.ts';
import { mean, reducePlan } from './reduce.ts';
import type { ReduceOptions } from './reduce.ts';
import { permute, reshape } from './shape.ts';
import { copy, move } from './strided.ts';

export interface VarianceOptions extends ReduceOptions {
  /** What the divisor has less than the number of values: 1 (the default) for an estimate from a sample, 0 for the variance of the values themselves. */
  readonly correction?: number;
}

function spread(operation: string, x: Tensor, options: VarianceOptions): Tensor {
  checkDType(operation, x, 'float32');
  const { axes, count, kept, shape } = reducePlan(operation, x, options);
  const correction = options.correction ?? 1;
  const divisor = count - correction;
  if (!(divisor > 0)) throw new ShapeError(`${operation}: expected more values than the correction of ${correction}, got ${count} in each group of ${formatShape(x.shape)}`);
  if (x.size === 0) return record(zeros(x.device, shape), 'variance', [x], () => [zeros(x.device, x.shape)]);
  // Groups first, then their members, whatever the order in memory.
  const order = [...kept.keys()].sort((a, b) => Number(axes.includes(a)) - Number(axes.includes(b)));
  const view = permute(x.detach(), order);
  const parameters = order.map((axis) => kept[axis] ?? 1);
  const group = grouped(view, { shape: view.shape, axes: [...order.keys()].slice(order.length - axes.length), parameters });
  const statistics = momentsOf(group, 0);
  const out = affine(column(statistics, 4, 3, shape), count / divisor, 0);

  function gradient(g: Tensor): Tensor {
    const slope = affine(reshape(g, kept), 2 / divisor, 0);
    if (isRecording()) {
      // Centred first by a constant, which changes nothing but the rounding: where the mean is large against the deviation, its own error is not.
      const near = sub(x, mean(x.detach(), { axes, keepDims: true }));
      return mul(sub(near, mean(near, { axes, keepDims: true })), slope);
    }
    const scaled = copy(statistics);
    move(reshape(slope, parameters), column(scaled, 4, 2, parameters));
    return permute(normalise('varianceGradient', view, group, scaled, {}, true), order.map((_, axis) => order.indexOf(axis)));
  }
  return record(out, 'variance', [x], (g) => [gradient(g)], { attributes: { axes, scale: count / divisor } });
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
