/** Rows to their places in the blocks, and back. The two are each other's transposes, so each is the other's derivative. */
import { record } from '../../recording.ts';
import type { Tensor } from '../../tensor.ts';
import { take } from '../indexing/take.ts';
import { sum } from '../reduce.ts';
import { reshape } from '../shape.ts';
import type { RowBlocks } from './blocks.ts';

/** Off the tape. The index `size` gives zeros. */
function rowsOf(x: Tensor, index: Tensor): Tensor {
  const [size = 0, inner = 0] = x.shape;
  const picks = { operation: 'groupedLinear', index, each: false, outer: 1, size: size + 1, count: index.size, inner, skipped: size, expectation: 'internal: groupedLinear' };
  return reshape(take(reshape(x.detach(), [1, size, inner]), picks), [index.size, inner]);
}

/** Rows `[rows, d]`, or their sources `[rows / each, d]`, to `[count * height, d]`; zeros where there is no row. */
export function toBlocks(x: Tensor, blocks: RowBlocks): Tensor {
  const { rows, rowAt, sourceAt } = blocks;
  const [size] = x.shape;
  const out = rowsOf(x, size === rows ? rowAt : sourceAt);
  return record(out, 'toBlocks', [x], (g) => {
    const back = fromBlocks(g, blocks);
    return [size === rows ? back : bySource(back, blocks)];
  });
}

/** `[count * height, d]` to rows `[rows, d]`. */
export function fromBlocks(y: Tensor, blocks: RowBlocks): Tensor {
  const out = rowsOf(y, blocks.placeOf);
  return record(out, 'fromBlocks', [y], (g) => [toBlocks(g, blocks)]);
}

/** Sums over the rows `[rows, d]` of each source: `[rows / each, d]`. */
export function bySource(x: Tensor, { rows, each }: RowBlocks): Tensor {
  return sum(reshape(x, [rows / each, each, x.shape[1] ?? 0]), { axes: [1] });
}
