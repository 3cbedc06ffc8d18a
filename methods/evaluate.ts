/** Accuracy of a model on a split. */
import { countCorrect } from '../analysis/accuracy.ts';
import { batches } from '../data/index.ts';
import type { Split, Task } from '../data/index.ts';
import { noGrad, sizeOf, tensor } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';

const BATCH = 250;

/** In [0, 1]; NaN for an empty split. */
export async function evaluateAccuracy(device: Device, model: MultiTaskModel, task: Task, split: Split): Promise<number> {
  let correct = 0;
  for (const batch of batches(split, sizeOf(task.inputShape), { batchSize: BATCH, seed: 0, epoch: 0, shuffle: false })) {
    using _scope = device.scope();
    const logits = noGrad(() => model.forward(tensor(device, batch.inputs, [batch.size, ...task.inputShape]), task.name));
    correct += countCorrect(await logits.read(), batch.targets);
  }
  return correct / split.length;
}
