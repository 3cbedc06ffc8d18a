/** Inputs that are read on demand give what inputs in memory give. */
import { expect, test } from 'vitest';
import { batches, partition, sample, stepsPerEpoch, streamBatches, take } from '../../data/index.ts';
import type { InputArray, InputSource, Split } from '../../data/index.ts';
import { ConfigError } from '../../engine/errors.ts';
import { collect } from '../support/collect.ts';

const SIZE = 3;
const LENGTH = 23;

/** A source over an array, which counts what is read and answers late. */
function sourceOf(values: InputArray): InputSource & { readonly asked: number[][] } {
  const asked: number[][] = [];
  const type = values instanceof Uint8Array ? 'uint8' : values instanceof Int32Array ? 'int32' : 'float32';
  return {
    type, length: values.length, id: 'memory', asked,
    async read(samples, into) {
      asked.push([...samples]);
      await Promise.resolve();
      samples.forEach((from, to) => into.set(values.subarray(from * SIZE, (from + 1) * SIZE), to * SIZE));
    },
  };
}

const ARRAYS: readonly InputArray[] = [
  Uint8Array.from({ length: LENGTH * SIZE }, (_, i) => (i * 37) % 256),
  Float32Array.from({ length: LENGTH * SIZE }, (_, i) => Math.sin(i)),
  Int32Array.from({ length: LENGTH * SIZE }, (_, i) => i * 1000),
];
const targets = Int32Array.from({ length: LENGTH }, (_, i) => i % 3);
const options = { batchSize: 5, seed: 3, epoch: 1 };

test.each(ARRAYS)('batches of $constructor.name are the same', async (values) => {
  const stored: Split<InputArray> = { length: LENGTH, inputs: values, targets };
  const source = sourceOf(values);
  const read: Split = { length: LENGTH, inputs: source, targets };
  const streamed = await collect(streamBatches(read, SIZE, options));
  expect(streamed).toHaveLength(stepsPerEpoch(LENGTH, 5));
  expect(streamed).toEqual([...batches(stored, SIZE, options)]);
  expect(await collect(streamBatches(stored, SIZE, { ...options, start: 2 }))).toEqual(streamed.slice(2));

  const key = 11;
  const parts = partition(read, [10, 8], key, true).map((part) => sample(take(part, Uint32Array.of(3, 0, 5, 6)), 3, key));
  const same = partition(stored, [10, 8], key, true).map((part) => sample(take(part, Uint32Array.of(3, 0, 5, 6)), 3, key));
  for (const [i, part] of parts.entries()) expect(await collect(streamBatches(part, SIZE, options))).toEqual([...batches(same[i]!, SIZE, options)]);
});

test('nothing is read before a batch is near, and a selection has a name of its own', async () => {
  const source = sourceOf(ARRAYS[1]!);
  const split: Split = { length: LENGTH, inputs: source, targets };
  const [first, second] = partition(split, [10, 10], 1);
  expect(source.asked).toEqual([]);
  const stream = streamBatches(split, SIZE, { ...options, batchSize: 2 });
  await stream.next();
  expect(source.asked.length).toBeLessThan(5);
  const ids = [split, first!, second!].map(({ inputs }) => ('id' in inputs ? inputs.id : ''));
  expect(new Set(ids).size).toBe(3);
});

test('what cannot be read is said where the batch would have come, and batches() says to stream', async () => {
  const source: InputSource = { ...sourceOf(ARRAYS[1]!), read: () => Promise.reject(new Error('disk')) };
  const split: Split = { length: LENGTH, inputs: source, targets };
  await expect(collect(streamBatches(split, SIZE, options))).rejects.toThrow('disk');
  expect(() => batches(split, SIZE, options)).toThrow(ConfigError);
});
