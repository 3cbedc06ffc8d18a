/** Tensors joined along an axis, and taken apart again. */
import { DTypeError, ShapeError } from '../errors.ts';
import { contiguousStrides, formatShape, normalizeAxis, sameShape } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDevices, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { reshape } from './shape.ts';
import { slice } from './slice.ts';
import { move } from './strided.ts';

/** The part of `x` from `start` to `end` along one axis. */
function part(x: Tensor, axis: number, start: number, end: number): Tensor {
  return slice(x, x.shape.map((_, d) => d === axis ? { start, end } : null));
}

/**
 * Joins tensors along an axis; all other sizes are equal. PyTorch: `torch.cat`.
 * @throws ShapeError, DTypeError
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError('concat: expected at least one tensor, got none');
  checkDevices('concat', ...tensors);
  const along = normalizeAxis('concat', axis, first.rank);
  for (const t of tensors) {
    if (t.dtype !== first.dtype) throw new DTypeError(`concat: expected ${first.dtype} as in the first tensor, got ${t.dtype}; convert with cast`);
    if (t.rank !== first.rank || t.shape.some((size, d) => d !== along && size !== first.shape[d])) throw new ShapeError(`concat: expected shapes equal but for axis ${along}, got ${formatShape(first.shape)} and ${formatShape(t.shape)}`);
  }
  const ends: number[] = [];
  for (const t of tensors) ends.push((ends.at(-1) ?? 0) + (t.shape[along] ?? 0));
  const out = empty(first.device, first.shape.map((size, d) => d === along ? ends.at(-1) ?? 0 : size), first.dtype);
  tensors.forEach((t, i) => { move(t.detach(), part(out, along, ends[i - 1] ?? 0, ends[i] ?? 0)); });
  return record(out, 'concat', tensors, (g) => tensors.map((_, i) => part(g, along, ends[i - 1] ?? 0, ends[i] ?? 0)), { attributes: { axis: along } });
}

/** Tensors of one type as one, without a copy: null unless each follows the one before in memory. */
function neighbours(tensors: readonly Tensor[]): Tensor | null {
  const [first] = tensors;
  let end = first?.offset;
  for (const t of tensors) {
    if (!t.isContiguous || t.storage !== first?.storage || t.offset !== end) return null;
    end += t.size;
  }
  const [, ...row] = first?.shape ?? [];
  const shape = [tensors.reduce((rows, t) => rows + (t.shape[0] ?? 0), 0), ...row];
  return first?.view({ shape, strides: contiguousStrides(shape), offset: first.offset }) ?? null;
}

/**
 * As `concat` along the first axis, but of tensors that follow one another in memory, as parameters of an arena may, a view. PyTorch: `torch.cat`.
 * @throws ShapeError, DTypeError
 */
export function joined(tensors: readonly Tensor[]): Tensor {
  const view = neighbours(tensors);
  if (!view) return concat(tensors);
  const sizes = tensors.map((t) => t.shape[0] ?? 0);
  return record(view, 'concat', tensors, (g) => split(g, sizes), { attributes: { axis: 0 } }, neighbours);
}

/**
 * Joins tensors of equal shape along a new axis. PyTorch: `torch.stack`.
 * @throws ShapeError, DTypeError
 */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  if (!first) throw new ShapeError('stack: expected at least one tensor, got none');
  for (const t of tensors) if (!sameShape(t.shape, first.shape)) throw new ShapeError(`stack: expected equal shapes, got ${formatShape(first.shape)} and ${formatShape(t.shape)}`);
  const at = normalizeAxis('stack', axis, first.rank + 1);
  return concat(tensors.map((t) => reshape(t, [...t.shape.slice(0, at), 1, ...t.shape.slice(at)])), at);
}

/**
 * Takes a tensor apart along an axis, into parts of the given sizes. Views. PyTorch: `torch.split`.
 * @throws ShapeError unless the sizes add up to the axis's
 */
export function split(x: Tensor, sizes: readonly number[], axis = 0): Tensor[] {
  const along = normalizeAxis('split', axis, x.rank);
  const total = sizes.reduce((a, b) => a + b, 0);
  if (sizes.some((size) => !Number.isInteger(size) || size < 0) || total !== x.shape[along]) throw new ShapeError(`split: expected whole sizes that add up to ${x.shape[along] ?? 0}, axis ${along} of ${formatShape(x.shape)}, got ${formatShape(sizes)}`);
  let start = 0;
  return sizes.map((size) => part(x, along, start, (start += size)));
}
