/** A table of vectors: int32 indices of any shape to `[..., features]`. PyTorch: `torch.nn.Embedding`. */
import * as ops from '../../engine/index.ts';
import type { EmbeddingOptions, Initializer } from '../../engine/index.ts';
import { normal } from '../init.ts';
import type { Layer } from './layer.ts';

export interface EmbeddingLayerOptions extends EmbeddingOptions {
  /** Of all rows but that of the padding, which starts from zeros. Default: normal with deviation 1. */
  readonly init?: Initializer;
}

export function embedding(name: string, size: number, features: number, { init = normal(1), ...options }: EmbeddingLayerOptions = {}): Layer {
  const { paddingIndex } = options;
  return {
    specs: [{ name: `${name}.weight`, shape: [size, features], init: paddingIndex === undefined ? init : withoutRow(init, paddingIndex), lookup: true }],
    forward: (x, parameters) => ops.embedding(parameters.get(`${name}.weight`), x, options),
  };
}

/** The same with zeros in one row. */
function withoutRow(init: Initializer, row: number): Initializer {
  return (device, shape, generator) => {
    const [size = 0] = shape;
    const isRow = ops.eq(ops.reshape(ops.arange(device, 0, size), [size, 1]), row);
    return ops.where(isRow, 0, init(device, shape, generator));
  };
}
