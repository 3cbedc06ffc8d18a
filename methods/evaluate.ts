/** How good a model is on a split. */
import { measure } from '../analysis/metrics.ts';
import type { Metrics } from '../analysis/metrics.ts';
import type { Representation } from '../analysis/representation.ts';
import { streamBatches, targetsPerSample } from '../data/index.ts';
import type { Split, Task } from '../data/index.ts';
import { noGrad, sizeOf } from '../engine/index.ts';
import type { Device, Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import { inputsOf } from './batch-tensors.ts';

const BATCH = 250;

/**
 * Every metric that suits the kind of task, over the targets that are there; NaN where there is nothing to measure. The model is in evaluation
 * meanwhile, and then again as it was.
 */
export async function evaluate(device: Device, model: MultiTaskModel, task: Task, split: Split): Promise<Metrics> {
  return measure(task.kind, await outputsOf(device, model, task, split), split.targets, task.classes);
}

/** The model's outputs for each sample, row-major `[length, classes]`: what metrics and their intervals are taken of. In evaluation, as `evaluate`. */
export function outputsOf(device: Device, model: MultiTaskModel, task: Task, split: Split): Promise<Float32Array> {
  return ofEach(device, model, task, split, (x) => model.forward(x, task.name));
}

/** What the task's head is given for each sample, in evaluation: the rows are those of the split. */
export async function embeddingsOf(device: Device, model: MultiTaskModel, task: Task, split: Split): Promise<Representation> {
  const values = await ofEach(device, model, task, split, (x) => model.represent(x, task.name));
  return { samples: split.length, features: values.length / split.length, values };
}

/** Row after row, whatever their width. */
async function ofEach(device: Device, model: MultiTaskModel, task: Task, split: Split, forward: (x: Tensor) => Tensor): Promise<Float32Array> {
  const { training } = model;
  let all = new Float32Array(0);
  let done = 0;
  model.eval();
  try {
    for await (const batch of streamBatches(split, sizeOf(task.inputShape), { batchSize: BATCH, seed: 0, epoch: 0, shuffle: false, targetSize: targetsPerSample(task) })) {
      using _scope = device.scope();
      const values = await noGrad(() => forward(inputsOf(device, task, batch))).read();
      if (done === 0) all = new Float32Array(split.length * (values.length / batch.size));
      all.set(values, done);
      done += values.length;
    }
  } finally {
    model.train(training);
  }
  return all;
}
