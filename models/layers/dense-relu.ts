/** A dense layer and relu. */
import { relu } from '../../engine/index.ts';
import { composed } from './layer.ts';
import type { DenseLayer, Layer } from './layer.ts';
import { linear } from './linear.ts';

/** Where the layer is `linear`, relu is applied as it stores its result. */
export function denseRelu(dense: DenseLayer, name: string, inFeatures: number, outFeatures: number): Layer {
  if (dense === linear) return linear(name, inFeatures, outFeatures, { activation: 'relu' });
  const layer = dense(name, inFeatures, outFeatures);
  return composed([layer], (x, parameters, mode) => relu(layer.forward(x, parameters, mode)));
}
