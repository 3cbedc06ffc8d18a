/** Exponentials and logarithms; float32, to four units in the last place or better. @throws DTypeError */
import type { Tensor } from '../tensor.ts';
import { unary } from './apply.ts';
import { affine, div, mul } from './arithmetic.ts';

/** `e^x`; infinity above 88.72, 0 far below. PyTorch: `torch.exp`. */
export function exp(x: Tensor): Tensor {
  const y: Tensor = unary('exp', x, (g) => mul(g, y));
  return y;
}

/** `e^x - 1`, exact near 0 too. PyTorch: `torch.expm1`. */
export function expm1(x: Tensor): Tensor {
  return unary('expm1', x, (g) => mul(g, exp(x)));
}

/** Natural logarithm; of 0 negative infinity, of what is below NaN. PyTorch: `torch.log`. */
export function log(x: Tensor): Tensor {
  return unary('log', x, (g) => div(g, x));
}

/** `log(1 + x)`, exact near 0 too. PyTorch: `torch.log1p`. */
export function log1p(x: Tensor): Tensor {
  return unary('log1p', x, (g) => div(g, affine(x, 1, 1)));
}
