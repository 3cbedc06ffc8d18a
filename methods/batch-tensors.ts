/** Batches as tensors. */
import { targetsPerSample } from '../data/index.ts';
import type { Batch, Task } from '../data/index.ts';
import { tensor } from '../engine/index.ts';
import type { Device, Tensor } from '../engine/index.ts';

type Described = Pick<Task, 'kind' | 'classes' | 'inputShape'>;

/** `[size, ...inputShape]`, float32, or int32 for tokens. */
export function inputsOf(device: Device, { inputShape }: Described, { inputs, size }: Batch): Tensor {
  return tensor(device, inputs, [size, ...inputShape]);
}

/** What `taskLoss` takes: int32 `[size]` for classes, float32 `[size, classes]` for labels and numbers. */
export function targetsOf(device: Device, task: Described, { targets, size }: Batch): Tensor {
  return tensor(device, targets, task.kind === 'multiclass' ? [size] : [size, targetsPerSample(task)]);
}
