/** A stable sort on the device, by merging: see `kernels/sort.wgsl`. */
import kernel from '../../kernels/sort.wgsl';
import { Tensor, empty } from '../tensor.ts';
import type { DType } from '../tensor.ts';
import { cast } from './cast.ts';
import { linearGroups } from './grid.ts';
import { copy } from './strided.ts';

/** Numbers of the types inside the kernel. */
const TYPES: Record<Exclude<DType, 'float16'>, number> = { float32: 0, int32: 1, uint32: 2, bool: 2 };
/** The first step makes runs of so many values, by comparing each with each; later ones merge so many runs at a time. */
const FIRST = 16;
const WAYS = 4;

export interface SortedPairsOptions {
  /** Only so many from the front of every lane; default: all. */
  readonly keep?: number;
  readonly descending?: boolean;
}

/**
 * Sorts lanes of contiguous values `[lanes, count]`: uint32 pairs (key, place on the lane) `[lanes, keep, 2]`. Keys are ordered as the values are
 * (a NaN above all), those of uint32 are the values themselves. Of equal values the lower place comes first. Off the tape.
 */
export function sortedPairs(values: Tensor, lanes: number, count: number, { keep = count, descending = false }: SortedPairsOptions = {}): Tensor {
  if (values.dtype === 'float16') return sortedPairs(cast(values, 'float32'), lanes, count, { keep, descending });
  const { device } = values;
  if (lanes * keep === 0) return empty(device, [lanes, keep, 2], 'uint32');
  let pairs: Tensor | null = null;
  for (let run = 1, left = count; ; ) {
    const ways = pairs ? WAYS : FIRST;
    const merged = Math.min(run * ways, keep);
    const kept = Math.floor(left / (run * ways)) * merged + Math.min(left % (run * ways), keep);
    const y: Tensor = empty(device, [lanes, kept, 2], 'uint32');
    const params = { elements: lanes * left, count: left, run, ways, keep, kept };
    const groups = linearGroups(lanes * left, 64);
    const overrides = { TYPE: TYPES[values.dtype], DESCENDING: descending ? 1 : 0 };
    if (pairs) device.dispatch(kernel, { entry: 'merge', buffers: { pairs: pairs.binding, y: y.binding }, params, groups });
    else device.dispatch(kernel, { entry: 'first', overrides, buffers: { values: values.binding, y: y.binding }, params, groups });
    if (kept <= merged) return y;
    pairs = y;
    run = merged;
    left = kept;
  }
}

/** The places out of pairs: int32 `[lanes, keep]`. */
export function placesOf({ device, storage, shape: [lanes = 0, keep = 0] }: Tensor): Tensor {
  return copy(new Tensor(device, storage, 'int32', { shape: [lanes, keep], strides: [2 * keep, 2], offset: 1 }));
}
