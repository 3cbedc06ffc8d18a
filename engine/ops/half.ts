/**
 * float16 in operations whose kernels are for float32: operands are widened, the result is narrowed, by casts on the tape. So values are rounded
 * once, at the end, and so is the gradient of each operand, to its own type.
 */
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';

type Operand = Tensor | null | undefined;

/** Whether one of the operands is float16. */
export function hasHalf(...operands: readonly Operand[]): boolean {
  return operands.some((x) => x?.dtype === 'float16');
}

/** In float32 if it is float16, else as it is. */
export function widened<T extends Operand>(x: T): T | Tensor {
  return x?.dtype === 'float16' ? cast(x, 'float32') : x;
}

/** The result in float16 if all the operands are, as for `matmul`; else as it is. */
export function narrowed(result: Tensor, ...operands: readonly Tensor[]): Tensor {
  return operands.every((x) => x.dtype === 'float16') ? cast(result, 'float16') : result;
}
