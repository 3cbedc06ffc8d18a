/** Group and instance normalisation. */
import { ShapeError } from '../errors.ts';
import { formatShape, sizeOf } from '../layout.ts';
import type { Tensor } from '../tensor.ts';
import { hasHalf, narrowed, widened } from './half.ts';
import { grouped } from './normalisation/grouping.ts';
import { normalise, normaliseNothing } from './normalisation/normalise.ts';
import { EPS, checkOptions, widenedOptions } from './normalisation/options.ts';
import type { NormalisationOptions } from './normalisation/options.ts';
import { momentsOf } from './normalisation/sums.ts';

function byGroups(operation: string, x: Tensor, groups: number, options: NormalisationOptions): Tensor {
  if (hasHalf(x, options.weight, options.bias)) return narrowed(byGroups(operation, widened(x), groups, widenedOptions(options)), x);
  const [n = 0, channels = 0, ...rest] = x.shape;
  checkOptions(operation, x, [channels], options);
  if (x.size === 0) return normaliseNothing(operation, x, options);
  const shape = [n, groups, channels / groups, ...rest];
  const group = grouped(x, {
    shape,
    axes: shape.map((_, d) => d).slice(2),
    parameters: shape.map((size, d) => d === 1 || d === 2 ? size : 1),
  });
  return normalise(operation, x, group, momentsOf(group, options.eps ?? EPS), options);
}

/**
 * Each group of neighbouring channels of each sample to mean 0 and (biased) variance 1, times weight plus bias, which are `[c]` (Wu and He,
 * "Group Normalization", 2018). x `[n, c, ...]`, stored in any order. Accurate however large the mean is. Deviations from about 1e19, whose
 * squares overflow, give NaN. The result has the type of x; weight and bias may be float32 or float16. PyTorch: `torch.nn.functional.group_norm`.
 * @param groups a divisor of the number of channels
 * @throws ShapeError, DTypeError, ConfigError
 */
export function groupNorm(x: Tensor, groups: number, options: NormalisationOptions = {}): Tensor {
  if (x.rank < 2) throw new ShapeError(`groupNorm: expected [n, channels, ...], got ${formatShape(x.shape)}`);
  if (!Number.isInteger(groups) || groups < 1 || (x.shape[1] ?? 0) % groups !== 0) throw new ShapeError(`groupNorm: expected a number of groups that divides the channels of ${formatShape(x.shape)}, got ${groups}`);
  return byGroups('groupNorm', x, groups, options);
}

/**
 * As `groupNorm`, each channel its own group (Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016). x `[n, c, ...]` with more than
 * one element for each channel. PyTorch: `torch.nn.functional.instance_norm`, without running statistics.
 * @throws ShapeError, DTypeError, ConfigError
 */
export function instanceNorm(x: Tensor, options: NormalisationOptions = {}): Tensor {
  if (x.rank < 3 || sizeOf(x.shape.slice(2)) === 1) throw new ShapeError(`instanceNorm: expected [n, channels, ...] with more than one element a channel, got ${formatShape(x.shape)}`);
  return byGroups('instanceNorm', x, x.shape[1] ?? 1, options);
}
