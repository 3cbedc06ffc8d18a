/**
 * What the runner and an engine's process say to each other: a line of JSON each, over standard input and output. Answers begin with a mark, since drivers
 * and libraries write to standard output too. Arrays go by file, raw and little-endian.
 */
import type { Work } from './work.ts';

export const ANSWER = '@answer ';

/** A case whose arrays lie in a folder, each as `NAME.bin`. */
export interface StoredWork extends Omit<Work, 'arrays'> {
  readonly folder: string;
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: 'float32' | 'int32' }[];
}

export type Request =
  | { readonly do: 'prepare'; readonly work: StoredWork }
  /** `count` times so many steps at once, waited for together and timed where they are done: milliseconds a step. */
  | { readonly do: 'step'; readonly count: number; readonly atOnce: number }
  /** Writes what was computed as float32. */
  | { readonly do: 'read'; readonly file: string };

/** The first is said unasked, when the engine is there; each other answers a request. After an error the process ends. */
export interface Reply {
  readonly version?: string;
  readonly adapter?: string;
  readonly ms?: readonly number[];
  readonly error?: string;
}
