/** Losses of the difference between two tensors. */
import { ConfigError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { affine, clamp, mul, sub } from '../elementwise.ts';
import { checkPair } from './check.ts';
import { maskedLoss } from './mask.ts';
import type { MaskedLossOptions } from './mask.ts';
import { checkReduction } from './reduction.ts';

/**
 * `(input - target)^2`, float32, of float16 too. Any shape, the same for both; differentiable in both. A mask tells which targets are there.
 * PyTorch: `torch.nn.functional.mse_loss`, which has no mask.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function mseLoss(input: Tensor, target: Tensor, options: MaskedLossOptions = {}): Tensor {
  checkReduction('mseLoss', options.reduction);
  checkPair('mseLoss', input, target);
  return maskedLoss('mseLoss', input, target, options, (x, t) => {
    const d = sub(x, t);
    return mul(d, d);
  });
}

export interface HuberOptions extends MaskedLossOptions {
  /** Where the parabola becomes a line, above 0; default 1. */
  readonly delta?: number;
}

/**
 * With `d = input - target`: `d^2 / 2` up to |d| = delta, `delta (|d| - delta / 2)` beyond; float32, of float16 too. Any shape, the same for both; differentiable in
 * both. A mask tells which targets are there. PyTorch: `torch.nn.functional.huber_loss`, which has no mask. Source: Huber, "Robust Estimation of a Location Parameter", 1964.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function huberLoss(input: Tensor, target: Tensor, { delta = 1, ...options }: HuberOptions = {}): Tensor {
  checkReduction('huberLoss', options.reduction);
  if (!(delta > 0 && delta < Infinity)) throw new ConfigError(`huberLoss: delta: expected a number above 0, got ${delta}`);
  checkPair('huberLoss', input, target);
  return maskedLoss('huberLoss', input, target, options, (x, t) => {
    const d = sub(x, t);
    // One product for both branches, without cancellation: d * d / 2 inside, +-delta * (d -+ delta / 2) outside.
    const held = clamp(d, -delta, delta);
    return mul(held, sub(d, affine(held, 0.5, 0)));
  });
}
