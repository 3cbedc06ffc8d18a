/**
 * Size, sign, the smaller, the larger, of float32, float16 and (but for `clamp`) int32 and uint32. @throws ShapeError, DTypeError, TensorError
 */
import { isInteger } from '../dtype.ts';
import { ConfigError } from '../errors.ts';
import { zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { binary, unary } from './apply.ts';
import { affine, mul, neg } from './arithmetic.ts';
import { eq, ge, gt, le, logicalAnd, lt } from './compare.ts';
import { scalarLike } from './scalar.ts';
import { where } from './where.ts';

/** The derivative at 0 is 0. The lowest int32 stays itself. PyTorch: `torch.abs`. */
export function abs(x: Tensor): Tensor {
  if (isInteger(x.dtype)) return x.dtype === 'int32' ? maximum(x, neg(x)) : x;
  return unary('abs', x, (g) => mul(g, sign(x)));
}

/** -1, 0 or 1; NaN stays NaN, as in NumPy. Its derivative is 0. PyTorch: `torch.sign`, where that of NaN is 0. */
export function sign(x: Tensor): Tensor {
  if (isInteger(x.dtype)) return minimum(x.dtype === 'int32' ? maximum(x, scalarLike('sign', x, -1)) : x, scalarLike('sign', x, 1));
  return unary('sign', x, () => zeros(x.device, x.shape, { dtype: x.dtype }));
}

/** The smaller of two; NaN if either is. Equal ones share the gradient in halves. PyTorch: `torch.minimum`. */
export function minimum(a: Tensor, b: Tensor): Tensor {
  return binary('minimum', a, b, (g) => [share(g, a, b, lt), share(g, b, a, lt)]);
}

/** The larger of two; NaN if either is. Equal ones share the gradient in halves. PyTorch: `torch.maximum`. */
export function maximum(a: Tensor, b: Tensor): Tensor {
  return binary('maximum', a, b, (g) => [share(g, a, b, gt), share(g, b, a, gt)]);
}

function share(g: Tensor, mine: Tensor, other: Tensor, wins: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const p = mine.detach();
  const q = other.detach();
  return where(wins(p, q), g, where(eq(p, q), affine(g, 0.5, 0), 0));
}

/**
 * `x` held between two bounds, infinite ones included; NaN stays NaN. The derivative is 1 from bound to bound, both included, else 0.
 * PyTorch: `torch.clamp`.
 * @throws ConfigError when the bounds are in the wrong order
 */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) throw new ConfigError(`clamp: the lower bound ${low} is not below the upper bound ${high}`);
  return unary('clamp', x, (g) => where(logicalAnd(ge(x, low), le(x, high)), g, 0), low, high);
}
