/** How a data set of the registry is found among folders and read. */
import type { DatasetInfo, TaskInfo } from '../registry.ts';
import type { Task } from '../task.ts';

export interface ReadOptions {
  /** Decides the splits that the set does not come with; an integer in [0, 2^53). */
  readonly seed: number;
  /** At most so many training samples will be kept, and fewer of the others: a hint. */
  readonly limit?: number;
  /** Of texts, the longest that a sample can have, in tokens: what is longer loses its end. Default: the set's own. */
  readonly tokens?: number;
  /** Told now and then how far long work is. */
  readonly onProgress?: Progress;
  /** Told what a user should know of the data, such as that texts were cut: a sentence without its dot. */
  readonly onNote?: (text: string) => void;
}

/** @param done of `total`, in whatever unit suits @param what is being done */
export type Progress = (done: number, total: number, what: string) => void;

export interface FoundSet {
  /** Where the samples lie; several folders are joined as in PATH. */
  readonly path: string;
  /** Where they are not those of the registry. */
  readonly tasks?: readonly TaskInfo[];
  /** What of the registry's entry does not hold for these samples. */
  readonly about?: Partial<Pick<DatasetInfo, 'size' | 'licence' | 'source'>>;
  /** @throws {DataError} a damaged file */
  load(options: ReadOptions): Promise<readonly Task[]>;
}

export interface SetLoader {
  /** Of a data set in the registry. */
  readonly name: string;
  /** What to put where, a sentence without its dot: the end of the error when nothing is found. */
  readonly wanted: string;
  /**
   * Looks at names of files only.
   * @param folders in the order in which they count
   */
  find(folders: readonly string[]): FoundSet | null;
}
