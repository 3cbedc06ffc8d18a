/** SKILL: what moves in which phase, and what a task cannot disturb. */
import { describe, expect, test } from 'vitest';
import { buildModel, findMethod, phasesOf, resolveHyperparameters, termOf } from 'lazygrad/methods';
import type { Term, UpdateRule } from 'lazygrad/methods';
import { MultiTaskModel, allZeros, linear as linearLayer, mlp, multiTaskCNN } from 'lazygrad/models';
import type { Layer, Trunk } from 'lazygrad/models';
import { Adam, ConfigError, Generator, ParameterArena, backward, crossEntropy, linear, tensor } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { beneficialBiases } from '../../methods/skill.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

const device = await testDevice();
const method = findMethod('skill');
const TASKS = ['plain', 'inverted'];
type Set = Readonly<Record<string, string | number>>;

const trunk = (): Trunk => mlp({ inputs: 64, widths: [12, 7] });
const newModel = (set: Set = {}): MultiTaskModel => buildModel(method, { device, trunk, tasks: TASKS.map((name) => ({ name, outputs: 4 })), seed: 5 }, resolveHyperparameters(method, set));
const bits = async ({ values }: ParameterArena): Promise<number[]> => [...new Uint32Array((await values.read()).slice().buffer)];
const pictures = (): Tensor => tensor(device, Float32Array.from({ length: 3 * 64 }, (_, i) => Math.sin(i)), [3, 64]);
const targets = (): Tensor => tensor(device, Int32Array.of(0, 3, 1));
const termFor = (model: MultiTaskModel, task: string): Term => termOf({ model, task: { name: task, kind: 'multiclass' }, inputs: pictures(), targets: targets(), missing: false });

async function ruleIn(model: MultiTaskModel, phase: string, set: Set = {}): Promise<UpdateRule> {
  const rule = method.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, set) });
  await rule.startPhase!({ name: phase, tasks: TASKS, mode: 'alternating', epochs: 1 }, false);
  return rule;
}

test('a task adds a bias for every channel, and its head', () => {
  using _scope = device.scope();
  const model = buildModel(method, { device, trunk: () => multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 16 }), tasks: [{ name: 'plain', outputs: 3 }], seed: 5 }, resolveHyperparameters(method, {}));
  expect(model.heads.get('plain')!.size).toBe(4 + 8 + 16 + (16 * 3 + 3));
});

test('a bias moves its own channel and no other', async () => {
  using _scope = device.scope();
  const cnn = multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 16 });
  const model = new MultiTaskModel(device, cnn, [{ name: 'plain', outputs: 3 }], 5, beneficialBiases(cnn));
  const own = model.heads.get('plain')!;
  const view = beneficialBiases(cnn).view(model.shared, own, pictures());
  const images = tensor(device, Float32Array.from({ length: 64 }, (_, i) => Math.sin(i)), [1, 1, 8, 8]);
  const conv = cnn.layers[0]!;
  const before = await conv.forward(images, view, {} as never).read();
  own.get('beneficial.conv1.bias').write([0, 0, 2, 0]);
  const after = await conv.forward(images, view, {} as never).read();
  expectClose(after, before.map((value, i) => Math.floor(i / 64) === 2 ? value + 2 : value), { atol: 1e-6 });
});

test('its gradient is that of the trunk\'s bias', async () => {
  using _scope = device.scope();
  const model = newModel();
  model.zeroGrad();
  backward(termFor(model, 'plain').loss());
  const found = await model.heads.get('plain')!.get('beneficial.fc1.bias').grad!.read();
  expect(found).toEqual(await model.shared.get('fc1.bias').grad!.read());
  expect(Math.max(...found.map(Math.abs))).toBeGreaterThan(0);
});

test('with biases and heads of 0 all outputs are the same', async () => {
  using _scope = device.scope();
  const model = newModel();
  for (const part of ['head.weight', 'head.bias']) model.heads.get('plain')!.get(part).write(new Float32Array(part === 'head.bias' ? 4 : 28));
  expect([...await model.forward(pictures(), 'plain').read()]).toEqual(new Array(12).fill(0));
});

describe('learning', () => {
  test('a task leaves the backbone and the outputs of the other as they are, by a bit', async () => {
    using _scope = device.scope();
    const model = newModel();
    const rule = await ruleIn(model, 'train');
    const [shared, before, other] = [await bits(model.shared), await model.forward(pictures(), 'plain').read(), await bits(model.heads.get('inverted')!)];
    for (let i = 0; i < 4; i++) rule.step([termFor(model, 'inverted')]);
    expect(await bits(model.shared)).toEqual(shared);
    expect((await model.shared.gradients.read()).every((g) => g === 0)).toBe(true);
    expect(await model.forward(pictures(), 'plain').read()).toEqual(before);
    expect(await bits(model.heads.get('inverted')!)).not.toEqual(other);
    expect(Math.max(...(await model.heads.get('inverted')!.get('beneficial.fc2.bias').read()).map(Math.abs))).toBeGreaterThan(1e-3);
  });

  test('the backbone moves trunk and head, and leaves the biases at 0', async () => {
    using _scope = device.scope();
    const model = newModel();
    const rule = await ruleIn(model, 'backbone');
    const [shared, own] = [await bits(model.shared), model.heads.get('plain')!];
    const head = await own.get('head.weight').read();
    for (let i = 0; i < 4; i++) rule.step([termFor(model, 'plain')]);
    expect(await bits(model.shared)).not.toEqual(shared);
    expect(await own.get('head.weight').read()).not.toEqual(head);
    for (const layer of ['fc1', 'fc2']) expect((await own.get(`beneficial.${layer}.bias`).read()).every((value) => value === 0)).toBe(true);
  });

  test('without biases, a linear probe', async () => {
    using _scope = device.scope();
    const set = { biases: 'none', adamLr: 0.01 };
    const model = newModel(set);
    expect(model.heads.get('plain')!.size).toBe(7 * 4 + 4);
    const start = await model.heads.get('plain')!.stateDict();
    const rule = await ruleIn(model, 'train', set);
    const features = trunk().forward(pictures(), model.shared, {} as never).detach();
    const probe = new ParameterArena(device, linearLayer('head', 7, 4).specs, new Generator(1));
    probe.loadStateDict(start);
    const adam = new Adam(probe, { lr: 0.01 });
    for (let i = 0; i < 4; i++) {
      rule.step([termFor(model, 'plain')]);
      probe.zeroGrad();
      backward(crossEntropy(linear(features, probe.get('head.weight'), probe.get('head.bias')), targets()));
      adam.step();
    }
    expectClose(await model.heads.get('plain')!.values.read(), await probe.values.read(), { atol: 1e-6 });
  });
});

test('the backbone comes first, unless it is taken as it starts', () => {
  const names = (set: Set): unknown => phasesOf(method, TASKS, 3, resolveHyperparameters(method, set)).map(({ name, tasks }) => [name, tasks.length]);
  expect(names({})).toEqual([['backbone', 1], ['train', 2]]);
  expect(names({ backbone: 'initial' })).toEqual([['train', 2]]);
});

test('a trunk without biases and a model without beneficial ones are refused', async () => {
  const bare: Layer = { specs: [{ name: 'fc.weight', shape: [7, 64], init: allZeros }], forward: (x) => x };
  expectError(() => beneficialBiases({ name: 'bare', layers: [bare], features: 7, forward: (x) => x }), ConfigError, /skill/, 'bare', 'biases=none');
  const model = newModel({ biases: 'none' });
  await expect(ruleIn(model, 'train')).rejects.toThrow(ConfigError);
});
