/** Splitting and sub-sampling: which samples go where is a function of the seed, and of the classes when stratified. */
import { ConfigError } from '../engine/errors.ts';
import { isSource, selectSource } from './input-source.ts';
import type { Inputs } from './input-source.ts';
import { shuffled } from './shuffle.ts';
import type { Split } from './task.ts';

/**
 * An order in which every run of samples holds each class close to its share of the whole: with classes of one size,
 * each class's count in a prefix is within one of every other's. Missing classes are a class of their own.
 * @param targets one class or label per sample
 * @param key see `streamKey`
 */
export function stratifiedOrder(targets: Split['targets'], key: number): Uint32Array {
  const count = new Map<number, number>();
  for (const target of targets) count.set(target, (count.get(target) ?? 0) + 1);
  const seen = new Map<number, number>();
  // Sample number r of a class of n stands at (r + 1/2) / n of the way through.
  const place = new Float64Array(targets.length);
  const order = shuffled(targets.length, key);
  for (const sample of order) {
    const target = targets[sample] ?? 0;
    const rank = seen.get(target) ?? 0;
    seen.set(target, rank + 1);
    place[sample] = (rank + 0.5) / (count.get(target) ?? 1);
  }
  // Sorting is stable: classes of one size keep their shuffled order among themselves.
  return order.sort((a, b) => (place[a] ?? 0) - (place[b] ?? 0));
}

/**
 * Cuts a split into disjoint parts; samples past the sum of `sizes` go nowhere.
 * @param sizes samples per part; their sum is at most `split.length`
 * @param key the random stream, see `streamKey`
 * @param stratify keep each class's share in every part; for samples with one target each, others are only shuffled
 * @throws {ConfigError} a size is not a whole number, or the parts need more samples than there are
 */
export function partition<I extends Inputs>(split: Split<I>, sizes: readonly number[], key: number, stratify = false): Split<I>[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0) || total > split.length) {
    throw new ConfigError(`parts of ${sizes.join(' + ')} samples: expected whole numbers with a sum of at most ${split.length}`);
  }
  const order = stratify && split.targets.length === split.length ? stratifiedOrder(split.targets, key) : shuffled(split.length, key);
  let start = 0;
  return sizes.map((size) => {
    const part = take(split, order.subarray(start, start + size));
    start += size;
    return part;
  });
}

/**
 * At most `count` samples, each class close to its share of the whole where samples have one target each; the split itself when it has no more than that.
 * @param key the random stream, see `streamKey`
 * @throws {ConfigError} `count` is not a whole number
 */
export function sample<I extends Inputs>(split: Split<I>, count: number, key: number): Split<I> {
  if (count >= split.length) return split;
  const [part] = partition(split, [count], key, true);
  return part ?? split;
}

/**
 * The samples at `indices`, in that order: copied, or of an `InputSource` a selection.
 * @throws {ConfigError} an index is not below `split.length`
 */
export function take<I extends Inputs>(split: Split<I>, indices: Uint32Array): Split<I> {
  const from: Inputs = split.inputs;
  const size = split.length === 0 ? 0 : from.length / split.length;
  const width = split.length === 0 ? 0 : split.targets.length / split.length;
  const targets = sameType(split.targets, indices.length * width);
  const inputs = isSource(from) ? selectSource(from, indices, size) : sameType(from, indices.length * size);
  indices.forEach((index, to) => {
    if (index >= split.length) throw new ConfigError(`sample ${index}: expected an index below ${split.length}`);
    if (!isSource(inputs) && !isSource(from)) inputs.set(from.subarray(index * size, (index + 1) * size), to * size);
    targets.set(split.targets.subarray(index * width, (index + 1) * width), to * width);
  });
  return { length: indices.length, inputs: inputs as I, targets };
}

function sameType<T extends Uint8Array | Int32Array | Float32Array>(array: T, length: number): T {
  return new (array.constructor as new (length: number) => T)(length);
}
