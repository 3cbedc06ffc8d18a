/** Powers and roots; float32. @throws ShapeError, DTypeError, TensorError */
import { zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { binary, unary } from './apply.ts';
import { add, affine, div, mul } from './arithmetic.ts';
import { eq, ge, logicalAnd } from './compare.ts';
import { log } from './exponential.ts';
import { where } from './where.ts';

/**
 * `a^b` as IEEE 754 defines it: a negative base takes whole exponents only (else NaN), `a^0` and `1^b` are 1 whatever the other is. The relative
 * error is about `1e-7 |b log a|`, less for whole exponents up to 64. Derivatives at `0^b`, b >= 0, are 0 by b; by b at a negative base, NaN.
 * PyTorch: `torch.pow`.
 */
export function pow(a: Tensor, b: Tensor | number): Tensor {
  if (typeof b === 'number') return constantPower(a, b);
  const y: Tensor = binary('pow', a, b, (g) => {
    const zero = eq(a, 0);
    const byA = mul(g, where(logicalAnd(zero, eq(b, 0)), 0, mul(b, pow(a, affine(b, 1, -1)))));
    // The logarithm must be finite where it is not taken: its derivative is taken everywhere.
    const flat = logicalAnd(zero, ge(b, 0));
    return [byA, mul(g, mul(y, log(where(flat, 1, a))))];
  });
  return y;
}

function constantPower(x: Tensor, exponent: number): Tensor {
  if (exponent === 1) return x;
  const derivative = (g: Tensor): Tensor => exponent === 0 ? zeros(x.device, x.shape, { dtype: x.dtype }) : mul(g, affine(constantPower(x, exponent - 1), exponent, 0));
  return unary('pow', x, derivative, exponent);
}

/** Square root; NaN below 0. PyTorch: `torch.sqrt`. */
export function sqrt(x: Tensor): Tensor {
  const y: Tensor = unary('sqrt', x, (g) => div(g, add(y, y)));
  return y;
}

/** `1 / sqrt(x)`. PyTorch: `torch.rsqrt`. */
export function rsqrt(x: Tensor): Tensor {
  const y: Tensor = unary('rsqrt', x, (g) => mul(g, affine(div(y, x), -0.5, 0)));
  return y;
}
