/** Training on inputs that a file holds gives the bits that inputs in memory give. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findMethod, resolveHyperparameters, train } from 'lazygrad/methods';
import type { EndEvent } from 'lazygrad/methods';
import { MultiTaskModel, multiTaskCNN } from 'lazygrad/models';
import { sizeOf } from '../../engine/index.ts';
import type { Dataset, Split, Task } from '../../data/index.ts';
import { fileSource } from '../../data/node/file-source.ts';
import { arrayOf } from '../support/inputs.ts';
import { testDevice } from '../support/device.ts';
import { toyDataset } from './support.ts';

const device = await testDevice();

async function learn(dataset: Dataset): Promise<{ readonly end: EndEvent | null; readonly bytes: Uint8Array }> {
  using _scope = device.scope();
  const model = new MultiTaskModel(device, multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 16 }), dataset.tasks.map((task) => ({ name: task.name, outputs: task.classes })), 1);
  let bytes = new Uint8Array();
  const method = findMethod('apo');
  const end = await train({ device, dataset, model, method, hyperparameters: resolveHyperparameters(method, {}), lr: 0.3, epochs: 2, batchSize: 8, seed: 4, onCheckpoint: (state) => (bytes = state) });
  return { end: end && { ...end, seconds: 0 }, bytes };
}

test('from a file, bit for bit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lazygrad-file-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const stored = async (task: Task, part: 'train' | 'validation' | 'test'): Promise<Split> => {
    const path = join(folder, `${task.name}-${part}.bin`);
    const values = arrayOf(task[part]);
    await writeFile(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return { ...task[part], inputs: await fileSource(path, { type: values instanceof Uint8Array ? 'uint8' : values instanceof Int32Array ? 'int32' : 'float32', size: sizeOf(task.inputShape) }) };
  };
  const tasks = await Promise.all(toyDataset.tasks.map(async (task) => ({ ...task, train: await stored(task, 'train'), validation: await stored(task, 'validation'), test: await stored(task, 'test') })));
  const [memory, file] = [await learn(toyDataset), await learn({ ...toyDataset, tasks })];
  expect(file.end).toEqual(memory.end);
  // What the checkpoint records of the data is another: the source's id. All parameters and all results are the same.
  expect(parametersOf(file.bytes)).toEqual(parametersOf(memory.bytes));
});

/** What lies behind a safetensors file's header. */
function parametersOf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)));
}
