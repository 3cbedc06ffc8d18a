/** Reductions over axes, in a fixed order. */
import reduceKernel from '../../kernels/reduce.wgsl';
import integerKernel from '../../kernels/reduce_integer.wgsl';
import vectorKernel from '../../kernels/reduce_vec4.wgsl';
import { isInteger } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { formatShape, normalizeAxis, sizeOf } from '../layout.ts';
import type { Shape } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDType, empty, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { affine } from './elementwise.ts';
import { expand, permute, reshape } from './shape.ts';
import { contiguous } from './strided.ts';

export interface ReduceOptions {
  /** Axes to reduce; all by default. Negative ones count from the end. */
  readonly axes?: readonly number[];
  /** Leave the reduced axes in place with size 1. */
  readonly keepDims?: boolean;
}

/** Numbers of the operations inside `kernels/reduce.wgsl` and `kernels/reduce_integer.wgsl`. */
const REDUCTIONS = { sum: 0, max: 1, min: 2 } as const;
type Reduction = keyof typeof REDUCTIONS;
const CHUNK = 128;

/**
 * Folds the middle axis of a contiguous [outer, count, inner] of float32, int32 or uint32; gives [outer, inner]. Every value of a float32 result is
 * multiplied by `scale`.
 * @param into where the result goes, a contiguous tensor of its size, which is returned then
 */
export function fold(x: Tensor, op: Reduction, outer: number, count: number, inner: number, scale = 1, into: Tensor | null = null): Tensor {
  let current = x;
  const integer = isInteger(x.dtype);
  const vector = !integer && inner >= 32 && inner % 4 === 0;
  const width = vector ? inner / 4 : inner;
  const [WX, WY] = vector ? [16, 4] : inner >= 32 ? [64, 1] : [8, 8];
  for (let left = count; ; ) {
    const chunks = Math.ceil(left / (left <= 2 * CHUNK ? left : CHUNK));
    const out = chunks === 1 && into ? into : empty(x.device, [outer, chunks, inner], x.dtype);
    const rows = Math.ceil((outer * chunks) / WY);
    const y = Math.min(rows, 32_768);
    const overrides = { OP: REDUCTIONS[op], WX, WY };
    const call = {
      buffers: { x: current.binding, y: out === into ? into.extent : out.binding },
      params: { inner: width, count: left, length: Math.ceil(left / chunks), chunks, outer, scale: chunks === 1 ? scale : 1 },
      groups: [Math.ceil(width / WX), y, Math.ceil(rows / y)] as const,
    };
    if (integer) x.device.dispatch(integerKernel, { ...call, overrides: { ...overrides, SIGNED: x.dtype === 'int32' ? 1 : 0 } });
    else if (vector) x.device.dispatch(vectorKernel, { ...call, overrides });
    else x.device.dispatch(reduceKernel, { ...call, overrides });
    if (out === into) return into;
    if (chunks === 1) return out.view({ shape: [outer, inner], strides: [inner, 1], offset: 0 });
    current = out;
    left = chunks;
  }
}

/** Reduces the axes of `x`; gives what is left of its dimensions, in order. Nothing is copied where the axes are neighbours in memory. */
function reduceAxes(x: Tensor, op: Reduction, axes: readonly number[], scale: number): Tensor {
  const order = x.shape.map((_, i) => i).sort((a, b) => (x.strides[b] ?? 0) - (x.strides[a] ?? 0) || a - b);
  const places = axes.map((axis) => order.indexOf(axis)).sort((a, b) => a - b);
  const adjacent = (places.at(-1) ?? 0) - (places[0] ?? 0) + 1 === axes.length;
  const chosen = x.isDense && adjacent ? order : [...x.shape.map((_, i) => i).filter((i) => !axes.includes(i)), ...axes];
  const source = contiguous(permute(x, chosen));
  const start = chosen.findIndex((axis) => axes.includes(axis));
  const end = start + axes.length;
  const reduced = fold(source, op, sizeOf(source.shape.slice(0, start)), sizeOf(source.shape.slice(start, end)), sizeOf(source.shape.slice(end)), scale);
  const left = chosen.filter((axis) => !axes.includes(axis));
  const sorted = [...left].sort((a, b) => a - b);
  return permute(reshape(reduced, left.map((axis) => x.shape[axis] ?? 1)), sorted.map((axis) => left.indexOf(axis)));
}

/** Which axes a reduction takes, and the shape it leaves, with the reduced axes at size 1 and as asked for. */
export interface ReducePlan {
  readonly axes: readonly number[];
  /** Number of values in each result. */
  readonly count: number;
  readonly kept: Shape;
  readonly shape: Shape;
}

/** Repeated axes count once. @throws ShapeError when an axis is out of range */
export function reducePlan(operation: string, x: Tensor, options: ReduceOptions): ReducePlan {
  const axes = [...new Set((options.axes ?? x.shape.map((_, i) => i)).map((axis) => normalizeAxis(operation, axis, x.rank)))].sort((a, b) => a - b);
  const kept = x.shape.map((size, i) => axes.includes(i) ? 1 : size);
  const shape = options.keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i));
  return { axes, count: axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1), kept, shape };
}

/** The values of a reduction, off the tape; `x` is not empty. They may share the memory of `x` where nothing is reduced. */
export function reduced(x: Tensor, op: Reduction, plan: ReducePlan, scale = 1): Tensor {
  const flat = plan.axes.length === 0 ? contiguous(x.detach()) : reduceAxes(x.detach(), op, plan.axes, scale);
  return reshape(flat, plan.shape).detach();
}

function total(x: Tensor, operation: 'sum' | 'mean', scale: number, plan: ReducePlan): Tensor {
  if (x.dtype === 'float16') return cast(total(cast(x, 'float32'), operation, scale, plan), 'float16');
  if (operation !== 'sum' || !isInteger(x.dtype)) checkDType(operation, x, 'float32');
  if (x.size === 0) return record(zeros(x.device, plan.shape, { dtype: x.dtype }), operation, [x], () => [zeros(x.device, x.shape)]);
  return record(reduced(x, 'sum', plan, scale), operation, [x], (g) => [expand(affine(reshape(g, plan.kept), scale, 0), x.shape)], { attributes: { axes: plan.axes } });
}

/**
 * Sum over axes; of nothing, 0. Of float16 it is taken in float32 and rounded; of int32 and uint32 it is exact and wraps around.
 * PyTorch: `torch.sum`, where that of int32 is int64.
 * @throws ShapeError, DTypeError
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return total(x, 'sum', 1, reducePlan('sum', x, options));
}

/** Sums over the rows of `[rows, columns]`, float32 and neither of them 0. @param into where they go, off the tape; else `sum` */
export function columnSums(x: Tensor, into: Tensor | null): Tensor {
  return into ? fold(contiguous(x), 'sum', 1, x.shape[0] ?? 0, x.shape[1] ?? 0, 1, into) : sum(x, { axes: [0] });
}

/** Arithmetic mean over axes, of floats. PyTorch: `torch.mean`. @throws ShapeError when there is nothing to average, DTypeError */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const plan = reducePlan('mean', x, options);
  if (plan.count === 0) throw new ShapeError(`mean: there are no values to average in ${formatShape(x.shape)}`);
  return total(x, 'mean', 1 / plan.count, plan);
}

/** Sums away what broadcasting had repeated: the derivative of `expand`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  const lead = x.rank - shape.length;
  const axes = x.shape.map((_, i) => i).filter((i) => i < lead || (shape[i - lead] === 1 && x.shape[i] !== 1));
  return axes.length === 0 ? x : reshape(sum(x, { axes }), shape);
}
