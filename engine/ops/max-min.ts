/** Largest and smallest values over axes, of float32, float16, int32 and uint32. */
import { isInteger } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDType, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { div, mul } from './elementwise.ts';
import { ties } from './marks.ts';
import { reduced, reducePlan, sum } from './reduce.ts';
import type { ReduceOptions } from './reduce.ts';
import { reshape } from './shape.ts';

function extreme(x: Tensor, operation: 'max' | 'min', options: ReduceOptions): Tensor {
  if (x.dtype === 'float16') return cast(extreme(cast(x, 'float32'), operation, options), 'float16');
  if (!isInteger(x.dtype)) checkDType(operation, x, 'float32');
  const plan = reducePlan(operation, x, options);
  if (plan.count === 0) throw new ShapeError(`${operation}: expected at least one value to choose from, got none in ${formatShape(x.shape)}`);
  if (x.size === 0) return record(zeros(x.device, plan.shape, { dtype: x.dtype }), operation, [x], () => [zeros(x.device, x.shape)]);
  const out = reduced(x, operation, plan);
  return record(out, operation, [x], (g) => {
    const marks = ties(x, reshape(out.detach(), plan.kept));
    const share = div(marks, sum(marks, { axes: plan.axes, keepDims: true }));
    return [mul(share, reshape(g, plan.kept))];
  }, { attributes: { axes: plan.axes } });
}

/**
 * Largest value over axes; a NaN wins. The gradient is shared evenly among equal largest values, and is NaN where the result is. PyTorch: `torch.amax`.
 * @throws ShapeError when there is nothing to choose from, DTypeError for bool
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extreme(x, 'max', options);
}

/**
 * Smallest value over axes; a NaN wins. The gradient is shared evenly among equal smallest values, and is NaN where the result is. PyTorch: `torch.amin`.
 * @throws ShapeError when there is nothing to choose from, DTypeError for bool
 */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extreme(x, 'min', options);
}
