/** One tensor laid out as another, for kernels that go through both in the order of memory. */
import { sameOrder } from '../layout.ts';
import { emptyLike } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { move } from './strided.ts';

/** The values of `x` stored like `source`, which is dense and of the same shape; off the tape, and a copy only where it must be. */
export function storedLike(source: Tensor, x: Tensor): Tensor {
  if (sameOrder(x.shape, x.strides, source.strides) && x.offset % 64 === 0) return x.detach();
  const out = emptyLike(source);
  move(x.detach(), out);
  return out;
}
