/** Self-attention of several heads over the steps of a sequence, `[n, steps, width]` to the same shape. PyTorch: `torch.nn.MultiheadAttention`. */
import * as ops from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { allZeros, kaimingUniform, xavierUniform } from '../init.ts';
import type { Layer, Mode, Parameters } from './layer.ts';

/** A layer over sequences `[n, steps, width]`, told which steps are padding: bool `[n, steps]`, true there. What they hold has no influence on others. */
export interface SequenceLayer extends Layer {
  forward(x: Tensor, parameters: Parameters, mode: Mode, padding?: Tensor): Tensor;
}

/** Weights of the stacked projections, `[3 width, width]` and `[3 width]`, and of the last one. */
export interface AttentionWeights {
  readonly inWeight: Tensor;
  readonly inBias: Tensor;
  readonly outWeight: Tensor;
  readonly outBias: Tensor;
}

export interface AttentionLayerOptions {
  /** Probability in [0, 1) with which the weight of a key is dropped in training; default 0. */
  readonly dropout?: number;
}

/** Parameters: `NAME.in_proj_weight`, `NAME.in_proj_bias`, `NAME.out_proj.weight`, `NAME.out_proj.bias`. */
export function multiHeadAttention(name: string, width: number, heads: number, { dropout = 0 }: AttentionLayerOptions = {}): SequenceLayer {
  return {
    specs: [
      { name: `${name}.in_proj_weight`, shape: [3 * width, width], init: xavierUniform(width, 3 * width) },
      { name: `${name}.in_proj_bias`, shape: [3 * width], init: allZeros },
      { name: `${name}.out_proj.weight`, shape: [width, width], init: kaimingUniform(width) },
      { name: `${name}.out_proj.bias`, shape: [width], init: allZeros },
    ],
    forward: (x, parameters, mode, padding) => selfAttention(x, heads, {
      inWeight: parameters.get(`${name}.in_proj_weight`), inBias: parameters.get(`${name}.in_proj_bias`),
      outWeight: parameters.get(`${name}.out_proj.weight`), outBias: parameters.get(`${name}.out_proj.bias`),
    }, mode, dropout, padding),
  };
}

/** What layers of self-attention have in common, whatever their parameters are called. */
export function selfAttention(x: Tensor, heads: number, weights: AttentionWeights, { training, generator }: Mode, dropout: number, padding?: Tensor): Tensor {
  return ops.multiHeadAttention(x, x, x, {
    heads, ...weights,
    ...padding ? { keyPadding: padding } : {},
    ...training && dropout > 0 ? { dropout: { p: dropout, generator } } : {},
  });
}
