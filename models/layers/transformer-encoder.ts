/** The encoder layer of a transformer, normalised after each sum: `[n, steps, width]` to the same shape. */
import { add, gelu } from '../../engine/index.ts';
import { dropout } from './dropout.ts';
import type { Layer } from './layer.ts';
import { composed, sequential } from './layer.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import type { LinearOptions } from './linear.ts';
import { multiHeadAttention } from './multi-head-attention.ts';
import type { SequenceLayer } from './multi-head-attention.ts';

export interface TransformerOptions {
  /** Width between the two linear layers; default four times the width (PyTorch: 2048). */
  readonly inner?: number;
  /** Between the two linear layers; default `relu`. */
  readonly activation?: 'relu' | 'gelu';
  /** Probability in [0, 1), of attention weights and of the results of each part; default 0.1. */
  readonly dropout?: number;
}

/** `gelu`, exactly, as a layer. PyTorch: `torch.nn.GELU`. */
const geluLayer: Layer = { specs: [], forward: (x) => gelu(x) };

/** A linear layer and its activation, which is fused into it where that can be. */
export function activated(name: string, inFeatures: number, outFeatures: number, activation: 'relu' | 'gelu', options: LinearOptions = {}): Layer {
  return activation === 'relu' ? linear(name, inFeatures, outFeatures, { ...options, activation }) : sequential(linear(name, inFeatures, outFeatures, options), geluLayer);
}

/**
 * Parameters: `NAME.self_attn.*` as `multiHeadAttention` has them, `NAME.linear1`, `NAME.linear2`, `NAME.norm1`, `NAME.norm2`, each `.weight` and `.bias`.
 * PyTorch: `torch.nn.TransformerEncoderLayer` with `batch_first=True`. Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
 */
export function transformerEncoderLayer(name: string, width: number, heads: number, { inner = 4 * width, activation = 'relu', dropout: p = 0.1 }: TransformerOptions = {}): SequenceLayer {
  return postNorm({
    attention: multiHeadAttention(`${name}.self_attn`, width, heads, { dropout: p }),
    feedForward: sequential(activated(`${name}.linear1`, width, inner, activation), dropout(p), linear(`${name}.linear2`, inner, width)),
    norm1: layerNorm(`${name}.norm1`, width),
    norm2: layerNorm(`${name}.norm2`, width),
    dropout: p,
  });
}

export interface PostNormParts {
  readonly attention: SequenceLayer;
  readonly feedForward: Layer;
  readonly norm1: Layer;
  readonly norm2: Layer;
  readonly dropout: number;
}

/** `y = norm1(x + drop(attention(x)))`, then `norm2(y + drop(feedForward(y)))`. */
export function postNorm({ attention, feedForward, norm1, norm2, dropout: p }: PostNormParts): SequenceLayer {
  const drop = dropout(p);
  return composed<SequenceLayer>([attention, norm1, feedForward, norm2], (x, parameters, mode, padding) => {
    const y = norm1.forward(add(x, drop.forward(attention.forward(x, parameters, mode, padding), parameters, mode)), parameters, mode);
    return norm2.forward(add(y, drop.forward(feedForward.forward(y, parameters, mode), parameters, mode)), parameters, mode);
  });
}
