/** Cross-entropy of independent yes-or-no labels. */
import { ConfigError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { add, affine, mul, neg, softplus } from '../elementwise.ts';
import { widened } from '../half.ts';
import { checkPair } from './check.ts';
import { fitted, maskedLoss } from './mask.ts';
import type { MaskedLossOptions } from './mask.ts';
import { checkReduction } from './reduction.ts';

export interface BinaryCrossEntropyOptions extends MaskedLossOptions {
  /** Weight of the positive labels: one number from 0, or a tensor of floats that broadcasts to the logits. Default 1. */
  readonly posWeight?: number | Tensor;
}

/**
 * `-(posWeight t log s + (1 - t) log(1 - s))` with `s` the sigmoid of the logit and `t` the target, usually in [0, 1]; float32, of float16 too. Any shape,
 * the same for both; differentiable in both. Large logits lose no digits. Where the mask says that a label is missing, the loss and its gradients are
 * 0 whatever logit and target are, NaN included, and the mean does not count it; the mean over no label at all is 0.
 * PyTorch: `torch.nn.functional.binary_cross_entropy_with_logits`, which has no mask.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function binaryCrossEntropyWithLogits(logits: Tensor, targets: Tensor, { posWeight = 1, ...options }: BinaryCrossEntropyOptions = {}): Tensor {
  checkReduction('binaryCrossEntropyWithLogits', options.reduction);
  checkPair('binaryCrossEntropyWithLogits', logits, targets);
  if (typeof posWeight === 'number' && !(posWeight >= 0 && posWeight < Infinity)) throw new ConfigError(`binaryCrossEntropyWithLogits: posWeight: expected a number from 0, got ${posWeight}`);
  return maskedLoss('binaryCrossEntropyWithLogits', logits, targets, options, (x, t) => losses(x, t, posWeight));
}

/** Two products that are never negative, so nothing cancels. */
function losses(x: Tensor, t: Tensor, posWeight: number | Tensor): Tensor {
  const positive = mul(t, softplus(neg(x)));
  const weighted = typeof posWeight === 'number' ? affine(positive, posWeight, 0) : mul(positive, fitted('binaryCrossEntropyWithLogits', 'posWeight', widened(posWeight), x));
  return add(weighted, mul(affine(t, -1, 1), softplus(x)));
}
