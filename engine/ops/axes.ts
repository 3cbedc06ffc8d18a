/** Axes of size 1, put in and taken out: views on the tape. */
import type { Tensor } from '../tensor.ts';
import { viewOf } from './strided.ts';

/** `x` with a new axis of size 1 at `axis`, from 0 to its rank. Its stride is what keeps neighbours in memory neighbours. */
export function insertAxis(x: Tensor, axis: number): Tensor {
  const stride = (x.shape[axis] ?? 1) * (x.strides[axis] ?? 1);
  return viewOf(x, 'unsqueeze', { shape: x.shape.toSpliced(axis, 0, 1), strides: x.strides.toSpliced(axis, 0, stride), offset: x.offset }, (g) => removeAxis(g, axis));
}

/** `x` without an axis of size 1. */
export function removeAxis(x: Tensor, axis: number): Tensor {
  return viewOf(x, 'squeeze', { shape: x.shape.toSpliced(axis, 1), strides: x.strides.toSpliced(axis, 1), offset: x.offset }, (g) => insertAxis(g, axis));
}
