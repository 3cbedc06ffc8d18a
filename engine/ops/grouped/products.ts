/** Products of blocks of rows with the matrices of their groups. What is done follows the number of rows, not of groups times rows. */
import { record } from '../../recording.ts';
import type { Tensor } from '../../tensor.ts';
import { contract } from '../contract.ts';
import { reshape, transpose } from '../shape.ts';
import { contiguous } from '../strided.ts';
import type { RowBlocks } from './blocks.ts';

/** `y[block] = x[block] weight[group of the block]ᵀ`: x `[count * height, in]`, weight `[groups, out, in]`. Blocks not in use are left as they are. */
export function blockProducts(x: Tensor, weight: Tensor, blocks: RowBlocks): Tensor {
  const { count, height, groupOf } = blocks;
  const [, columns = 0, depth = 0] = weight.shape;
  const [byMatrix = 0, byColumn = 0, byDepth = 0] = weight.strides;
  const out = reshape(contract({
    rows: [1, 1, height], columns: [1, 1, columns], k: [1, 1, depth], batches: count,
    a: { tensor: contiguous(x.detach()), outer: [0, 0, depth], k: [0, 0, 1], batch: height * depth },
    b: { tensor: weight.detach(), outer: [0, 0, byColumn], k: [0, 0, byDepth], batch: byMatrix },
    grouping: { by: 'matrix', table: groupOf },
  }), [count * height, columns]);
  return record(out, 'blockProducts', [x, weight], (g) => [
    x.requiresGrad ? blockProducts(g, transpose(weight), blocks) : null,
    weight.requiresGrad ? blockSums(g, x, blocks) : null,
  ]);
}

/** `w[group] = sum over its blocks of y[block]ᵀ x[block]`: y `[count * height, out]`, x `[count * height, in]`, the result `[groups, out, in]`, 0 for a group without rows. */
export function blockSums(y: Tensor, x: Tensor, blocks: RowBlocks): Tensor {
  const { groups, count, height, firstOf } = blocks;
  const [columns = 0, depth = 0] = [y.shape[1], x.shape[1]];
  const out = contract({
    rows: [1, 1, columns], columns: [1, 1, depth], k: [count, 1, height], batches: groups,
    a: { tensor: contiguous(y.detach()), outer: [0, 0, 1], k: [height * columns, 0, columns] },
    b: { tensor: contiguous(x.detach()), outer: [0, 0, 1], k: [height * depth, 0, depth] },
    grouping: { by: 'depth', table: firstOf },
  });
  return record(out, 'blockSums', [y, x], (g) => [
    y.requiresGrad ? blockProducts(x, g, blocks) : null,
    x.requiresGrad ? blockProducts(y, transpose(g), blocks) : null,
  ]);
}
