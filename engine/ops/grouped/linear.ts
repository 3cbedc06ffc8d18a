/** Linear maps of which every row chooses its own. */
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import { isRecording, record } from '../../recording.ts';
import { checkDType, checkDevices, zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { hasHalf, narrowed, widened } from '../half.ts';
import { checkIndex, expectation } from '../indexing/picks.ts';
import { reshape, transpose } from '../shape.ts';
import { rowBlocks } from './blocks.ts';
import { bySource, fromBlocks, toBlocks } from './moves.ts';
import { blockProducts, blockSums } from './products.ts';

/**
 * `y[i][j] = weight[index[i][j]] x[i]`: x `[n, in]`, weight `[groups, out, in]`, index int32 `[n, k]`, the result `[n, k, out]`. Rows are sorted by
 * what they chose, on the device, so the work is that of n k rows, however many groups there are, and a group that none chose has a gradient of exactly 0. An
 * index out of range, a negative one too, is an IndexError at the next read-back or `finish()`. Of float16 as in `matmul`. PyTorch: `torch.nn.functional.grouped_mm`, without sorting there.
 * @throws ShapeError, DTypeError, TensorError
 */
export function groupedLinear(x: Tensor, weight: Tensor, index: Tensor): Tensor {
  if (hasHalf(x, weight)) return narrowed(groupedLinear(widened(x), widened(weight), index), x, weight);
  const [n = 0, depth = 0] = x.shape;
  const [groups = 0, columns = 0, inner = 0] = weight.shape;
  const [rows = 0, each = 0] = index.shape;
  checkDevices('groupedLinear', x, weight);
  for (const operand of [x, weight]) checkDType('groupedLinear', operand, 'float32');
  const choice = checkIndex('groupedLinear', x, index);
  if (x.rank !== 2 || weight.rank !== 3 || index.rank !== 2 || depth !== inner || rows !== n || groups === 0) throw new ShapeError(`groupedLinear: expected x [n, in], weights [groups, out, in] and indices [n, k], got ${formatShape(x.shape)}, ${formatShape(weight.shape)} and ${formatShape(index.shape)}`);
  if (choice.size * columns * depth === 0) return zeros(x.device, [n, each, columns]);
  const blocks = rowBlocks({ operation: 'groupedLinear', index: choice, each: false, outer: 1, size: groups, count: choice.size, inner: 1, expectation: expectation('groupedLinear', weight.shape, 0) }, each);
  const placed = toBlocks(x.detach(), blocks);
  const out = reshape(fromBlocks(blockProducts(placed, weight.detach(), blocks), blocks), [n, each, columns]);
  return record(out, 'groupedLinear', [x, weight], (g) => {
    const gradient = toBlocks(reshape(g, [n * each, columns]), blocks);
    return [
      x.requiresGrad ? bySource(fromBlocks(blockProducts(gradient, transpose(weight), blocks), blocks), blocks) : null,
      weight.requiresGrad ? blockSums(gradient, isRecording() ? toBlocks(x, blocks) : placed, blocks) : null,
    ];
  }, { others: [choice] });
}
