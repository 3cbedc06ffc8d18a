/** Moving elements between views: contiguous copies, accumulation, padding. */
import strided from '../../kernels/strided.wgsl';
import stridedF16 from '../../kernels/strided_f16.wgsl';
import stridedF16Vec4 from '../../kernels/strided_f16_vec4.wgsl';
import stridedVec4 from '../../kernels/strided_vec4.wgsl';
import { ShapeError, TensorError } from '../errors.ts';
import { formatShape, sameShape } from '../layout.ts';
import { record } from '../recording.ts';
import type { Details } from '../reports.ts';
import { checkDType, checkDevices, checkSameDType, empty } from '../tensor.ts';
import type { TapeNode, Tensor, View } from '../tensor.ts';
import { collapse } from './dimensions.ts';
import { reach } from './reach.ts';

/** A loop over source and destination. */
interface Step {
  size: number;
  from: number;
  to: number;
}

/** destination = source, or += ; views of equal shape, on different storages. */
export function move(source: Tensor, destination: Tensor, accumulates = false): void {
  if (!sameShape(source.shape, destination.shape)) throw new ShapeError(`copy: shapes ${formatShape(source.shape)} and ${formatShape(destination.shape)} differ`);
  checkSameDType('copy', source, destination);
  if (source.size === 0) return;
  // In the order of the destination's memory, where most dimensions are neighbours on both sides.
  const order = source.shape.map((_, d) => d).sort((a, b) => (destination.strides[b] ?? 0) - (destination.strides[a] ?? 0) || a - b);
  const along = (list: readonly number[]): number[] => order.map((d) => list[d] ?? 0);
  let dims = collapse(along(source.shape), along(source.strides), along(destination.strides)).map(({ size, strides: [from = 0, to = 0] }): Step => ({ size, from, to }));
  const vector = dims.at(-1)?.from === 1 && dims.at(-1)?.to === 1
    && [source.offset, destination.offset, dims.at(-1)?.size ?? 0, ...dims.slice(0, -1).flatMap((d) => [d.from, d.to])].every((value) => value % 4 === 0);
  const unit = vector ? 4 : 1;
  if (vector) dims = dims.map((d, i) => i === dims.length - 1 ? { ...d, size: d.size / 4 } : { size: d.size, from: d.from / 4, to: d.to / 4 });
  // A long single run is folded, because one row of workgroups has its limit.
  dims = dims.flatMap((d) => d.size > 1 << 20 ? fold(d) : [d]);
  dims = arranged(dims, vector);
  if (dims.length > 6) throw new ShapeError(`copy: shape ${formatShape(source.shape)} with these strides needs more than 6 dimensions; copy it in two steps`);
  const size = dims.map((d) => d.size);
  const from = dims.map((d) => d.from);
  const to = dims.map((d) => d.to);
  const [sourceReach, destinationReach] = [reach(source), destination.isContiguous && destination.isAligned ? { binding: destination.extent, offset: 0 } : reach(destination)];
  const [rows = 1, columns = 1] = size.slice(4);
  // Long rows run along x alone; short ones share a workgroup.
  const [WX, WY] = columns >= 32 ? [64, 1] : [8, 8];
  const kernel = source.dtype === 'float16' ? (vector ? stridedF16Vec4 : stridedF16) : vector ? stridedVec4 : strided;
  source.device.dispatch(kernel, {
    overrides: { WX, WY, ACCUMULATE: accumulates ? 1 : 0 },
    buffers: { source: sourceReach.binding, destination: destinationReach.binding },
    params: {
      size: [...size.slice(1, 4), size.slice(1, 4).every((n) => n === 1) ? 1 : 0],
      inner_size: size.slice(4),
      offset: [sourceReach.offset / unit, destinationReach.offset / unit],
      source_stride: from.slice(0, 4),
      destination_stride: to.slice(0, 4),
      source_inner: from.slice(4),
      destination_inner: to.slice(4),
    },
    groups: [Math.ceil(columns / WX), Math.ceil(rows / WY), size.slice(0, 4).reduce((a, b) => a * b, 1)],
  });
}

/** Six dimensions, the two that make the best grid last: a long innermost run stays innermost; else the largest go there. */
function arranged(dims: readonly Step[], vector: boolean): Step[] {
  const runs = dims.at(-1);
  const keep = runs && (vector || runs.size >= 8) ? [runs] : [];
  const rest = [...dims.slice(0, dims.length - keep.length)].sort((a, b) => a.size - b.size);
  const six = [...rest, ...keep];
  const outer = six.splice(0, six.length - 2);
  // The largest of the outer ones comes first: alone, it needs no division.
  outer.reverse();
  const one = { size: 1, from: 0, to: 0 };
  while (outer.length < 4) outer.push(one);
  while (six.length < 2) six.unshift(one);
  return [...outer, ...six];
}

function fold(d: Step): Step[] {
  for (let parts = Math.ceil(d.size / (1 << 20)); parts <= 4096; parts++) {
    if (d.size % parts === 0) return [{ size: parts, from: d.from * (d.size / parts), to: d.to * (d.size / parts) }, { ...d, size: d.size / parts }];
  }
  return [d];
}

/**
 * Adds `source` into `destination`, in place and off the tape: for gradients and running sums. Shapes are equal.
 * @throws ShapeError, DTypeError, and TensorError when both share memory or elements of the destination share their place
 */
export function accumulate(destination: Tensor, source: Tensor): void {
  write('accumulate', destination, source, true);
}

/**
 * Puts the values of `source` into `destination`, in place and off the tape: for parameters and what is kept of them. Shapes are equal. PyTorch: `Tensor.copy_`.
 * @throws ShapeError, DTypeError, and TensorError when both share memory or elements of the destination share their place
 */
export function assign(destination: Tensor, source: Tensor): void {
  write('assign', destination, source, false);
}

function write(operation: string, destination: Tensor, source: Tensor, accumulates: boolean): void {
  checkDevices(operation, destination, source);
  checkDType(operation, destination, 'float32');
  checkDType(operation, source, 'float32');
  if (destination.storage === source.storage) throw new TensorError(`${operation}: source and destination share their memory; copy the source first`);
  if (destination.strides.some((stride, i) => stride === 0 && destination.shape[i] !== 1)) throw new TensorError(`${operation}: the destination ${formatShape(destination.shape)} is expanded: several elements share one place`);
  move(source, destination, accumulates);
}

/** A contiguous tensor of the same values; the tensor itself if it is one already. */
export function contiguous(x: Tensor): Tensor {
  return x.isContiguous && x.isAligned ? x : copy(x);
}

/** A tensor of the same values that is stored without gaps, in any order of dimensions; the tensor itself if it is one already. */
export function dense(x: Tensor): Tensor {
  return x.isDense && x.isAligned ? x : contiguous(x);
}

/** A contiguous copy. */
export function copy(x: Tensor): Tensor {
  const out = empty(x.device, x.shape, x.dtype);
  move(x, out);
  return record(out, 'copy', [x], (g) => [g]);
}

/** A view on the tape. `inverse` turns the gradient of the view into that of `x`. @param seen see `TapeNode` */
export function viewOf(x: Tensor, operation: string, view: View, inverse: (gradient: Tensor) => Tensor, attributes: Details['attributes'] = {}, seen?: TapeNode['seen']): Tensor {
  return record(x.view(view), operation, [x], (g) => [inverse(g)], { attributes }, seen);
}
