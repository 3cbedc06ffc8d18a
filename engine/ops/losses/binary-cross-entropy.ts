/** Cross-entropy of independent yes-or-no labels. */
import { ConfigError, ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import { checkDevices } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { add, affine, div, eq, mul, ne, neg, softplus, where } from '../elementwise.ts';
import { sum } from '../reduce.ts';
import { expand } from '../shape.ts';
import { checkPair } from './check.ts';
import { checkReduction, reduceLoss } from './reduction.ts';
import type { LossOptions } from './reduction.ts';

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Weight of the positive labels: one number from 0, or a float32 tensor that broadcasts to the logits. Default 1. */
  readonly posWeight?: number | Tensor;
  /** float32 or bool, broadcasts to the logits: where it is 0 or false the label is missing. Default: all are there. */
  readonly mask?: Tensor;
}

/**
 * `-(posWeight t log s + (1 - t) log(1 - s))` with `s` the sigmoid of the logit and `t` the target, usually in [0, 1]. Any shape, the same for
 * both; differentiable in both. Large logits lose no digits. Where the mask says that a label is missing, the loss and its gradients are
 * 0 whatever logit and target are, NaN included, and the mean does not count it; the mean over no label at all is 0.
 * PyTorch: `torch.nn.functional.binary_cross_entropy_with_logits`, which has no mask.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function binaryCrossEntropyWithLogits(logits: Tensor, targets: Tensor, { reduction = 'mean', posWeight = 1, mask }: BinaryCrossEntropyOptions = {}): Tensor {
  checkReduction('binaryCrossEntropyWithLogits', reduction);
  checkPair('binaryCrossEntropyWithLogits', logits, targets);
  if (typeof posWeight === 'number' && !(posWeight >= 0 && posWeight < Infinity)) throw new ConfigError(`binaryCrossEntropyWithLogits: posWeight: expected a number from 0, got ${posWeight}`);
  if (!mask) return reduceLoss(losses(logits, targets, posWeight), reduction);
  checkDevices('binaryCrossEntropyWithLogits', logits, mask);
  const there = present(mask, logits);
  // Both are replaced as well as the result, so that a NaN among them does not come back as 0 * NaN in the gradient.
  const masked = where(there, losses(where(there, logits, 0), where(there, targets, 0), posWeight), 0);
  return reduceLoss(masked, reduction, (all) => {
    const count = sum(where(there, 1, 0));
    return div(sum(all), where(eq(count, 0), 1, count));
  });
}

/** Two products that are never negative, so nothing cancels. */
function losses(x: Tensor, t: Tensor, posWeight: number | Tensor): Tensor {
  const positive = mul(t, softplus(neg(x)));
  const weighted = typeof posWeight === 'number' ? affine(positive, posWeight, 0) : mul(positive, fitted('posWeight', posWeight, x));
  return add(weighted, mul(affine(t, -1, 1), softplus(x)));
}

function present(mask: Tensor, logits: Tensor): Tensor {
  return fitted('mask', mask.dtype === 'bool' ? mask : ne(mask, 0), logits);
}

/** @throws ShapeError when it does not broadcast to the logits */
function fitted(name: string, x: Tensor, { shape }: Tensor): Tensor {
  const lead = shape.length - x.rank;
  if (lead < 0 || x.shape.some((size, i) => size !== 1 && size !== shape[lead + i])) throw new ShapeError(`binaryCrossEntropyWithLogits: ${name} ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
  return expand(x, shape);
}
