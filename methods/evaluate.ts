/** Accuracy of a model on a split. */
import { countCorrect } from '../analysis/accuracy.ts';
import { batches } from '../data/index.ts';
import type { Split, Task } from '../data/index.ts';
import { noGrad, sizeOf, tensor } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';

const BATCH = 250;

/** In [0, 1]; NaN for an empty split. The model is in evaluation meanwhile, and then again as it was. */
export async function evaluateAccuracy(device: Device, model: MultiTaskModel, task: Task, split: Split): Promise<number> {
  const { training } = model;
  let correct = 0;
  model.eval();
  try {
    for (const batch of batches(split, sizeOf(task.inputShape), { batchSize: BATCH, seed: 0, epoch: 0, shuffle: false })) {
      using _scope = device.scope();
      const logits = noGrad(() => model.forward(tensor(device, batch.inputs, [batch.size, ...task.inputShape]), task.name));
      correct += countCorrect(await logits.read(), batch.targets);
    }
  } finally {
    model.train(training);
  }
  return correct / split.length;
}
