/** CRNN: convolutions over a spectrogram, then a recurrent layer over its time, as in the paper's electrocardiogram experiments. */
import { ConfigError, maxPool2d, permute, reshape, slice } from '../engine/index.ts';
import { conv2d } from './layers/conv2d.ts';
import { denseRelu } from './layers/dense-relu.ts';
import { dropout } from './layers/dropout.ts';
import type { DenseLayer } from './layers/layer.ts';
import { lstm } from './layers/lstm.ts';
import type { Stage, Trunk } from './multi-task-model.ts';
import { inStages } from './stages.ts';

export interface CRNNOptions {
  /** Shape of one input, `[channels, frequency, time]`; the frequency at least the product of the pools that are given. */
  readonly input: readonly [number, number, number];
  /** Channels of the convolutions; default 32, 64, 128, 256. */
  readonly channels?: readonly number[];
  /**
   * By how much each convolution's result is pooled over frequency; default 2, 4, 4, 4, each as far as frequencies are left: the source's own segments of
   * 64 samples make 33, and 128 would be needed.
   */
  readonly pools?: readonly number[];
  /** Units of the recurrent layer, and width of the shared representation; default 32. */
  readonly hidden?: number;
  /** Probability in [0, 1); default 0.5. */
  readonly dropout?: number;
  /** A dense layer with relu, `fc`, between the recurrent layer and dropout, `hidden` wide. Default none, as in the source. */
  readonly dense?: DenseLayer;
}

/** The source's, one after the other, each at most what is left. */
function poolsFor(frequencies: number): number[] {
  let left = frequencies;
  return [2, 4, 4, 4].map((pool) => {
    const fitting = Math.max(1, Math.min(pool, left));
    left = Math.floor(left / fitting);
    return fitting;
  });
}

/**
 * The representation is the hidden state at the last step of time: the one that has seen all of them. Time keeps its resolution, so inputs may
 * be longer or shorter than `input` says. Source: Thakur et al., AISTATS 2025.
 * @throws ConfigError when the pools leave nothing of the frequencies, or are not one for each convolution
 */
export function crnn({ input: [c, f, time], channels = [32, 64, 128, 256], pools = poolsFor(f), hidden = 32, dropout: p = 0.5, dense }: CRNNOptions): Trunk {
  if (pools.length !== channels.length) throw new ConfigError(`crnn: expected a pool for each of ${channels.length} convolutions, got ${pools.length}`);
  const height = pools.reduce((size, pool) => Math.floor(size / pool), f);
  if (height < 1 || time < 1) throw new ConfigError(`crnn: expected at least ${pools.reduce((product, pool) => product * pool, 1)} frequencies and a step of time, got ${f} and ${time}`);
  const convolutions = channels.map((out, i) => conv2d(`conv${i + 1}`, channels[i - 1] ?? c, out, 5, { padding: 'same' }));
  const width = (channels.at(-1) ?? c) * height;
  const recurrent = lstm('lstm', width, hidden);
  const drop = dropout(p);
  const fc = dense ? [denseRelu(dense, 'fc', hidden, hidden)] : [];
  const stages: Stage[] = [
    ...convolutions.map((conv, i): Stage => (x, parameters, mode) => maxPool2d(conv.forward(x, parameters, mode), [pools[i] ?? 1, 1], { activation: 'relu' })), // [n, channels, f / pools, time]
    (x, parameters, mode) => {
      const [n = 0, , , steps = 0] = x.shape;
      x = reshape(permute(x, [0, 3, 1, 2]), [n, steps, width]); // [n, time, channels * f / pools]
      x = recurrent.forward(x, parameters, mode); // [n, time, hidden]
      x = reshape(slice(x, [null, { start: steps - 1 }]), [n, hidden]); // [n, hidden]
      for (const layer of fc) x = layer.forward(x, parameters, mode); // [n, hidden]
      return drop.forward(x, parameters, mode); // [n, hidden]
    },
  ];
  return {
    name: 'crnn',
    layers: [...convolutions, recurrent, ...fc, drop],
    features: hidden,
    stages,
    forward: inStages(stages),
  };
}
