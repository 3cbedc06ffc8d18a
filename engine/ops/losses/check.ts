import { ShapeError } from '../../errors.ts';
import { formatShape, sameShape } from '../../layout.ts';
import { checkDevices, checkFloating } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';

/** Two tensors of floats, of one shape on one device: losses do not broadcast, where that would mostly hide a mistake. @throws ShapeError, DTypeError, TensorError */
export function checkPair(operation: string, input: Tensor, target: Tensor): void {
  checkDevices(operation, input, target);
  for (const x of [input, target]) checkFloating(operation, x);
  if (!sameShape(input.shape, target.shape)) throw new ShapeError(`${operation}: expected two tensors of the same shape, got ${formatShape(input.shape)} and ${formatShape(target.shape)}`);
}
