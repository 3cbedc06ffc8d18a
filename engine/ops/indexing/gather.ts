/** Single elements by index, along one axis. */
import { normalizeAxis, sameShape, sizeOf } from '../../layout.ts';
import type { Shape } from '../../layout.ts';
import { checkDType, checkDevices } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { add } from '../elementwise.ts';
import { hasHalf, narrowed, widened } from '../half.ts';
import { pad } from '../pad.ts';
import { reshape } from '../shape.ts';
import { slice } from '../slice.ts';
import { checkIndex, checkWithin, expectation } from './picks.ts';
import type { Picks } from './picks.ts';
import { put, take } from './take.ts';

/** `shape` is that of what the indices point into. */
function picksOf(operation: string, shape: Shape, axis: number, index: Tensor): Picks {
  return {
    operation, index, each: true, expectation: expectation(operation, shape, axis),
    outer: sizeOf(index.shape.slice(0, axis)), size: shape[axis] ?? 0, count: index.shape[axis] ?? 0, inner: sizeOf(index.shape.slice(axis + 1)),
  };
}

/** The part of `x` that has the given shape and begins where it begins. */
function cropped(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : slice(x, shape.map((end) => ({ end })));
}

function replaced(shape: Shape, axis: number, size: number): number[] {
  return shape.map((old, d) => d === axis ? size : old);
}

/**
 * `y[..., i, ...] = x[..., index[..., i, ...], ...]`: for every index the element of `x` that it names along `axis`, at the index's own place on all
 * other axes. The result has the shape of `index`: int32 of the rank of `x`, on the other axes no larger than it. `x` may have any type. An index
 * out of range, a negative one too, is an IndexError at the next read-back or `finish()`, and gives NaN (0 in integers). PyTorch: `torch.gather`.
 * @throws ShapeError, DTypeError, TensorError
 */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  const along = normalizeAxis('gather', axis, x.rank);
  const places = checkIndex('gather', x, index);
  checkWithin('gather', 'input', index.shape, x.shape, along);
  const picks = picksOf('gather', x.shape, along, places);
  const part = reshape(cropped(x, replaced(index.shape, along, picks.size)), [picks.outer, picks.size, picks.inner]);
  return reshape(take(part, picks), index.shape);
}

/**
 * `x`, and added to it at `index[..., i, ...]` along `axis` the element of `source` at `[..., i, ...]`: the transpose of `gather`. What goes to the same
 * place is summed in a fixed order, first among itself. `index` is int32 of the same rank, nowhere larger than `source`, and no larger than `x` on
 * the other axes; what of `source` lies beyond it is not read. Differentiable in `x` and `source`. An index out of range, a negative one too, is an IndexError
 * at the next read-back or `finish()`, and adds nothing. Two float16 tensors give float16, summed in float32 and rounded once; one beside a float32
 * tensor is widened. PyTorch: `Tensor.scatter_add`.
 * @throws ShapeError, DTypeError, TensorError
 */
export function scatterAdd(x: Tensor, axis: number, index: Tensor, source: Tensor): Tensor {
  if (hasHalf(x, source)) return narrowed(scatterAdd(widened(x), axis, index, widened(source)), x, source);
  const along = normalizeAxis('scatterAdd', axis, x.rank);
  checkDevices('scatterAdd', x, source);
  checkDType('scatterAdd', x, 'float32');
  checkDType('scatterAdd', source, 'float32');
  const places = checkIndex('scatterAdd', x, index);
  checkWithin('scatterAdd', 'source', index.shape, source.shape, null);
  checkWithin('scatterAdd', 'input', index.shape, x.shape, along);
  const picks = picksOf('scatterAdd', x.shape, along, places);
  const sums = put(reshape(cropped(source, index.shape), [picks.outer, picks.count, picks.inner]), picks);
  const block = replaced(index.shape, along, picks.size);
  return add(x, pad(reshape(sums, block), x.shape.map((size, d) => [0, size - (block[d] ?? 0)])));
}
