/** Norms and the logarithm of a sum of exponentials, without overflow on the way. */
import { ConfigError, ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDType } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, div, exp, log, mul, sqrt, sub } from './elementwise.ts';
import { hasHalf, narrowed, widened } from './half.ts';
import { max } from './max-min.ts';
import { replace } from './marks.ts';
import { reducePlan, sum } from './reduce.ts';
import type { ReduceOptions } from './reduce.ts';
import { reshape } from './shape.ts';

/**
 * `log(sum(exp(x)))` over axes; nothing overflows. All -infinity gives -infinity (and a NaN gradient), a +infinity gives +infinity.
 * Of float16 it is taken in float32 and rounded. PyTorch: `torch.logsumexp`.
 * @throws ShapeError when there is nothing to sum, DTypeError unless float32 or float16
 */
export function logSumExp(x: Tensor, options: ReduceOptions = {}): Tensor {
  if (hasHalf(x)) return narrowed(logSumExp(widened(x), options), x);
  checkDType('logSumExp', x, 'float32');
  const plan = reducePlan('logSumExp', x, options);
  if (plan.count === 0) throw new ShapeError(`logSumExp: expected at least one value to sum, got none in ${formatShape(x.shape)}`);
  const axes = { axes: plan.axes };
  // A constant: it cancels.
  const top = replace(max(x.detach(), { ...axes, keepDims: true }), { infinities: true }, 0);
  return add(log(sum(exp(sub(x, top)), { ...axes, keepDims: options.keepDims ?? false })), reshape(top, plan.shape));
}

export interface NormOptions extends ReduceOptions {
  /** 2 (the default): root of the sum of squares; 1: sum of magnitudes. */
  readonly p?: 1 | 2;
}

/**
 * Norm over axes, of nothing 0. Squares neither overflow nor underflow. Where a value (p = 1), or all of them (p = 2), are 0, so is the gradient.
 * Of float16 it is taken in float32 and rounded. PyTorch: `torch.linalg.vector_norm`.
 * @throws ConfigError for another p, ShapeError, DTypeError unless float32 or float16
 */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  if (hasHalf(x)) return narrowed(norm(widened(x), options), x);
  checkDType('norm', x, 'float32');
  const { p = 2 } = options;
  const plan = reducePlan('norm', x, options);
  if (p === 1 || plan.count === 0) return sum(abs(x), { axes: plan.axes, keepDims: options.keepDims ?? false });
  // From JavaScript, anything may come.
  if ((p as number) !== 2) throw new ConfigError(`norm: expected p to be 1 or 2, got ${String(p)}`);
  const value = x.detach();
  const top = replace(max(abs(value), { axes: plan.axes, keepDims: true }), { infinities: true, zeros: true }, 1);
  const scaled = div(value, top);
  const length = mul(sqrt(sum(mul(scaled, scaled), { axes: plan.axes, keepDims: true })), top);
  const y: Tensor = record(reshape(length, plan.shape).detach(), 'norm', [x], (g) => {
    const divisor = replace(reshape(y, plan.kept), { zeros: true }, 1);
    return [mul(reshape(g, plan.kept), div(x, divisor))];
  });
  return y;
}
