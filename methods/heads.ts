/** Heads take a plain SGD step with the gradients of their own task, whatever the method does to the trunk. */
import { ConfigError, SGD } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';

export function headOptimizers(model: MultiTaskModel, lr: number): (task: string) => void {
  const optimizers = new Map([...model.heads].map(([task, arena]) => [task, new SGD(arena, { lr })]));
  return (task) => {
    const optimizer = optimizers.get(task);
    if (!optimizer) throw new ConfigError(`the model has no head for task ${task}`);
    optimizer.step();
  };
}
