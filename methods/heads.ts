/** The heads of a model: whether they suit the tasks, and how they are trained. */
import type { Task } from '../data/index.ts';
import { ConfigError, SGD } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';

/** @throws ConfigError for a task whose head is of another kind or width, or is not there */
export function checkHeads({ tasks: heads }: MultiTaskModel, tasks: readonly Pick<Task, 'name' | 'kind' | 'classes'>[]): void {
  for (const { name, kind, classes } of tasks) {
    const head = heads.get(name);
    if (head?.kind !== kind || head.outputs !== classes) throw new ConfigError(`task ${name} needs a head of kind ${kind} with ${classes} outputs; the model has ${head ? `one of kind ${head.kind} with ${head.outputs}` : 'none'}`);
  }
}

/** Heads take a plain SGD step with the gradients of their own task, whatever the method does to the trunk. */
export function headOptimizers(model: MultiTaskModel, lr: number): (task: string) => void {
  const optimizers = new Map([...model.heads].map(([task, arena]) => [task, new SGD(arena, { lr })]));
  return (task) => {
    const optimizer = optimizers.get(task);
    if (!optimizer) throw new ConfigError(`the model has no head for task ${task}`);
    optimizer.step();
  };
}
