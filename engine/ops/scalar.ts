/** A plain number as an operand beside a tensor. */
import { hostArray, isFloating } from '../dtype.ts';
import type { DType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { tensor } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';

/** The 32 bits of a number in an element type of 32 bits. @throws DTypeError unless the type holds it; floats are rounded */
export function bitsOf(operation: string, value: number, dtype: DType): number {
  const host = hostArray(dtype, 1);
  host[0] = value;
  if (!isFloating(dtype) && (host[0] !== value || (dtype === 'bool' && value > 1))) throw new DTypeError(`${operation}: ${value} is no ${dtype}; convert the tensor with cast`);
  return new Uint32Array(host.buffer)[0] ?? 0;
}

/** A tensor without dimensions, of the type of another tensor. @throws DTypeError unless the type holds the number; floats are rounded */
export function scalarLike(operation: string, like: Tensor, value: number): Tensor {
  bitsOf(operation, value, like.dtype);
  return tensor(like.device, [value], [], { dtype: like.dtype });
}
