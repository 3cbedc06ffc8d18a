/** A fully connected layer, `[..., in]` to `[..., out]`. PyTorch: `torch.nn.Linear`. */
import * as ops from '../../engine/index.ts';
import type { ActivationOptions, Initializer } from '../../engine/index.ts';
import { allZeros, kaimingUniform } from '../init.ts';
import type { Layer } from './layer.ts';

export interface LinearOptions extends ActivationOptions {
  /** Of the weight; the bias starts from zeros then. Default: PyTorch's for both, `kaimingUniform` by the inputs. */
  readonly init?: Initializer;
}

export function linear(name: string, inFeatures: number, outFeatures: number, { init, activation }: LinearOptions = {}): Layer {
  const start = kaimingUniform(inFeatures);
  const options = activation ? { activation } : {};
  return {
    specs: [{ name: `${name}.weight`, shape: [outFeatures, inFeatures], init: init ?? start }, { name: `${name}.bias`, shape: [outFeatures], init: init ? allZeros : start }],
    forward: (x, parameters) => ops.linear(x, parameters.get(`${name}.weight`), parameters.get(`${name}.bias`), options),
  };
}
