/** Sine, cosine and the hyperbolic tangent; float32. @throws DTypeError */
import type { Tensor } from '../tensor.ts';
import { unary } from './apply.ts';
import { affine, mul, neg } from './arithmetic.ts';

/** Absolute error 2e-7 for |x| up to 8192, growing in proportion beyond. PyTorch: `torch.sin`. */
export function sin(x: Tensor): Tensor {
  return unary('sin', x, (g) => mul(g, cos(x)));
}

/** Absolute error 2e-7 for |x| up to 8192, growing in proportion beyond. PyTorch: `torch.cos`. */
export function cos(x: Tensor): Tensor {
  return unary('cos', x, (g) => neg(mul(g, sin(x))));
}

/** PyTorch: `torch.tanh`. */
export function tanh(x: Tensor): Tensor {
  return unary('tanh', x, tanhGradient);
}

/** The derivative of `tanh` by its result. */
export function tanhGradient(g: Tensor, y: Tensor): Tensor {
  return mul(g, affine(mul(y, y), -1, 1));
}
