/** A multi-layer perceptron: fully connected layers with relu between and after. */
import { reshape } from '../engine/index.ts';
import { denseRelu } from './layers/dense-relu.ts';
import type { DenseLayer } from './layers/layer.ts';
import { linear } from './layers/linear.ts';
import type { Stage, Trunk } from './multi-task-model.ts';
import { inStages } from './stages.ts';

export interface MLPOptions {
  /** Number of input values; inputs of any shape are flattened. */
  readonly inputs: number;
  /** Widths of the layers; the last is the shared representation. Default 128, 128. */
  readonly widths?: readonly number[];
  /** What the layers are; default `linear`. */
  readonly dense?: DenseLayer;
}

export function mlp({ inputs, widths = [128, 128], dense = linear }: MLPOptions): Trunk {
  const layers = widths.map((width, i) => denseRelu(dense, `fc${i + 1}`, widths[i - 1] ?? inputs, width));
  const stages = layers.map((layer, i): Stage => (x, p, mode) => layer.forward(i === 0 ? reshape(x, [x.shape[0] ?? 0, inputs]) : x, p, mode)); // [n, width]
  return { name: 'mlp', layers, features: widths.at(-1) ?? inputs, stages, forward: inStages(stages) };
}
