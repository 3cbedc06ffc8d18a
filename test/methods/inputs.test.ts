/** Tasks with inputs of their own: other sizes, other channels, tokens. */
import { describe, expect, test } from 'vitest';
import { findMethod, resolveHyperparameters, train } from 'lazygrad/methods';
import type { EndEvent } from 'lazygrad/methods';
import { MultiTaskModel, channelAdapter, conv2d, mlp, multiTaskCNN, normal, resolveHead } from 'lazygrad/models';
import type { HeadSpec, Layer, Trunk } from 'lazygrad/models';
import type { Split, Task } from '../../data/index.ts';
import { random32 } from '../../data/index.ts';
import { ConfigError, adaptiveAvgPool2d, embedding, mean, relu, reshape } from '../../engine/index.ts';
import { evaluate } from '../../methods/evaluate.ts';
import { arrayOf } from '../support/inputs.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { kindTask } from './kinds-support.ts';
import { toyTask } from './support.ts';

const device = await testDevice();

const headOf = ({ name, kind, classes }: Task, adapter?: Layer): HeadSpec => ({ name, kind, outputs: classes, adapter });

interface Outcome {
  readonly end: EndEvent;
  readonly last: Uint8Array;
}

async function learn(model: MultiTaskModel, tasks: readonly Task[], { epochs = 12, lr = 0.2, stopAfter = Infinity, resume }: { epochs?: number; lr?: number; stopAfter?: number; resume?: Uint8Array } = {}): Promise<Outcome> {
  const method = findMethod('alternating-sgd');
  const stop = new AbortController();
  let [steps, last] = [0, new Uint8Array()];
  const end = await train({
    device, dataset: { name: 'own', tasks }, model, method, hyperparameters: resolveHyperparameters(method, {}), lr, epochs, batchSize: 8, seed: 3, schedule: { kind: 'interleaved' }, signal: stop.signal,
    onEvent(event) {
      if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
    },
    onCheckpoint: (bytes) => (last = bytes),
    ...(resume ? { resume: { bytes: resume, file: 'checkpoint' } } : {}),
  });
  return { end: { ...end!, seconds: 0 }, last };
}

const named = (task: Task, name: string): Task => ({ ...task, name });

describe('one trunk for 20 features, one task with 20 and one with 33', () => {
  const narrow = named(kindTask('multiclass', 11, { features: 20, train: 80 }), 'narrow');
  const wide = named(kindTask('binary', 12, { features: 33, train: 80 }), 'wide');
  const model = (): MultiTaskModel => new MultiTaskModel(device, mlp({ inputs: 20, widths: [16] }), [headOf(narrow), headOf(wide, channelAdapter([33], [20]))], 1);

  test('both learn; the adapter lies with its task and moves with it alone', async () => {
    using _scope = device.scope();
    const m = model();
    expect([...m.heads.values()].map(({ segments }) => segments.map(({ name, shape }) => [name, ...shape]))).toEqual([
      [['head.weight', 3, 16], ['head.bias', 3]],
      [['head.weight', 1, 16], ['head.bias', 1], ['adapter.weight', 20, 33], ['adapter.bias', 20]],
    ]);
    expect(m.shared.segments.map(({ name }) => name)).toEqual(['fc1.weight', 'fc1.bias']);
    const weight = async (): Promise<unknown> => (await m.heads.get('wide')!.stateDict()).get('adapter.weight');
    const before = await weight();
    await learn(m, [narrow], { epochs: 1 });
    expect(await weight()).toEqual(before);
    const { end } = await learn(m, [narrow, wide], { lr: 0.4 });
    expect(await weight()).not.toEqual(before);
    expect(end.tasks[0]!.test).toBeGreaterThan(0.6);
    expect(end.tasks[1]!.test).toBeGreaterThan(0.85);
  });

  test('a resumed run has the bits of an uninterrupted one', async () => {
    using _scope = device.scope();
    const whole = await learn(model(), [narrow, wide], { epochs: 2 });
    const half = await learn(model(), [narrow, wide], { epochs: 2, stopAfter: 23 });
    expect(await learn(model(), [narrow, wide], { epochs: 2, resume: half.last })).toEqual(whole);
  });

  test('the head begins as it would without an adapter', async () => {
    using _scope = device.scope();
    const plain = new MultiTaskModel(device, mlp({ inputs: 33, widths: [16] }), [headOf(wide)], 1);
    expect((await model().heads.get('wide')!.stateDict()).get('head.weight')).toEqual((await plain.heads.get('wide')!.stateDict()).get('head.weight'));
  });
});

/** The grey pictures in three channels of which one has the picture and the others noise. */
function inColour(task: Task): Task {
  const coloured = (split: Split): Split => {
    const pixels = split.inputs.length / split.length;
    return { ...split, inputs: Uint8Array.from({ length: 3 * split.inputs.length }, (_, i) => {
      const [sample, channel, pixel] = [Math.floor(i / (3 * pixels)), Math.floor(i / pixels) % 3, i % pixels];
      return channel === 1 ? arrayOf(split)[sample * pixels + pixel]! : random32(5, i) % 256;
    }) };
  };
  return { ...task, inputShape: [3, 8, 8], train: coloured(task.train), validation: coloured(task.validation), test: coloured(task.test) };
}

test('images of one and of three channels through one CNN', async () => {
  using _scope = device.scope();
  const tasks = [toyTask('grey', 100, 64), inColour(toyTask('colour', 200, 64, true))];
  const trunk = multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 16 });
  const model = new MultiTaskModel(device, trunk, tasks.map((task) => headOf(task, channelAdapter(task.inputShape, [1, 8, 8]))), 1);
  expect(model.heads.get('colour')!.segments.map(({ name }) => name)).toContain('adapter.weight');
  const { end } = await learn(model, tasks, { epochs: 14, lr: 0.2 });
  expect(Math.min(...end.tasks.map(({ test: accuracy }) => accuracy)), JSON.stringify(end.tasks)).toBeGreaterThan(0.7);
});

test('images of two sizes through a trunk with global pooling need no adapter', async () => {
  using _scope = device.scope();
  const conv = conv2d('conv', 1, 4, 3, { padding: 1 });
  const trunk: Trunk = { name: 'pooled', layers: [conv], features: 16, forward: (x, p, mode) => reshape(adaptiveAvgPool2d(relu(conv.forward(x, p, mode)), [2, 2]), [x.shape[0] ?? 0, 16]) };
  const large = toyTask('large', 100, 40);
  const crop = (split: Split): Split => ({ ...split, inputs: Uint8Array.from({ length: split.length * 36 }, (_, i) => arrayOf(split)[Math.floor(i / 36) * 64 + (1 + Math.floor((i % 36) / 6)) * 8 + 1 + i % 6]!) });
  const other = toyTask('small', 200, 40);
  const small: Task = { ...other, inputShape: [1, 6, 6], train: crop(other.train), validation: crop(other.validation), test: crop(other.test) };
  const { end } = await learn(new MultiTaskModel(device, trunk, [headOf(large), headOf(small)], 1), [large, small], { lr: 1, epochs: 10 });
  expect(Math.min(...end.tasks.map(({ test: accuracy }) => accuracy)), JSON.stringify(end.tasks)).toBeGreaterThan(0.7);
});

test('tokens: whole numbers reach an embedding as such, in sequences of different lengths', async () => {
  using _scope = device.scope();
  const [VOCABULARY, WIDTH] = [50, 8];
  /** The label tells whether token 7 is somewhere. */
  const sentences = (length: number, words: number, key: number): Split => {
    const targets = Float32Array.from({ length }, (_, i) => random32(key, i) % 2);
    const inputs = Int32Array.from({ length: length * words }, (_, i) => {
      const [sample, at] = [Math.floor(i / words), i % words];
      return targets[sample] === 1 && at === random32(key + 2, sample) % words ? 7 : 8 + random32(key + 1, i) % (VOCABULARY - 8);
    });
    return { length, inputs, targets };
  };
  const task = (name: string, words: number, key: number): Task => ({ name, kind: 'binary', classes: 1, inputShape: [words], train: sentences(160, words, key), validation: sentences(20, words, key + 10), test: sentences(60, words, key + 20) });
  const table: Layer = { specs: [{ name: 'table', shape: [VOCABULARY, WIDTH], init: normal(1) }], forward: (x, p) => embedding(p.get('table'), x) };
  const trunk: Trunk = { name: 'bag of words', layers: [table], features: WIDTH, forward: (x, p, mode) => mean(table.forward(x, p, mode), { axes: [1] }) };
  const tasks = [task('short', 4, 1), task('long', 6, 2)];
  const model = new MultiTaskModel(device, trunk, tasks.map((t) => headOf(t)), 1);
  const { end } = await learn(model, tasks, { epochs: 25, lr: 1 });
  for (const { test: area } of end.tasks) expect(area).toBeGreaterThan(0.9);
  const foreign = task('short', 4, 1);
  arrayOf(foreign.test)[3] = VOCABULARY;
  await expect(evaluate(device, model, foreign, foreign.test)).rejects.toThrow(/embedding|index/i);
});

test('adapters and heads that cannot be are refused', () => {
  expect(channelAdapter([1, 8, 8], [1, 8, 8])).toBeUndefined();
  expect(channelAdapter([5, 12], [5, 20])!.specs.map(({ shape }) => shape)).toEqual([[20, 12], [20]]);
  for (const [from, to] of [[[3, 8, 8], [1, 6, 6]], [[4, 5], [3, 5]], [[20], [1, 28, 28]], [[2, 3, 4, 5], [1, 3, 4, 5]], [[], [3]]] as const) expectError(() => channelAdapter(from, to), ConfigError, 'no adapter', `[${to.join(', ')}]`);
  expectError(() => resolveHead({ name: 'a', kind: 'ranking' as 'binary', outputs: 1 }), ConfigError, 'task a', 'kind', 'ranking');
  expectError(() => resolveHead({ name: 'a', kind: 'binary', outputs: 2 }), ConfigError, 'task a', '1 for a binary task', '2');
  expectError(() => resolveHead({ name: 'a', outputs: 0 }), ConfigError, 'task a', 'outputs', '0');
  expectError(() => resolveHead({ name: 'a', outputs: 1, adapter: { specs: [], statistics: [{ name: 'bn', channels: 1 }], forward: (x) => x } }), ConfigError, 'task a', 'statistics');
});
