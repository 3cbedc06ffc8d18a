/** What a data set is to the rest of the program: tasks, each with three splits held on the host. */
import type { TaskKind } from '../models/heads.ts';
import type { Inputs } from './input-source.ts';

export type { TaskKind } from '../models/heads.ts';

/** @typeParam I narrows what the inputs are: `Split<InputArray>` is in memory */
export interface Split<I extends Inputs = Inputs> {
  /** Number of samples. */
  readonly length: number;
  /** Row-major samples, `length * product(inputShape)` values; see `InputArray` and, for what does not fit into memory, `InputSource`. */
  readonly inputs: I;
  /**
   * Row-major, with what is missing marked as such. `multiclass`: an Int32Array with a class in [0, classes) for each sample, -1 where it is missing.
   * All others: a Float32Array `[length, classes]` with NaN where a value is missing: 0 or 1 for `binary` and `multilabel`, any number for `regression`.
   */
  readonly targets: Int32Array | Float32Array;
}

export interface Task {
  readonly name: string;
  readonly kind: TaskKind;
  /** Width of the task's output: its number of classes, of labels (1 for `binary`), or of numbers for a regression. */
  readonly classes: number;
  /** Shape of one sample, channels first: `[1, 28, 28]` for a grey image. Tasks of one data set may differ. */
  readonly inputShape: readonly number[];
  /** For a regression: beyond this difference the loss grows as a line, as Huber's does. Default: never, it is the square. */
  readonly huberDelta?: number;
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
}

export interface Dataset {
  readonly name: string;
  readonly tasks: readonly Task[];
}

/** The target of a class that is missing. Other targets are NaN then. */
export const MISSING_CLASS = -1;

/** Targets that one sample has. */
export function targetsPerSample({ kind, classes }: Pick<Task, 'kind' | 'classes'>): number {
  return kind === 'multiclass' ? 1 : classes;
}

/** How many targets are there. */
export function countTargets(targets: Split['targets']): number {
  let there = 0;
  for (const target of targets) if (targets instanceof Int32Array ? target !== MISSING_CLASS : !Number.isNaN(target)) there++;
  return there;
}
