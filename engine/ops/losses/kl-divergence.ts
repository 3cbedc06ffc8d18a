/** Kullback-Leibler divergence. */
import type { Tensor } from '../../tensor.ts';
import { affine, eq, exp, log, mul, sub, where } from '../elementwise.ts';
import { hasHalf, widened } from '../half.ts';
import { mean, sum } from '../reduce.ts';
import { checkPair } from './check.ts';
import { checkReduction } from './reduction.ts';
import type { Reduction } from './reduction.ts';

export interface KLDivergenceOptions {
  /** As for the other losses, or `batchMean`: the sum divided by the first dimension, which is the divergence by its definition. Default `mean`. */
  readonly reduction?: Reduction | 'batchMean';
  /** The target holds logarithms too; default false. */
  readonly logTarget?: boolean;
}

/**
 * `target (log target - input)`, where input holds logarithms of probabilities, and a target of 0 gives 0; float32, of float16 too. Any shape, the same for
 * both; differentiable in both (the derivative by a target of 0 is `-input`). PyTorch: `torch.nn.functional.kl_div`.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function klDivLoss(input: Tensor, target: Tensor, { reduction = 'mean', logTarget = false }: KLDivergenceOptions = {}): Tensor {
  if (hasHalf(input, target)) return klDivLoss(widened(input), widened(target), { reduction, logTarget });
  checkReduction('klDivLoss', reduction, ['mean', 'sum', 'none', 'batchMean']);
  checkPair('klDivLoss', input, target);
  const losses = logTarget ? mul(exp(target), sub(target, input)) : mul(target, sub(logOrZero(target), input));
  if (reduction === 'none') return losses;
  if (reduction === 'mean') return mean(losses);
  return reduction === 'sum' ? sum(losses) : affine(sum(losses), 1 / (input.shape[0] ?? 1), 0);
}

/** The logarithm, 0 at 0. */
function logOrZero(x: Tensor): Tensor {
  return log(where(eq(x, 0), 1, x));
}
