/** Batch normalisation. */
import kernel from '../../kernels/running_statistics.wgsl';
import { ConfigError, ShapeError, TensorError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { isRepeating } from '../random.ts';
import { report } from '../reports.ts';
import { checkDType, checkDevices, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { linearGroups } from './grid.ts';
import { hasHalf, narrowed, widened } from './half.ts';
import { grouped } from './normalisation/grouping.ts';
import { normalise, normaliseNothing } from './normalisation/normalise.ts';
import { EPS, checkOptions, widenedOptions } from './normalisation/options.ts';
import type { NormalisationOptions } from './normalisation/options.ts';
import { momentsOf } from './normalisation/sums.ts';

/** What evaluation normalises by: plain tensors `[c]`, contiguous, each with a memory of its own. Training updates them in place. */
export interface RunningStatistics {
  readonly runningMean: Tensor;
  readonly runningVariance: Tensor;
}

export interface BatchNormOptions extends NormalisationOptions, Partial<RunningStatistics> {
  /** Whether to normalise by the statistics of this batch, and update the running ones if there are any; else by the running ones. */
  readonly training: boolean;
  /** Share of this batch in the running statistics, in [0, 1]; default 0.1. */
  readonly momentum?: number;
}

/**
 * Each channel to mean 0 and variance 1, times weight plus bias, which are `[c]` (Ioffe and Szegedy, "Batch Normalization", 2015). x `[n, c]` or
 * `[n, c, ...]`, stored in any order. In training by mean and biased variance of the batch; then `running = (1 - momentum) running + momentum batch`,
 * with the unbiased variance, as part of the step (of a captured one too) and off the tape. In evaluation by the running statistics, which are
 * constants. Accurate however large the mean is. Deviations from about 1e19, whose squares overflow, give NaN.
 * The result has the type of x; weight and bias may be float32 or float16, running statistics are float32.
 * PyTorch: `torch.nn.functional.batch_norm`.
 * @throws ShapeError (in training also when there is only one value for each channel), DTypeError, ConfigError, TensorError
 */
export function batchNorm(x: Tensor, options: BatchNormOptions): Tensor {
  if (hasHalf(x, options.weight, options.bias)) return narrowed(batchNorm(widened(x), widenedOptions(options)), x);
  const { training, momentum = 0.1, eps = EPS } = options;
  const channels = x.shape[1] ?? 0;
  if (x.rank < 2) throw new ShapeError(`batchNorm: expected [n, channels, ...], got ${formatShape(x.shape)}`);
  checkOptions('batchNorm', x, [channels], options);
  if (!(momentum >= 0 && momentum <= 1)) throw new ConfigError(`batchNorm: momentum: expected a number in [0, 1], got ${momentum}`);
  const running = runningOf(x, channels, options);
  const count = x.size / channels;
  if (training && !(count > 1)) throw new ShapeError(`batchNorm: expected more than one value for each channel in training, got ${formatShape(x.shape)}`);
  if (x.size === 0) return normaliseNothing('batchNorm', x, options);
  const group = grouped(x, {
    shape: x.shape,
    axes: x.shape.map((_, d) => d).filter((d) => d !== 1),
    parameters: x.shape.map((size, d) => d === 1 ? size : 1),
  });
  const call = { params: { channels, keep: 1 - momentum, momentum, unbiased: momentum * count / (count - 1), epsilon: eps, invalid: NaN }, groups: linearGroups(channels, 64) };
  if (training) {
    const statistics = momentsOf(group, eps);
    // A checkpoint computes its stretch again for the derivative: the batch has been counted.
    if (running && !isRepeating()) x.device.dispatch(kernel, { ...call, entry: 'update', buffers: { statistics: statistics.binding, running_mean: running.runningMean.binding, running_variance: running.runningVariance.binding } });
    return normalise('batchNorm', x, group, statistics, options);
  }
  if (!running) throw new ConfigError('batchNorm: evaluation needs runningMean and runningVariance, got neither');
  const statistics = empty(x.device, [channels, 4]);
  x.device.dispatch(kernel, { ...call, entry: 'adopt', buffers: { known_mean: running.runningMean.binding, known_variance: running.runningVariance.binding, result: statistics.binding } });
  const y = normalise('batchNorm', x, group, statistics, options, true);
  report('batchNorm', [x, options.weight ?? null, options.bias ?? null, running.runningMean, running.runningVariance], [y], { attributes: { eps } });
  return y;
}

/** @throws ConfigError, DTypeError, ShapeError, TensorError */
function runningOf(x: Tensor, channels: number, { runningMean, runningVariance }: BatchNormOptions): RunningStatistics | null {
  if (!runningMean && !runningVariance) return null;
  if (!runningMean || !runningVariance) throw new ConfigError(`batchNorm: expected both runningMean and runningVariance, got no ${runningMean ? 'runningVariance' : 'runningMean'}`);
  for (const [name, t] of [['runningMean', runningMean], ['runningVariance', runningVariance]] as const) {
    checkDevices('batchNorm', x, t);
    checkDType('batchNorm', t, 'float32');
    if (t.rank !== 1 || t.shape[0] !== channels) throw new ShapeError(`batchNorm: expected ${name} [${channels}] for ${formatShape(x.shape)}, got ${formatShape(t.shape)}`);
    if (!t.isContiguous || t.offset % 64 !== 0) throw new TensorError(`batchNorm: ${name} is updated in place: expected a contiguous tensor, got a view with strides ${formatShape(t.strides)} at element ${t.offset}`);
  }
  if (runningMean.storage === runningVariance.storage) throw new TensorError('batchNorm: runningMean and runningVariance share their memory');
  return { runningMean, runningVariance };
}
