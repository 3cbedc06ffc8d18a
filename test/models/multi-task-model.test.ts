/** Modes, and what each task has for itself. */
import { expect, test } from 'vitest';
import { MultiTaskModel, batchNorm2d, dropout, linear, mixtureOfExperts, sequential } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { findMethod, train } from 'lazygrad/methods';
import { CheckpointError, ConfigError, relu, reshape } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { loadCheckpoint, saveCheckpoint } from '../../methods/checkpoint.ts';
import type { Position } from '../../methods/checkpoint.ts';
import { evaluate } from '../../methods/evaluate.ts';
import { toyDataset } from '../methods/support.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const device = await testDevice();
const TASKS = toyDataset.tasks.map(({ name, classes }) => ({ name, outputs: classes }));

/** Everything that depends on the mode, over images [1, 8, 8]. */
function trunk(): Trunk {
  const body = sequential(batchNorm2d('bn', 1), dropout(0.25));
  const fc = mixtureOfExperts({ experts: 3, top: 2, router: 'perTask', noise: true })('fc', 64, 6);
  return { name: 'everything', layers: [body, fc], features: 6, forward: (x, p, mode) => relu(fc.forward(reshape(body.forward(x, p, mode), [x.shape[0] ?? 0, 64]), p, mode)) };
}

const model = (): MultiTaskModel => new MultiTaskModel(device, trunk(), TASKS, 3);
const images = (): Tensor => constant(device, values([5, 1, 8, 8], 'normal', 1));

test('training draws anew and updates the statistics of its task alone; evaluation does neither', async () => {
  using _scope = device.scope();
  const [m, x] = [model(), images()];
  expect(m.training).toBe(true);
  const fresh = await m.statistics.stateDict();
  expect([...fresh.keys()]).toEqual(['bn.plain.runningMean', 'bn.plain.runningVariance', 'bn.inverted.runningMean', 'bn.inverted.runningVariance']);
  const first = await m.forward(x, 'inverted').read();
  expect(await m.forward(x, 'inverted').read()).not.toEqual(first);
  const trained = await m.statistics.stateDict();
  for (const [name, data] of trained) expect([name, String(data) === String(fresh.get(name))]).toEqual([name, name.includes('plain')]);
  m.eval();
  const drawn = m.generators.get('inverted')!.state;
  const still = await m.forward(x, 'inverted').read();
  expect(await m.forward(x, 'inverted').read()).toEqual(still);
  expect(await m.statistics.stateDict()).toEqual(trained);
  expect(m.generators.get('inverted')!.state).toBe(drawn);
  m.train();
  expect(await m.forward(x, 'inverted').read()).not.toEqual(still);
});

test('evaluation of a split draws nothing, counts nothing, and leaves the mode as it was', async () => {
  using _scope = device.scope();
  const m = model();
  const [task] = toyDataset.tasks;
  const [drawn, counted] = [[...m.generators.values()].map(({ state }) => state), await m.statistics.stateDict()];
  const once = await evaluate(device, m, task!, task!.test);
  expect([m.training, [...m.generators.values()].map(({ state }) => state), await m.statistics.stateDict()]).toEqual([true, drawn, counted]);
  m.eval();
  expect(await evaluate(device, m, task!, task!.test)).toEqual(once);
  expect(m.training).toBe(false);
});

test('what layers compute on the way can be observed', async () => {
  using _scope = device.scope();
  const m = model();
  const seen: [string, readonly number[]][] = [];
  m.forward(images(), 'plain', { observe: (name, value) => seen.push([name, value.shape]) });
  expect(seen).toEqual([['fc.probabilities', [5, 3]]]);
  expect([...m.heads.values()].map((head) => head.segments.map(({ name }) => name))).toEqual([0, 1].map(() => ['head.weight', 'head.bias', 'fc.router.weight', 'fc.noise.weight']));
  await device.finish();
});

test('the initial values of the head do not depend on what else the task has', async () => {
  using _scope = device.scope();
  const fc = linear('fc', 64, 6);
  const plain = new MultiTaskModel(device, { name: 'plain', layers: [fc], features: 6, forward: (x, p, mode) => fc.forward(x, p, mode) }, TASKS, 3);
  expect((await model().heads.get('plain')!.stateDict()).get('head.weight')).toEqual((await plain.heads.get('plain')!.stateDict()).get('head.weight'));
});

async function run(stopAfter: number, resume?: Uint8Array): Promise<{ accuracy: number | undefined; checkpoint: Uint8Array }> {
  using _scope = device.scope();
  const stop = new AbortController();
  const checkpoints: Uint8Array[] = [];
  let steps = 0;
  const end = await train({
    device, dataset: toyDataset, model: model(), method: findMethod('alternating-sgd'), hyperparameters: {}, lr: 0.1, epochs: 2, batchSize: 8, seed: 4, signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
    },
    onCheckpoint: (bytes) => checkpoints.push(bytes),
    ...(resume ? { resume: { bytes: resume, file: 'checkpoint' } } : {}),
  });
  return { accuracy: end?.average.test, checkpoint: checkpoints.at(-1)! };
}

test('a resumed run goes on with the same random numbers and statistics, bit for bit', async () => {
  const whole = await run(Infinity);
  const half = await run(9);
  expect(half.accuracy).toBeUndefined();
  expect(await run(Infinity, half.checkpoint)).toEqual(whole);
});

test('a checkpoint without the statistics is refused', async () => {
  using _scope = device.scope();
  const position: Position = { epoch: 0, step: 0, order: TASKS.map(({ name }) => name), lossSums: new Map(), targetCounts: new Map(), initialLosses: new Map(), work: { batches: 0, forwards: 0 }, plan: '' };
  const rule = { step: () => undefined };
  const fc = linear('fc', 64, 6);
  const others: Trunk = { name: 'everything', layers: [...trunk().layers.map((layer) => ({ ...layer, statistics: [] }))], features: 6, forward: (x, p, mode) => fc.forward(x, p, mode) };
  const without = await saveCheckpoint(new MultiTaskModel(device, others, TASKS, 3), rule, position);
  expectError(() => loadCheckpoint(without, 'file', model(), rule), CheckpointError, 'bn.plain.runningMean is missing');
  const withThem = await saveCheckpoint(model(), rule, position);
  expectError(() => loadCheckpoint(withThem, 'file', new MultiTaskModel(device, others, TASKS, 3), rule), CheckpointError, 'bn.plain.runningMean is unknown');
});

test('what a task draws depends on no other, and differs from what they draw', async () => {
  using _scope = device.scope();
  const [both, one] = [model(), new MultiTaskModel(device, trunk(), TASKS.slice(1), 3)];
  await both.forward(images(), 'plain').read();
  const [found, alone] = [both.forward(images(), 'inverted'), one.forward(images(), 'inverted')];
  expect(await found.read()).toEqual(await alone.read());
  expect(both.generators.get('plain')!.state).not.toBe(both.generators.get('inverted')!.state);
});

test('errors', () => {
  using _scope = device.scope();
  const m = model();
  expectError(() => m.forward(images(), 'other'), ConfigError, 'other', 'plain, inverted');
  expectError(() => m.statistics.of('bn2'), ConfigError, 'bn2', 'bn');
  expectError(() => (m.generator.state = -1), ConfigError, '-1');
  expectError(() => new MultiTaskModel(device, { ...trunk(), layers: [{ ...batchNorm2d('bn', 1), specs: [] }, batchNorm2d('bn', 1)] }, TASKS, 1), ConfigError, 'same name');
});
