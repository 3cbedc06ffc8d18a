/** Losses of pairs of elements some of which are missing. */
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import { checkDevices } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { div, eq, ne, where } from '../elementwise.ts';
import { widened } from '../half.ts';
import { sum } from '../reduce.ts';
import { expand } from '../shape.ts';
import { reduceLoss } from './reduction.ts';
import type { LossOptions } from './reduction.ts';

export interface MaskedLossOptions extends LossOptions {
  /**
   * Of floats or bool, broadcasts to the input: where it is 0 or false the target is missing. Loss and gradients are 0 there whatever input and
   * target are, NaN included, and the mean does not count it; the mean over no target at all is 0. Default: all are there.
   */
  readonly mask?: Tensor;
}

/** @param losses of each pair, which the caller has checked */
export function maskedLoss(operation: string, input: Tensor, target: Tensor, { reduction = 'mean', mask }: MaskedLossOptions, losses: (input: Tensor, target: Tensor) => Tensor): Tensor {
  const [x, t] = [widened(input), widened(target)];
  if (!mask) return reduceLoss(losses(x, t), reduction);
  checkDevices(operation, input, mask);
  const there = fitted(operation, 'mask', mask.dtype === 'bool' ? mask : ne(mask, 0), input);
  // Both are replaced as well as the result, so that a NaN among them does not come back as 0 * NaN in the gradient.
  const masked = where(there, losses(where(there, x, 0), where(there, t, 0)), 0);
  return reduceLoss(masked, reduction, (all) => {
    const count = sum(where(there, 1, 0));
    return div(sum(all), where(eq(count, 0), 1, count));
  });
}

/** @throws ShapeError when it does not broadcast to the input */
export function fitted(operation: string, name: string, x: Tensor, { shape }: Tensor): Tensor {
  const lead = shape.length - x.rank;
  if (lead < 0 || x.shape.some((size, i) => size !== 1 && size !== shape[lead + i])) throw new ShapeError(`${operation}: ${name} ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
  return expand(x, shape);
}
