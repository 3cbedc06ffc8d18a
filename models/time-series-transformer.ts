/** TimeSeriesTransformer: the encoder of the paper's patient care experiments (Thakur et al., AISTATS 2025, appendix C.2). */
import { ShapeError } from '../engine/index.ts';
import { denseRelu } from './layers/dense-relu.ts';
import { dropout } from './layers/dropout.ts';
import type { DenseLayer } from './layers/layer.ts';
import { linear } from './layers/linear.ts';
import { fillPadding, meanOverSteps, paddingByNaN } from './layers/padding.ts';
import { positionalEncoding } from './layers/positional-encoding.ts';
import { transformerEncoderLayer } from './layers/transformer-encoder.ts';
import type { TransformerOptions } from './layers/transformer-encoder.ts';
import type { Trunk } from './multi-task-model.ts';

export interface TimeSeriesTransformerOptions extends TransformerOptions {
  /** Values measured at each step; default 76. */
  readonly channels?: number;
  /** Width of the embedding and of the encoder; default 256. */
  readonly width?: number;
  /** Encoder layers; default 2. */
  readonly layers?: number;
  /** Heads of attention, which divide the width; default 8. */
  readonly heads?: number;
  /** Width of the shared representation; default 128. */
  readonly features?: number;
  /** What makes the shared representation; default `linear`. */
  readonly dense?: DenseLayer;
}

/**
 * Input `[n, steps, channels]`, of any number of steps: a linear embedding, sinusoids for the places, encoder layers, the mean over the steps, a
 * linear layer with relu. What the paper leaves open is chosen here: the mean, and four times the width inside the encoder layers.
 *
 * Sequences shorter than others of their batch are filled up with NaN: **a step of which every value is NaN is padding**, wherever it
 * lies, and has no influence on the result. So lengths need no input of their own, and travel with the values, into a captured step too. A single NaN is no
 * padding and makes the result NaN: missing values are to be imputed before. A sequence of padding alone counts as one whose mean is 0.
 */
export function timeSeriesTransformer({ channels = 76, width = 256, layers = 2, heads = 8, features = 128, dense = linear, ...options }: TimeSeriesTransformerOptions = {}): Trunk {
  const embedding = linear('embedding', channels, width);
  const drop = dropout(options.dropout ?? 0.1);
  const encoder = Array.from({ length: layers }, (_, i) => transformerEncoderLayer(`encoder.layers.${i}`, width, heads, options));
  const fc = denseRelu(dense, 'fc', width, features);
  return {
    name: 'time-series-transformer',
    layers: [embedding, ...encoder, fc],
    features,
    forward(x, p, mode) {
      if (x.rank !== 3 || x.shape[2] !== channels) throw new ShapeError(`timeSeriesTransformer: expected an input [n, steps, ${channels}], got [${x.shape.join(', ')}]`);
      const padding = paddingByNaN(x); // [n, steps]
      x = embedding.forward(fillPadding(x, padding), p, mode); // [n, steps, width]
      x = drop.forward(positionalEncoding.forward(x, p, mode), p, mode);
      for (const layer of encoder) x = layer.forward(x, p, mode, padding); // [n, steps, width]
      return fc.forward(meanOverSteps(x, padding), p, mode); // [n, features]
    },
  };
}
