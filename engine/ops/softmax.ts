/** Softmax and its logarithm along an axis. */
import kernel from '../../kernels/softmax_axis.wgsl';
import { ShapeError } from '../errors.ts';
import { formatShape, normalizeAxis } from '../layout.ts';
import { isRecording, record } from '../recording.ts';
import { checkDType, empty, emptyLike } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { aligned } from './apply.ts';
import { exp, mul, sub } from './elementwise.ts';
import { LONGEST_CHUNK, chunksOf, linearGroups } from './grid.ts';
import { narrowed, widened } from './half.ts';
import { fold, sum } from './reduce.ts';
import { storedLike } from './stored-like.ts';

/** The kernel's parameters for a dense tensor, whose other axes may lie in any order. */
function plan(x: Tensor, axis: number) {
  const length = x.shape[axis] ?? 1;
  const inner = x.shape.reduce((size, n, d) => (x.strides[d] ?? 0) < (x.strides[axis] ?? 0) ? size * n : size, 1);
  return { elements: x.size, length, inner, rows: x.size / length, chunks: chunksOf(length), count: 0, invalid: NaN };
}

type Plan = ReturnType<typeof plan>;

/** For each row its maximum and the sum of exponentials below it, or the logarithm of that: `[rows, 2]`. */
function totalsOf(x: Tensor, params: Plan, LOG: number): Tensor {
  const { rows, chunks } = params;
  let found = empty(x.device, [chunks, rows, 2]);
  x.device.dispatch(kernel, { entry: 'totals', overrides: { LOG }, buffers: { x: x.binding, found: found.binding }, params, groups: linearGroups(rows * chunks, 64) });
  for (let count = chunks; count > 1; ) {
    const left = chunksOf(count, LONGEST_CHUNK);
    const merged = empty(x.device, [left, rows, 2]);
    x.device.dispatch(kernel, { entry: 'merge', overrides: { LOG }, buffers: { partials: found.binding, found: merged.binding }, params: { ...params, count, chunks: left }, groups: linearGroups(rows * left, 64) });
    found = merged;
    count = left;
  }
  return found;
}

/** The fused derivative: `y` is the result, `g` is stored like it. */
function gradientOf(y: Tensor, g: Tensor, params: Plan, LOG: number): Tensor {
  const { rows, chunks } = params;
  const sums = empty(y.device, [chunks, rows]);
  y.device.dispatch(kernel, { entry: 'sums', overrides: { LOG }, buffers: { x: y.binding, g: g.binding, found_sums: sums.binding }, params, groups: linearGroups(rows * chunks, 64) });
  const rowSums = chunks === 1 ? sums : fold(sums, 'sum', 1, chunks, rows);
  const result = emptyLike(y);
  y.device.dispatch(kernel, { entry: 'gradient', overrides: { LOG }, buffers: { quads: y.binding, g_quads: g.binding, row_sums: rowSums.binding, result: result.binding }, params, groups: linearGroups(Math.ceil(y.size / 4), 64) });
  return result;
}

/** @param composite the derivative out of differentiable operations, for those of higher order */
function along(operation: string, x: Tensor, axis: number, LOG: 0 | 1, composite: (y: Tensor, g: Tensor, axis: number) => Tensor): Tensor {
  checkDType(operation, x, 'float32');
  const along = normalizeAxis(operation, axis, x.rank);
  if (x.shape[along] === 0) throw new ShapeError(`${operation}: expected an axis of at least 1, got axis ${axis} of ${formatShape(x.shape)}`);
  const [source = x] = aligned([x]);
  const params = plan(source, along);
  const totals = totalsOf(source, params, LOG);
  const out = emptyLike(source);
  x.device.dispatch(kernel, { entry: 'apply', overrides: { LOG }, buffers: { quads: source.binding, partials: totals.binding, result: out.binding }, params, groups: linearGroups(Math.ceil(x.size / 4), 64) });
  const y: Tensor = record(out, operation, [x], (g) => [isRecording() ? composite(y, g, along) : gradientOf(out.detach(), storedLike(out, g), params, LOG)], { attributes: { axis: along } });
  return y;
}

/**
 * `exp(x) / sum(exp(x))` along an axis, the last by default. Nothing overflows; a row whose largest value is NaN or infinite is NaN all over.
 * Of float16 it is taken in float32 and rounded. PyTorch: `torch.softmax`.
 * @throws ShapeError when the axis is out of range or empty, DTypeError unless float32 or float16
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return narrowed(along('softmax', widened(x), axis, 0, (y, g, d) => mul(y, sub(g, sum(mul(g, y), { axes: [d], keepDims: true })))), x);
}

/**
 * `x - log(sum(exp(x)))` along an axis, the last by default. Large values lose no digits; a row whose largest value is NaN or infinite is NaN all over.
 * Of float16 it is taken in float32 and rounded. PyTorch: `torch.log_softmax`.
 * @throws ShapeError when the axis is out of range or empty, DTypeError unless float32 or float16
 */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return narrowed(along('logSoftmax', widened(x), axis, 1, (y, g, d) => sub(g, mul(exp(y), sum(g, { axes: [d], keepDims: true })))), x);
}
