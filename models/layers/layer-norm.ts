/** Normalisation of each row over its last axis, `[..., features]`. PyTorch: `torch.nn.LayerNorm`. */
import * as ops from '../../engine/index.ts';
import { allOnes, allZeros } from '../init.ts';
import type { Layer } from './layer.ts';

/** @param eps added to the variance; default 1e-5 */
export function layerNorm(name: string, features: number, eps = 1e-5): Layer {
  return {
    specs: [{ name: `${name}.weight`, shape: [features], init: allOnes }, { name: `${name}.bias`, shape: [features], init: allZeros }],
    forward: (x, parameters) => ops.layerNorm(x, [features], { weight: parameters.get(`${name}.weight`), bias: parameters.get(`${name}.bias`), eps }),
  };
}
