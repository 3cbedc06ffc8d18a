/** TinyBERT and ResNet-50 as large as they are: names and shapes of the originals, and a training step on the smallest inputs. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MultiTaskModel, bert, modelInfo, resNet } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { SGD, backward, crossEntropy, sizeOf, tensor } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { values } from '../support/values.ts';

interface Listing {
  readonly parameters: number;
  readonly tensors: number;
  /** Of the sorted lines `NAME:SIZE,SIZE`. */
  readonly sha256: string;
}

const { full } = JSON.parse(readFileSync(new URL('../fixtures/transformer-models-torch.json', import.meta.url), 'utf8')) as { full: Record<string, Listing> };
const device = await testDevice();

test.each([['tinybert', bert()], ['resnet-50', resNet({ depth: 50 })]] as const)('%s has the names and shapes of the original', (name, { layers }) => {
  const specs = layers.flatMap((layer) => layer.specs).filter((spec) => !spec.name.startsWith('fc.'));
  const running = layers.flatMap((layer) => layer.statistics ?? []).flatMap((layer) => ['running_mean', 'running_var'].map((kind) => ({ name: `${layer.name}.${kind}`, shape: [layer.channels] })));
  const lines = [...specs, ...running].map((spec) => `${spec.name}:${spec.shape.join(',')}`).sort();
  expect({ parameters: specs.reduce((total, { shape }) => total + sizeOf(shape), 0), tensors: lines.length, sha256: createHash('sha256').update(lines.join('\n')).digest('hex') }).toEqual(full[name]);
});

const tokens = (): Tensor => tensor(device, Int32Array.of(101, 2000, 30_521, 7, 999, 12_345, 102, 0, 0), [1, 9]);
const image = (): Tensor => tensor(device, Float32Array.from(values([1, 3, 64, 64], 'normal', 1).data), [1, 3, 64, 64]);

test.each<[string, readonly number[], () => Tensor]>([['tinybert', [512], tokens], ['resnet-50', [3, 64, 64], image]])('%s takes a step of training', async (name, shape, input) => {
  using _scope = device.scope();
  const trunk: Trunk = modelInfo(name).trunk(shape, 1);
  const model = new MultiTaskModel(device, trunk, [{ name: 'task', outputs: 2 }], 1);
  const [x, target] = [input(), tensor(device, Int32Array.of(1))];
  const optimizers = [model.shared, ...model.heads.values()].map((arena) => new SGD(arena, { lr: 0.01 }));
  model.zeroGrad();
  const loss = crossEntropy(model.forward(x, 'task'), target);
  backward(loss);
  for (const optimizer of optimizers) optimizer.step();
  expect(await loss.item()).toBeGreaterThan(0);
  const gradients = await model.shared.gradients.read();
  for (const { name: parameter, offset, length } of model.shared.segments) {
    let largest = 0;
    for (const value of gradients.subarray(offset, offset + length)) largest = Math.max(largest, Math.abs(value));
    expect([parameter, largest > 0 && largest < Infinity]).toEqual([parameter, true]);
  }
}, 240_000);
