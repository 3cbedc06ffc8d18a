/** Batch normalisation of images `[n, channels, h, w]`, with running statistics for each task. PyTorch: `torch.nn.BatchNorm2d`. */
import { batchNorm } from '../../engine/index.ts';
import { allOnes, allZeros } from '../init.ts';
import type { Layer } from './layer.ts';

export function batchNorm2d(name: string, channels: number): Layer {
  return {
    specs: [{ name: `${name}.weight`, shape: [channels], init: allOnes }, { name: `${name}.bias`, shape: [channels], init: allZeros }],
    statistics: [{ name, channels }],
    forward: (x, parameters, mode) => batchNorm(x, { weight: parameters.get(`${name}.weight`), bias: parameters.get(`${name}.bias`), ...mode.statistics(name), training: mode.training }),
  };
}
