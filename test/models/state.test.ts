/** What holds for every model of the registry: its state can be taken out and put back, under names that stay, and it has two modes. */
import { expect, test } from 'vitest';
import { MODELS, MultiTaskModel } from 'lazygrad/models';
import type { ModelInfo } from 'lazygrad/models';
import { CheckpointError, noGrad } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const device = await testDevice();
const WIDTH = 0.125;

/** Small inputs, where the example is large. */
const INPUTS: Readonly<Record<string, readonly number[]>> = { crnn: [1, 128, 5], 'resnet-18': [3, 16, 16], 'resnet-34': [3, 8, 8], 'resnet-50': [3, 8, 8], 'resnet-101': [3, 8, 8], mlp: [1, 4, 4], 'multi-task-cnn': [1, 8, 8], 'multi-task-cnn-experts': [1, 8, 8], 'time-series-transformer': [5, 76], tinybert: [6] };
const inputOf = ({ name, example }: ModelInfo): readonly number[] => INPUTS[name] ?? example;
/** Numbers, or tokens. */
const inputs = (info: ModelInfo, n: number): Tensor => {
  const drawn = values([n, ...inputOf(info)], 'normal', 1);
  return constant(device, info.name === 'tinybert' ? { ...drawn, data: drawn.data.map((v) => 1 + Math.floor(Math.abs(10 * v))) } : drawn);
};
const made = (info: ModelInfo, seed: number): MultiTaskModel => new MultiTaskModel(device, info.trunk(inputOf(info), WIDTH), [{ name: 'a', outputs: 3 }, { name: 'b', outputs: 2 }], seed);
const logits = async (model: MultiTaskModel, x: Tensor): Promise<number[]> => [...await noGrad(() => model.forward(x, 'b')).read()];

async function stateOf(model: MultiTaskModel) {
  return { shared: await model.shared.stateDict(), heads: new Map(await Promise.all([...model.heads].map(async ([task, head]) => [task, await head.stateDict()] as const))), statistics: await model.statistics.stateDict() };
}

test.each(MODELS.map((info) => [info.name, info] as const))('%s: taken out of one model and put into another, all is the same', async (_, info) => {
  using _scope = device.scope();
  const x = inputs(info, 2);
  const [from, to] = [made(info, 1), made(info, 2)];
  // A pass in training, so that running statistics are not those of the start.
  noGrad(() => from.forward(x, 'b'));
  for (const model of [from, to]) model.eval();
  const expected = await logits(from, x);
  expect(expected.every(Number.isFinite)).toBe(true);
  expect(await logits(to, x)).not.toEqual(expected);
  const state = await stateOf(from);
  to.shared.loadStateDict(state.shared);
  for (const [task, head] of to.heads) head.loadStateDict(state.heads.get(task)!);
  to.statistics.loadStateDict(state.statistics);
  expect(await stateOf(to)).toEqual(state);
  expect(await logits(to, x)).toEqual(expected);

  const [name] = state.shared.keys();
  const changed = new Map(state.shared);
  changed.delete(name!);
  expect(() => to.shared.loadStateDict(changed)).toThrow(CheckpointError);
});

/** Whether anything is drawn at random in training, and whether batches are normalised by themselves. */
const DIFFERS: Readonly<Record<string, boolean>> = { crnn: true, 'resnet-18': true, 'resnet-34': true, 'resnet-50': true, 'resnet-101': true, mlp: false, 'multi-task-cnn': false, 'multi-task-cnn-experts': false, 'time-series-transformer': true, tinybert: true };

test.each(MODELS.filter(({ name }) => name in DIFFERS).map((info) => [info.name, info] as const))('%s: evaluation gives the same twice, training differs from it where there is dropout or normalisation', async (name, info) => {
  using _scope = device.scope();
  const x = inputs(info, 4);
  const model = made(info, 1);
  model.eval();
  const evaluated = await logits(model, x);
  expect(await logits(model, x)).toEqual(evaluated);
  model.train();
  const trained = await logits(model, x);
  if (DIFFERS[name]) expect(trained).not.toEqual(evaluated);
  else expect(trained).toEqual(evaluated);
});

const pair = (name: string): string[] => [`${name}.weight`, `${name}.bias`];
const convolutions = ['conv1', 'conv2', 'conv3', 'conv4'].flatMap(pair);

test.each([
  ['mlp', ['fc1', 'fc2'].flatMap(pair)],
  ['multi-task-cnn', ['conv1', 'conv2', 'fc'].flatMap(pair)],
  ['multi-task-cnn-experts', [...['conv1', 'conv2', ...Array.from({ length: 8 }, (_, i) => `fc.experts.${i}`)].flatMap(pair), 'fc.router.weight']],
  ['crnn', [...convolutions, ...['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0'].map((part) => `lstm.${part}`)]],
])('%s: the names in checkpoints stay', (name, names) => {
  const info = MODELS.find((candidate) => candidate.name === name)!;
  expect(info.trunk(inputOf(info), WIDTH).layers.flatMap((layer) => layer.specs.map((spec) => spec.name)).sort()).toEqual([...names].sort());
});

test.each(MODELS.map((info) => [info.name, info] as const))('%s: names do not depend on the width', (_, { trunk, example }) => {
  const names = (width: number): string[] => trunk(example, width).layers.flatMap((layer) => [...layer.specs, ...layer.ownSpecs ?? []].map((spec) => spec.name));
  expect(names(0.5)).toEqual(names(1));
});

test('the state of a whole model: every name once, and nothing is taken over that does not fit', async () => {
  using _scope = device.scope();
  const info = MODELS.find(({ name }) => name === 'resnet-18')!;
  const [from, to] = [made(info, 1), made(info, 2)];
  const state = await from.stateDict();
  expect([...from.parameters().keys()]).toEqual([...state.keys()].filter((name) => !name.startsWith('statistics.')));
  expect([...state.keys()].filter((name) => !/^(shared|head\.(a|b)|statistics)\./.test(name))).toEqual([]);
  const before = await to.stateDict();
  const wrong = new Map(state);
  wrong.delete('shared.conv1.weight');
  wrong.set('head.a.head.bias', { shape: [4], data: new Float32Array(4) });
  wrong.set('shared.conv9.weight', { shape: [1], data: new Float32Array(1) });
  expectError(() => to.loadStateDict(wrong), CheckpointError, 'shared.conv1.weight is missing', 'head.a.head.bias has shape [4], expected [3]', 'shared.conv9.weight is unknown');
  expect(await to.stateDict()).toEqual(before);
  to.loadStateDict(state);
  expect(await to.stateDict()).toEqual(state);
});
