/** Which rows a group has, known to the device alone: rows sorted by group, in blocks that hold rows of one group only. */
import kernel from '../../../kernels/row_blocks.wgsl';
import { tileOf } from '../../device/variants.ts';
import { empty } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { linearGroups } from '../grid.ts';
import type { Picks } from '../indexing/picks.ts';
import { destinations } from '../indexing/take.ts';
import { sortedPairs } from '../sorted.ts';

/** Places of rows are block by block; those without a row are `rows`, and `rows / each` among the sources. */
export interface RowBlocks {
  readonly groups: number;
  readonly rows: number;
  /** So many rows in turn come from one source. */
  readonly each: number;
  readonly count: number;
  /** Rows of a block. */
  readonly height: number;
  /** uint32 `[count]`: the group of each block, all ones for a block that is not in use; the ones in use come first. */
  readonly groupOf: Tensor;
  /** uint32 `[groups + 1]`: the first block of each group, and the number of those in use. */
  readonly firstOf: Tensor;
  /** int32 `[count * height]`: the row and the source at each place. */
  readonly rowAt: Tensor;
  readonly sourceAt: Tensor;
  /** int32 `[rows]`: the place of each row, -1 for a group out of range. */
  readonly placeOf: Tensor;
}

/** As many rows as a tile of the contraction has: then no tile does what another does. */
function heightOf({ device }: Tensor): number {
  return tileOf(device.variants)[0];
}

/** @param picks of `size` groups one for each row; `count` is that of the rows, `expectation` what is said of a group out of range */
export function rowBlocks(picks: Picks, each: number): RowBlocks {
  const { index, size: groups, count: rows } = picks;
  const { device } = index;
  const height = heightOf(index);
  // The most that any choice of groups needs: of every group that has rows, one block may be almost empty.
  const count = Math.floor((rows + Math.min(groups, rows) * (height - 1)) / height);
  const sorted = sortedPairs(destinations(picks), 1, rows);
  const [startOf, firstOf, groupOf] = [empty(device, [groups + 1], 'uint32'), empty(device, [groups + 1], 'uint32'), empty(device, [count], 'uint32')];
  const [rowAt, sourceAt, placeOf] = [empty(device, [count * height], 'int32'), empty(device, [count * height], 'int32'), empty(device, [rows], 'int32')];
  const params = { elements: groups + 1, groups, pairs: rows, rows: height, each };
  device.dispatch(kernel, { entry: 'starts', buffers: { sorted: sorted.binding, start_of: startOf.binding }, params, groups: linearGroups(groups + 1, 64) });
  device.dispatch(kernel, { entry: 'firsts', buffers: { start: startOf.binding, first_of: firstOf.binding }, params, groups: linearGroups(groups + 1, 64) });
  device.dispatch(kernel, {
    entry: 'slots',
    buffers: { sorted: sorted.binding, start: startOf.binding, first: firstOf.binding, group_of: groupOf.binding, row_at: rowAt.binding, source_at: sourceAt.binding, place_of: placeOf.binding },
    params: { ...params, elements: count * height },
    groups: linearGroups(count * height, 64),
  });
  return { groups, rows, each, count, height, groupOf, firstOf, rowAt, sourceAt, placeOf };
}
