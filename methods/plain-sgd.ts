/** Plain SGD of a whole model, with the gradients that lie in its arenas. */
import { SGD } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import { headOptimizers } from './heads.ts';

/** A step of the trunk, and of the heads of the tasks named. */
export function plainSGD(model: MultiTaskModel, lr: number): (tasks: readonly string[]) => void {
  const trunk = new SGD(model.shared, { lr });
  const heads = headOptimizers(model, lr);
  return (tasks) => {
    trunk.step();
    for (const task of tasks) heads(task);
  };
}
