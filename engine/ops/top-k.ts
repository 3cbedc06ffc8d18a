/** Values in order along an axis, and their places. */
import { ShapeError } from '../errors.ts';
import { formatShape, normalizeAxis, sizeOf } from '../layout.ts';
import { report } from '../reports.ts';
import type { Tensor } from '../tensor.ts';
import { take } from './indexing/take.ts';
import { permute, reshape } from './shape.ts';
import { placesOf, sortedPairs } from './sorted.ts';
import { contiguous } from './strided.ts';

/** The values, on the tape, and their places along the axis, int32. */
export type Ordered = Readonly<Record<'values' | 'indices', Tensor>>;

/** The first `keep` along an axis. */
function ordered(operation: string, x: Tensor, axis: number, keep: number, descending: boolean): Ordered {
  const count = x.shape[axis] ?? 1;
  const others = x.shape.map((_, d) => d).filter((d) => d !== axis);
  const rows = sizeOf(others.map((d) => x.shape[d] ?? 1));
  const flat = contiguous(reshape(permute(x, [...others, axis]), [rows, count]));
  const pairs = sortedPairs(flat.detach(), rows, count, { keep, descending });
  const places = placesOf(pairs);
  const picks = { operation, index: places, each: true, outer: rows, size: count, count: keep, inner: 1, expectation: `internal: ${operation}` };
  const back = (y: Tensor): Tensor => permute(reshape(y, [...others.map((d) => x.shape[d] ?? 1), keep]), x.shape.map((_, d) => d === axis ? x.rank - 1 : others.indexOf(d)));
  return { values: back(take(reshape(flat, [rows, count, 1]), picks)), indices: back(places) };
}

export interface TopKOptions {
  /** Default: the last. */
  readonly axis?: number;
  /** The largest (the default) or the smallest values. */
  readonly largest?: boolean;
}

/**
 * The k largest (or smallest) values along an axis, best first, and their places. Of equal values the one with the lower index comes first; -0 equals 0; a NaN
 * counts as larger than all numbers. float32 or integers. Differentiable in `values`. PyTorch: `torch.topk`, always sorted.
 * @throws ShapeError when the axis is out of range or has fewer than k places
 */
export function topK(x: Tensor, k: number, { axis = -1, largest = true }: TopKOptions = {}): Ordered {
  const along = normalizeAxis('topK', axis, x.rank);
  const size = x.shape[along] ?? 0;
  if (!Number.isInteger(k) || k < 0 || k > size) throw new ShapeError(`topK: expected k from 0 to ${size}, the size of axis ${along} of ${formatShape(x.shape)}, got ${k}`);
  const found = ordered('topK', x, along, k, largest);
  report('topK', [x], [found.values, found.indices], { attributes: { axis: along, k, largest } });
  return found;
}

export interface SortOptions {
  /** Default: the last. */
  readonly axis?: number;
  /** Default: ascending. */
  readonly descending?: boolean;
}

/**
 * All values along an axis in order, and their places. Equal values keep their order; -0 equals 0; a NaN counts as larger than all numbers. float32 or
 * integers. Differentiable in `values`. PyTorch: `torch.sort` with `stable`.
 * @throws ShapeError when the axis is out of range
 */
export function sort(x: Tensor, { axis = -1, descending = false }: SortOptions = {}): Ordered {
  const along = normalizeAxis('sort', axis, x.rank);
  const found = ordered('sort', x, along, x.shape[along] ?? 0, descending);
  report('sort', [x], [found.values, found.indices], { attributes: { axis: along, descending } });
  return found;
}
