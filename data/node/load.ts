/** Loading a data set: find it, read it, keep as much of it as is asked for. */
import { ConfigError, DataError } from '../../engine/errors.ts';
import { checkTask } from '../check-task.ts';
import { streamKey } from '../shuffle.ts';
import { sample } from '../split.ts';
import type { Dataset, Split, Task } from '../task.ts';
import { dataFolders } from './data-folders.ts';
import { findSet, loaderOf } from './loaders.ts';
import type { Progress, SetLoader } from './set.ts';

export interface LoadOptions {
  /** A folder with the data sets, looked in before `LAZYGRAD_DATA`. */
  readonly directory?: string;
  /** Per task at most `limit` training, `limit / 4` validation and `limit / 2` test samples (rounded up), each class in proportion; at least 1. Default: all. */
  readonly limit?: number;
  /** Of texts, the longest that a sample can have, in tokens, at most 512: what is longer loses its end. Default: the set's own. Other sets pay it no heed. */
  readonly tokens?: number;
  /** Decides the splits that the set does not come with, and the samples that `limit` keeps; an integer in [0, 2^53). */
  readonly seed: number;
  readonly onProgress?: Progress;
  /** Told what a user should know of the data, such as that texts were cut: a sentence without its dot. */
  readonly onNote?: (text: string) => void;
  /** Other ways to find sets of the registry, for when theirs finds nothing. */
  readonly loaders?: readonly SetLoader[];
}

/**
 * Loads every task of a data set.
 * @param name one of `DATASETS`
 * @throws {ConfigError} an unknown name, or a limit, a number of tokens or a seed out of range
 * @throws {DataError} samples that are nowhere to be found, or a damaged file
 */
export async function loadDataset(name: string, { directory, limit, loaders = [], ...options }: LoadOptions): Promise<Dataset> {
  if (limit !== undefined && (!Number.isSafeInteger(limit) || limit < 1)) throw new ConfigError(`limit: expected an integer of at least 1, got ${limit}`);
  if (options.tokens !== undefined && (!Number.isSafeInteger(options.tokens) || options.tokens < 1 || options.tokens > 512)) throw new ConfigError(`tokens: expected an integer from 1 to 512, got ${options.tokens}`);
  const loader = loaderOf(name);
  const folders = dataFolders(directory);
  const found = findSet(name, folders, loaders);
  if (!found) throw new DataError(`${name}: not found: looked in ${folders.join(', ') || 'no folder: none is set'}. To have it, ${loader.wanted}, and give DIR with --data or LAZYGRAD_DATA`);
  const tasks = await found.load({ ...options, ...(limit === undefined ? {} : { limit }) });
  return { name, tasks: tasks.map((task) => checkTask(limit === undefined ? task : limited(task, limit, options.seed))) };
}

/** The task with at most `limit` training, `limit / 4` validation and `limit / 2` test samples, as `LoadOptions` says. */
export function limited(task: Task, limit: number, seed: number): Task {
  const keep = (part: 'train' | 'validation' | 'test', count: number): Split => sample(task[part], Math.ceil(count), streamKey(seed, 'limit', task.name, part));
  return { ...task, train: keep('train', limit), validation: keep('validation', limit / 4), test: keep('test', limit / 2) };
}
