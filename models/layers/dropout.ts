/** Dropout in training, nothing otherwise; any shape. PyTorch: `torch.nn.Dropout`. */
import * as ops from '../../engine/index.ts';
import type { Layer } from './layer.ts';

/** @param p probability of being dropped, in [0, 1) */
export function dropout(p: number): Layer {
  return { specs: [], forward: (x, _parameters, { generator, training }) => ops.dropout(x, p, { generator, training }) };
}
