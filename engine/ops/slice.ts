/** Parts of a tensor along its axes. */
import { ShapeError } from '../errors.ts';
import { formatShape, normalizeAxis } from '../layout.ts';
import { record } from '../recording.ts';
import { zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { copy, move } from './strided.ts';

/**
 * Which places of one axis: `start`, `start + step`, ... up to but without `end`. By default the whole axis, in the direction of the step. Negative
 * starts and ends count from the end of the axis, so a backward range that is to reach place 0 leaves `end` out.
 */
export interface Range {
  readonly start?: number;
  readonly end?: number;
  /** A whole number, not 0; default 1. */
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

/** Those axes of which a part is taken, with their places. */
function partial(x: Tensor, places: readonly Places[]): (Places & { readonly axis: number })[] {
  return places.map((place, axis) => ({ axis, ...place })).filter(({ axis, start, step, count }) => start !== 0 || step !== 1 || count !== x.shape[axis]);
}

/** A view, but for backward steps, which kernels and read-backs do not expect in a view: then a copy. */
function pick(x: Tensor, operation: string, places: readonly Places[]): Tensor {
  const view = viewAt(x.detach(), places);
  const out = places.some(({ step }) => step < 0) ? copy(view) : view;
  return record(out, operation, [x], (g) => [put(g, operation, x.shape, places)], { attributes: { places: partial(x, places) } });
}

/** Zeros with `x` at those places: the derivative of `pick`, and the other way round. */
function put(x: Tensor, operation: string, shape: readonly number[], places: readonly Places[]): Tensor {
  const out = zeros(x.device, shape, { dtype: x.dtype });
  move(x.detach(), viewAt(out, places));
  return record(out, operation, [x], (g) => [pick(g, operation, places)]);
}

function placesOf(x: Tensor, d: number, { start, end, step = 1 }: Range): Places {
  const size = x.shape[d] ?? 0;
  const axis = `axis ${d} of ${formatShape(x.shape)}`;
  for (const value of [start ?? 0, end ?? 0]) if (!Number.isInteger(value)) throw new ShapeError(`slice: expected whole numbers, got ${value} for ${axis}`);
  if (!Number.isInteger(step) || step === 0) throw new ShapeError(`slice: expected a step that is a whole number and not 0, got ${step} for ${axis}`);
  const place = (value: number): number => value < 0 ? value + size : value;
  const backward = step < 0;
  const first = start === undefined ? backward ? size - 1 : 0 : place(start);
  const last = end === undefined ? backward ? -1 : size : place(end);
  // A backward range starts at a place, a forward one may start behind the last.
  const most = backward && start !== undefined ? size - 1 : size;
  if ((start !== undefined && first < 0) || first > most || (end !== undefined && last < 0) || last > size) throw new ShapeError(`slice: expected places from ${-size} to ${most}, got ${start ?? 'the start'} to ${end ?? 'the end'} for ${axis}`);
  return { start: first, step, count: Math.max(0, Math.ceil((last - first) / step)) };
}

/**
 * One range for each leading axis, null for all of it; the rest stays whole. A view, but a copy when a step is negative. NumPy and, for positive
 * steps, PyTorch: `x[start:end:step, ...]`.
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
