/** Views: reshape, permute, expand. No element moves unless it must. */
import { ShapeError } from '../errors.ts';
import { broadcastShapes, checkShape, contiguousStrides, formatShape, normalizeAxis, sameShape, sizeOf } from '../layout.ts';
import type { Shape } from '../layout.ts';
import type { Tensor } from '../tensor.ts';
import { sumTo } from './reduce.ts';
import { contiguous, viewOf } from './strided.ts';

/**
 * The same elements in row-major order under another shape; one size may be -1. Copies when the tensor is not contiguous.
 * PyTorch: `torch.reshape`.
 * @throws ShapeError when the numbers of elements differ
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((size) => size !== -1));
  const dims = shape.map((size, i) => i === open ? x.size / known : size);
  if (dims.some((size) => !Number.isInteger(size) || size < 0) || sizeOf(dims) !== x.size) throw new ShapeError(`reshape: ${formatShape(x.shape)} has ${x.size} elements and does not fit ${formatShape(shape)}`);
  const from = contiguous(x);
  const seen = (x: Tensor): Tensor => x.view({ shape: dims, strides: contiguousStrides(dims), offset: x.offset });
  return viewOf(from, 'reshape', seen(from), (g) => reshape(g, from.shape), {}, ([parent]) => parent?.isContiguous ? seen(parent) : null);
}

/**
 * Reorders dimensions: dimension i of the result is dimension `order[i]` of `x`. A view. PyTorch: `torch.permute`.
 * @throws ShapeError unless `order` is a permutation of the axes
 */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const axes = order.map((axis) => normalizeAxis('permute', axis, x.rank));
  if (axes.length !== x.rank || new Set(axes).size !== x.rank) throw new ShapeError(`permute: ${formatShape(order)} is no permutation of the ${x.rank} axes of ${formatShape(x.shape)}`);
  const inverse = axes.map((_, i) => axes.indexOf(i));
  return viewOf(x, 'permute', { shape: axes.map((i) => x.shape[i] ?? 1), strides: axes.map((i) => x.strides[i] ?? 0), offset: x.offset }, (g) => permute(g, inverse), { order: axes });
}

/** Swaps two dimensions. A view. PyTorch: `torch.transpose`. */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const p = normalizeAxis('transpose', a, x.rank);
  const q = normalizeAxis('transpose', b, x.rank);
  return permute(x, x.shape.map((_, i) => i === p ? q : i === q ? p : i));
}

/**
 * Repeats along dimensions of size 1 and new leading ones, without copying. PyTorch: `Tensor.expand`.
 * @throws ShapeError when the shape does not broadcast to the new one
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  checkShape(shape);
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) throw new ShapeError(`expand: ${formatShape(x.shape)} does not expand to ${formatShape(shape)}`);
  const lead = shape.length - x.rank;
  const strides = shape.map((_, i) => i < lead || x.shape[i - lead] === 1 ? 0 : x.strides[i - lead] ?? 0);
  return viewOf(x, 'expand', { shape, strides, offset: x.offset }, (g) => sumTo(g, x.shape));
}
