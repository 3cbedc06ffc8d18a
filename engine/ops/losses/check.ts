import { ShapeError } from '../../errors.ts';
import { formatShape, sameShape } from '../../layout.ts';
import { checkDType, checkDevices } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';

/** Two float32 tensors of one shape on one device: losses do not broadcast, where that would mostly hide a mistake. @throws ShapeError, DTypeError, TensorError */
export function checkPair(operation: string, input: Tensor, target: Tensor): void {
  checkDevices(operation, input, target);
  checkDType(operation, input, 'float32');
  checkDType(operation, target, 'float32');
  if (!sameShape(input.shape, target.shape)) throw new ShapeError(`${operation}: expected two tensors of the same shape, got ${formatShape(input.shape)} and ${formatShape(target.shape)}`);
}
