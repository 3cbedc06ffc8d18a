/** Whole slices by index. */
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Tensor } from '../../tensor.ts';
import { lanes } from '../lanes.ts';
import { reshape } from '../shape.ts';
import { checkIndex, expectation } from './picks.ts';
import { take } from './take.ts';

/**
 * The places of `axis` that `index` names, in its order, as often as it names them: `index` int32 `[k]`, the result has size k along the axis. `x` may
 * have any type. An index out of range, a negative one too, is an IndexError at the next read-back or `finish()`, and gives NaN (0 in integers).
 * PyTorch: `torch.index_select`.
 * @throws ShapeError, DTypeError, TensorError
 */
export function indexSelect(x: Tensor, axis: number, index: Tensor): Tensor {
  const { axis: along, outer, count: size, inner } = lanes('indexSelect', x, axis);
  const places = checkIndex('indexSelect', x, index);
  if (index.rank !== 1) throw new ShapeError(`indexSelect: expected indices [k], got ${formatShape(index.shape)}`);
  const picks = { operation: 'indexSelect', index: places, each: false, outer, size, count: index.size, inner, expectation: expectation('indexSelect', x.shape, along) };
  return reshape(take(reshape(x, [outer, size, inner]), picks), x.shape.map((old, d) => d === along ? index.size : old));
}
