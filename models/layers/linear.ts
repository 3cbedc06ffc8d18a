/** A fully connected layer, `[..., in]` to `[..., out]`, with an activation if one is named. PyTorch: `torch.nn.Linear`. */
import * as ops from '../../engine/index.ts';
import type { ActivationOptions } from '../../engine/index.ts';
import { kaimingUniform } from '../init.ts';
import type { Layer } from './layer.ts';

export function linear(name: string, inFeatures: number, outFeatures: number, options: ActivationOptions = {}): Layer {
  const init = kaimingUniform(inFeatures);
  return {
    specs: [{ name: `${name}.weight`, shape: [outFeatures, inFeatures], init }, { name: `${name}.bias`, shape: [outFeatures], init }],
    forward: (x, parameters) => ops.linear(x, parameters.get(`${name}.weight`), parameters.get(`${name}.bias`), options),
  };
}
