/** Mean and spread of an image's channels, and images brought to mean 0 and spread 1. */
import { ConfigError, DataError } from '../../engine/errors.ts';
import { div, sub, tensor } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import type { InputArray } from '../input-source.ts';
import type { Split } from '../task.ts';

/** One number a channel, in the units in which batches come: bytes count as value / 255. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  /** Standard deviation, of the samples themselves: divided by their number. */
  readonly deviation: readonly number[];
}

/**
 * Statistics of the channels of images `[channels, ...]` over all samples and places. Take them of the training part alone, so that nothing of the test part is
 * known before the test.
 * @throws {DataError} no samples, or a channel that is the same everywhere, by which nothing can be divided
 */
export function channelStatistics({ length, inputs }: Split<InputArray>, channels: number): ChannelStatistics {
  const size = inputs.length / length / channels;
  if (!(length > 0 && Number.isInteger(size))) throw new DataError(`expected samples of ${channels} channels, got ${inputs.length} values in ${length} samples`);
  const scale = inputs instanceof Uint8Array ? 255 : 1;
  const total = length * size;
  const overChannel = (channel: number, value: (x: number) => number): number => {
    let sum = 0;
    for (let sample = 0; sample < length; sample++) {
      const start = (sample * channels + channel) * size;
      for (let at = start; at < start + size; at++) sum += value(inputs[at] ?? 0);
    }
    return sum / total;
  };
  const each = Array.from({ length: channels }, (_, channel) => {
    const mean = overChannel(channel, (x) => x);
    const deviation = Math.sqrt(overChannel(channel, (x) => (x - mean) ** 2));
    if (!(deviation > 0)) throw new DataError(`channel ${channel} is ${mean / scale} everywhere: nothing can be brought to a spread of 1`);
    return { mean: mean / scale, deviation: deviation / scale };
  });
  return { mean: each.map(({ mean }) => mean), deviation: each.map(({ deviation }) => deviation) };
}

/**
 * `(x - mean) / deviation` of images `[n, channels, height, width]`, channel by channel, on the tape. torchvision: `Normalize`. It belongs before the first layer, in
 * training and in use alike.
 * @throws {ConfigError} statistics of another number of channels
 */
export function standardiseChannels(x: Tensor, { mean, deviation }: ChannelStatistics): Tensor {
  const channels = x.shape[1] ?? 0;
  if (x.rank !== 4 || mean.length !== channels || deviation.length !== channels) throw new ConfigError(`expected images [n, ${mean.length}, height, width] for ${mean.length} means and ${deviation.length} deviations, got [${x.shape.join(', ')}]`);
  const column = (values: readonly number[]): Tensor => tensor(x.device, values, [1, channels, 1, 1]);
  return div(sub(x, column(mean)), column(deviation));
}
