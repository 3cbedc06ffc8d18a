/** One batch of one task, as a method sees it. */
import { ConfigError, slice } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { ForwardOptions, MultiTaskModel } from '../models/index.ts';
import { taskLoss } from './losses.ts';
import type { LossTask } from './losses.ts';

export interface Term {
  readonly task: string;
  /** Samples. */
  readonly size: number;
  /** The model's outputs for the batch, `[size, outputs]`, with its own parameters or with others in their place, and with its layers observed. */
  outputs(options?: ForwardOptions): Tensor;
  /** The mean loss of the batch, shape [], on the tape. The first of a step is the one that counts for the epoch's mean. */
  loss(options?: ForwardOptions): Tensor;
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

export interface TermOptions {
  readonly model: MultiTaskModel;
  readonly task: LossTask & { readonly name: string };
  readonly inputs: Tensor;
  readonly targets: Tensor;
  /** Whether targets may be missing; default true. */
  readonly missing?: boolean;
  /** Takes the sum of the samples' losses, once. */
  readonly count?: (sum: Tensor) => void;
}

/** A batch on the device as a term. */
export function termOf({ count, ...options }: TermOptions): Term {
  const { model, task, inputs, targets, missing = true } = options;
  let counted = false;
  const outputs: Term['outputs'] = (forward) => model.forward(inputs, task.name, forward);
  return {
    task: task.name,
    size: inputs.shape[0] ?? 0,
    outputs,
    loss(forward) {
      const { mean, sum } = taskLoss(task, outputs(forward), targets, missing);
      if (!counted) count?.(sum);
      counted = true;
      return mean;
    },
    part: (start, end) => termOf({ ...options, inputs: slice(inputs, [{ start, end }]), targets: slice(targets, [{ start, end }]) }),
  };
}
