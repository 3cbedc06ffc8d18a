/** How a tensor of indices addresses one axis of another tensor, and what is checked before a kernel sees it. */
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Shape } from '../../layout.ts';
import { checkDType, checkDevices } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { contiguous } from '../strided.ts';

/** `count` places on the middle axis of `[outer, size, inner]`. */
export interface Picks {
  readonly operation: string;
  /** int32, contiguous: `[count]`, or with `each` one for every element: `[outer, count, inner]`. */
  readonly index: Tensor;
  readonly each: boolean;
  readonly outer: number;
  readonly size: number;
  readonly count: number;
  readonly inner: number;
  /** This index picks nothing: it gives zeros and adds nothing. */
  readonly skipped?: number;
  /** The error of an index out of range says so. */
  readonly expectation: string;
}

/** @throws DTypeError unless int32, TensorError when it lives on another device */
export function checkIndex(operation: string, x: Tensor, index: Tensor): Tensor {
  checkDevices(operation, x, index);
  checkDType(operation, index, 'int32');
  return contiguous(index.detach());
}

/** What a kernel says of an index that is out of range. */
export function expectation(operation: string, shape: Shape, axis: number): string {
  const size = shape[axis] ?? 0;
  return `${operation}: expected ${size === 0 ? 'no indices' : `indices from 0 to ${size - 1}`} along axis ${axis} of ${formatShape(shape)}`;
}

/** @throws ShapeError unless `part` has the rank of `whole` and is nowhere larger, but along `except` */
export function checkWithin(operation: string, name: string, part: Shape, whole: Shape, except: number | null): void {
  const fits = part.length === whole.length && part.every((size, d) => d === except || size <= (whole[d] ?? 0));
  if (!fits) throw new ShapeError(`${operation}: expected indices of the rank of the ${name} and no larger${except === null ? '' : ` but along axis ${except}`}, got ${formatShape(part)} for ${formatShape(whole)}`);
}
