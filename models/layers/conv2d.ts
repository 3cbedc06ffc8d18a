/** A two-dimensional convolution, `[n, in, h, w]` to `[n, out, h', w']`. PyTorch: `torch.nn.Conv2d`. */
import * as ops from '../../engine/index.ts';
import type { ConvOptions, Initializer, ParameterSpec } from '../../engine/index.ts';
import { kaimingUniform } from '../init.ts';
import type { Layer } from './layer.ts';

export interface ConvLayerOptions extends ConvOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Of the weight, and of the bias if there is one. Default: PyTorch's, `kaimingUniform` by the inputs of one window. */
  readonly init?: Initializer;
}

export function conv2d(name: string, inChannels: number, outChannels: number, kernel: number, { bias = true, init, ...options }: ConvLayerOptions = {}): Layer {
  const each = inChannels / (options.groups ?? 1);
  const start = init ?? kaimingUniform(each * kernel * kernel);
  const weight: ParameterSpec = { name: `${name}.weight`, shape: [outChannels, each, kernel, kernel], init: start };
  return {
    specs: bias ? [weight, { name: `${name}.bias`, shape: [outChannels], init: start }] : [weight],
    forward: (x, parameters) => ops.conv2d(x, parameters.get(`${name}.weight`), bias ? parameters.get(`${name}.bias`) : null, options),
  };
}
