/** Sums, products and quotients, element by element with NumPy's broadcasting; float32. @throws ShapeError, DTypeError, TensorError */
import type { Tensor } from '../tensor.ts';
import { binary, unary } from './apply.ts';

/** `scale * x + shift` with constants. */
export function affine(x: Tensor, scale: number, shift: number): Tensor {
  return scale === 1 && shift === 0 ? x : unary('affine', x, (g) => affine(g, scale, 0), scale, shift);
}

/** `-x`. PyTorch: `torch.neg`. */
export function neg(x: Tensor): Tensor {
  return affine(x, -1, 0);
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
