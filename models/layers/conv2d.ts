/** A two-dimensional convolution, `[n, in, h, w]` to `[n, out, h', w']`. PyTorch: `torch.nn.Conv2d`. */
import * as ops from '../../engine/index.ts';
import type { ConvOptions } from '../../engine/index.ts';
import { kaimingUniform } from '../init.ts';
import type { Layer } from './layer.ts';

export function conv2d(name: string, inChannels: number, outChannels: number, kernel: number, options: ConvOptions = {}): Layer {
  const each = inChannels / (options.groups ?? 1);
  const init = kaimingUniform(each * kernel * kernel);
  return {
    specs: [{ name: `${name}.weight`, shape: [outChannels, each, kernel, kernel], init }, { name: `${name}.bias`, shape: [outChannels], init }],
    forward: (x, parameters) => ops.conv2d(x, parameters.get(`${name}.weight`), parameters.get(`${name}.bias`), options),
  };
}
