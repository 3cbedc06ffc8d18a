/** Losses of the difference between two tensors. */
import { ConfigError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { affine, clamp, mul, sub } from '../elementwise.ts';
import { checkPair } from './check.ts';
import { checkReduction, reduceLoss } from './reduction.ts';
import type { LossOptions } from './reduction.ts';

/**
 * `(input - target)^2`. Any shape, the same for both; differentiable in both. PyTorch: `torch.nn.functional.mse_loss`.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function mseLoss(input: Tensor, target: Tensor, { reduction = 'mean' }: LossOptions = {}): Tensor {
  checkReduction('mseLoss', reduction);
  checkPair('mseLoss', input, target);
  const d = sub(input, target);
  return reduceLoss(mul(d, d), reduction);
}

export interface HuberOptions extends LossOptions {
  /** Where the parabola becomes a line, above 0; default 1. */
  readonly delta?: number;
}

/**
 * With `d = input - target`: `d^2 / 2` up to |d| = delta, `delta (|d| - delta / 2)` beyond. Any shape, the same for both; differentiable in
 * both. PyTorch: `torch.nn.functional.huber_loss`. Source: Huber, "Robust Estimation of a Location Parameter", 1964.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function huberLoss(input: Tensor, target: Tensor, { reduction = 'mean', delta = 1 }: HuberOptions = {}): Tensor {
  checkReduction('huberLoss', reduction);
  if (!(delta > 0 && delta < Infinity)) throw new ConfigError(`huberLoss: delta: expected a number above 0, got ${delta}`);
  checkPair('huberLoss', input, target);
  const d = sub(input, target);
  // One product for both branches, without cancellation: d * d / 2 inside, +-delta * (d -+ delta / 2) outside.
  const held = clamp(d, -delta, delta);
  return reduceLoss(mul(held, sub(d, affine(held, 0.5, 0))), reduction);
}
