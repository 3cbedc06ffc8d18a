/** How good a model is on a split. */
import { measure } from '../analysis/metrics.ts';
import type { Metrics } from '../analysis/metrics.ts';
import { streamBatches, targetsPerSample } from '../data/index.ts';
import type { Split, Task } from '../data/index.ts';
import { noGrad, sizeOf } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
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

/** The model's outputs for each sample, row-major `[length, classes]`. */
async function outputsOf(device: Device, model: MultiTaskModel, task: Task, split: Split): Promise<Float32Array> {
  const { training } = model;
  const outputs = new Float32Array(split.length * task.classes);
  let done = 0;
  model.eval();
  try {
    for await (const batch of streamBatches(split, sizeOf(task.inputShape), { batchSize: BATCH, seed: 0, epoch: 0, shuffle: false, targetSize: targetsPerSample(task) })) {
      using _scope = device.scope();
      const values = await noGrad(() => model.forward(inputsOf(device, task, batch), task.name)).read();
      outputs.set(values, done);
      done += values.length;
    }
  } finally {
    model.train(training);
  }
  return outputs;
}
