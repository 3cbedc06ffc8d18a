/** A table of vectors, looked up by index. */
import { ConfigError, ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Tensor } from '../../tensor.ts';
import { reshape } from '../shape.ts';
import { checkIndex, expectation } from './picks.ts';
import type { Picks } from './picks.ts';
import { take } from './take.ts';

export interface EmbeddingOptions {
  /** The row that stands for padding: it is looked up like any other and gets no gradient. Default: none. */
  readonly paddingIndex?: number;
}

/**
 * Rows of `weight [v, d]`: indices of any shape, int32 in [0, v), give `[...indices, d]`. The gradient of a row is the sum over the places that looked
 * it up, in a fixed order. An index out of range, a negative one too, is an IndexError at the next read-back or `finish()`, and gives NaN (0 in
 * integers). PyTorch: `torch.nn.functional.embedding`, without `max_norm`, `scale_grad_by_freq` and `sparse`.
 * @throws ShapeError, DTypeError, TensorError, ConfigError
 */
export function embedding(weight: Tensor, indices: Tensor, { paddingIndex }: EmbeddingOptions = {}): Tensor {
  const [size = 0, inner = 0] = weight.shape;
  if (weight.rank !== 2) throw new ShapeError(`embedding: expected weights [v, d], got ${formatShape(weight.shape)}`);
  const places = checkIndex('embedding', weight, indices);
  if (paddingIndex !== undefined && !(Number.isInteger(paddingIndex) && paddingIndex >= 0 && paddingIndex < size)) throw new ConfigError(`embedding: paddingIndex: expected a row of the weights ${formatShape(weight.shape)}, got ${paddingIndex}`);
  const picks: Picks = { operation: 'embedding', index: places, each: false, outer: 1, size, count: indices.size, inner, expectation: expectation('embedding', weight.shape, 0) };
  const rows = take(reshape(weight, [1, size, inner]), picks, paddingIndex === undefined ? picks : { ...picks, skipped: paddingIndex });
  return reshape(rows, [...indices.shape, inner]);
}
