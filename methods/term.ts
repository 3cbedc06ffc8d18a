/** One batch of one task, as a method sees it. */
import { ConfigError } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { Views } from '../models/index.ts';

export interface Term {
  readonly task: string;
  /** Samples. */
  readonly size: number;
  /** The model's outputs for the batch, `[size, outputs]`, with its own parameters or with others in their place. */
  outputs(views?: Views): Tensor;
  /** The mean loss of the batch, shape [], on the tape. The first of a step is the one that counts for the epoch's mean. */
  loss(views?: Views): Tensor;
  /** Of the samples from `begin` to before `end`. Its losses do not count for the epoch's mean. */
  part(begin: number, end: number): Term;
}

/** In the order of the tasks, whatever that of the batches. @throws ConfigError for a task without a batch */
export function eachTask(tasks: readonly string[], terms: readonly Term[]): readonly Term[] {
  return tasks.map((task) => {
    const term = terms.find((candidate) => candidate.task === task);
    if (!term) throw new ConfigError(`task ${task} has no batch: the method needs one of each task in every step`);
    return term;
  });
}
