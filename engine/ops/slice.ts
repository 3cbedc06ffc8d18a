/** Parts of a tensor along its axes. */
import { ShapeError } from '../errors.ts';
import { formatShape, normalizeAxis } from '../layout.ts';
import { record } from '../recording.ts';
import { zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { copy, move, viewOf } from './strided.ts';

/** Which places of one axis: `start` (default 0) up to but without `end` (default: to the end); negative ones count from the end. */
export interface Range {
  readonly start?: number;
  readonly end?: number;
  /** A whole number from 1; default 1. */
  readonly step?: number;
}

/** Places `start + step * i`, for i below `count`, of every axis. */
interface Places {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** The view that holds those places, off the tape. */
function viewAt(x: Tensor, places: readonly Places[]): Tensor {
  return x.view({
    shape: places.map(({ count }) => count),
    strides: places.map(({ step }, d) => step * (x.strides[d] ?? 0)),
    offset: places.reduce((at, { start, count }, d) => at + (count === 0 ? 0 : start * (x.strides[d] ?? 0)), x.offset),
  });
}

function pick(x: Tensor, operation: string, places: readonly Places[]): Tensor {
  return viewOf(x, operation, viewAt(x, places), (g) => put(g, operation, x.shape, places));
}

/** Zeros with `x` at those places: the derivative of `pick`, and the other way round. */
function put(x: Tensor, operation: string, shape: readonly number[], places: readonly Places[]): Tensor {
  const out = zeros(x.device, shape, { dtype: x.dtype });
  move(x.detach(), viewAt(out, places));
  return record(out, operation, [x], (g) => [pick(g, operation, places)]);
}

function placesOf(x: Tensor, d: number, { start = 0, end, step = 1 }: Range): Places {
  const size = x.shape[d] ?? 0;
  for (const value of [start, end ?? 0]) if (!Number.isInteger(value)) throw new ShapeError(`slice: expected whole numbers, got ${value} for axis ${d} of ${formatShape(x.shape)}`);
  if (!Number.isInteger(step) || step < 1) throw new ShapeError(`slice: expected a step of at least 1, got ${step} for axis ${d} of ${formatShape(x.shape)}`);
  const first = start < 0 ? start + size : start;
  const last = end === undefined ? size : end < 0 ? end + size : end;
  if (first < 0 || first > size || last < 0 || last > size) throw new ShapeError(`slice: expected places from ${-size} to ${size}, got ${start} to ${end ?? 'the end'} for axis ${d} of ${formatShape(x.shape)}`);
  return { start: first, step, count: Math.max(0, Math.ceil((last - first) / step)) };
}

/**
 * One range for each leading axis, null for all of it; the rest stays whole. A view. PyTorch: `x[start:end:step, ...]`.
 * @throws ShapeError when a range reaches past its axis
 */
export function slice(x: Tensor, ranges: readonly (Range | null)[]): Tensor {
  if (ranges.length > x.rank) throw new ShapeError(`slice: expected at most ${x.rank} ranges, got ${ranges.length} for ${formatShape(x.shape)}`);
  return pick(x, 'slice', x.shape.map((_, d) => placesOf(x, d, ranges[d] ?? {})));
}

/** Reverses the order along axes. Copies. PyTorch: `torch.flip`. @throws ShapeError when an axis is out of range */
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  const turned = axes.map((axis) => normalizeAxis('flip', axis, x.rank));
  const places = x.shape.map((count, d) => turned.includes(d) ? { start: Math.max(0, count - 1), step: -1, count } : { start: 0, step: 1, count });
  return record(copy(viewAt(x.detach(), places)), 'flip', [x], (g) => [flip(g, axes)]);
}
