/**
 * Sums, products and quotients, element by element with NumPy's broadcasting, of tensors of one type: float32, float16 (computed in float32 and
 * rounded), and for sums, differences, products and `neg` int32 and uint32, which wrap around. @throws ShapeError, DTypeError, TensorError
 */
import { isInteger } from '../dtype.ts';
import type { Tensor } from '../tensor.ts';
import { binary, unary } from './apply.ts';
import { scalarLike } from './scalar.ts';

/** `scale * x + shift` with constants; floats only. */
export function affine(x: Tensor, scale: number, shift: number): Tensor {
  return scale === 1 && shift === 0 ? x : unary('affine', x, (g) => affine(g, scale, 0), scale, shift);
}

/** `-x`. PyTorch: `torch.neg`. */
export function neg(x: Tensor): Tensor {
  return isInteger(x.dtype) ? sub(scalarLike('neg', x, 0), x) : affine(x, -1, 0);
}

/** `1 / x`. PyTorch: `torch.reciprocal`. */
export function reciprocal(x: Tensor): Tensor {
  const y: Tensor = unary('reciprocal', x, (g) => neg(mul(g, mul(y, y))));
  return y;
}

/** PyTorch: `torch.add`. */
export function add(a: Tensor, b: Tensor): Tensor {
  return binary('add', a, b, (g) => [g, g]);
}

/** PyTorch: `torch.sub`. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return binary('sub', a, b, (g) => [g, neg(g)]);
}

/** PyTorch: `torch.mul`. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return binary('mul', a, b, (g) => [mul(g, b), mul(g, a)]);
}

/** PyTorch: `torch.div`. */
export function div(a: Tensor, b: Tensor): Tensor {
  const y: Tensor = binary('div', a, b, (g) => [div(g, b), neg(div(mul(g, y), b))]);
  return y;
}
