/** What trunks make of samples, and how alike it is: with every kind of model, and over whole splits. */
import { describe, expect, test } from 'vitest';
import { embed, embedStages, linearCKA, similarities, similarityDistribution, similarityMatrix } from 'lazygrad/analysis';
import type { Representation } from 'lazygrad/analysis';
import { embeddingsOf, evaluate, outputsOf } from 'lazygrad/methods';
import { MultiTaskModel, channelAdapter, crossStitch, dropout, linear, mlp, multiTaskCNN, sequential, unshared } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import type { InputSource } from '../../data/index.ts';
import { ConfigError, ShapeError, relu, reshape } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { toyTask } from '../methods/support.ts';
import { testDevice } from '../support/device.ts';
import { expectError, expectRejection } from '../support/errors.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const device = await testDevice();
const TASKS = [{ name: 'a', outputs: 3 }, { name: 'b', outputs: 2 }];
const images = (n: number, seed = 1): Tensor => constant(device, values([n, 1, 8, 8], 'normal', seed));
const perceptron = (): Trunk => mlp({ inputs: 64, widths: [10, 7] });

/** The head by hand: what it is given times its weights. */
async function throughHead(model: MultiTaskModel, task: string, { samples, features, values: x }: Representation): Promise<number[]> {
  const head = model.heads.get(task)!;
  const [weight, bias] = [await head.get('head.weight').read(), await head.get('head.bias').read()];
  return Array.from({ length: samples * bias.length }, (_, at) => {
    const [row, output] = [Math.floor(at / bias.length), at % bias.length];
    return Array.from({ length: features }, (_f, f) => x[row * features + f]! * weight[output * features + f]!).reduce((a, b) => a + b, bias[output]!);
  });
}

const MODELS: readonly (readonly [string, () => MultiTaskModel])[] = [
  ['a shared trunk', () => new MultiTaskModel(device, perceptron(), TASKS, 1)],
  ['trunks apart', () => new MultiTaskModel(device, unshared(perceptron(), 1), TASKS, 1)],
  ['stitched trunks', () => new MultiTaskModel(device, crossStitch({ trunk: perceptron, tasks: ['a', 'b'], own: 0.8, seed: 1 }), TASKS, 1)],
  ['an adapter in front', () => new MultiTaskModel(device, mlp({ inputs: 128, widths: [7] }), TASKS.map((task) => ({ ...task, adapter: channelAdapter([1, 8, 8], [2, 8, 8])! })), 1)],
  ['a masked trunk', () => new MultiTaskModel(device, perceptron(), TASKS, 1, { specs: [], ownSpecs: [], view: (shared) => ({ get: (name) => relu(shared.get(name)) }) })],
];

describe.each(MODELS)('%s', (_name, make) => {
  test.each(['a', 'b'])('the head of %s makes its outputs of the embedding', async (task) => {
    using _scope = device.scope();
    const [model, x] = [make(), images(5)];
    const found = await embed(model, task, x);
    expect([found.samples, found.features]).toEqual([5, 7]);
    const outputs = await model.forward(x, task).read();
    (await throughHead(model, task, found)).forEach((value, i) => expect(outputs[i]).toBeCloseTo(value, 5));
    expect((await embedStages(model, task, x)).at(-1)).toEqual(found);
  });
});

test('each stage, flattened', async () => {
  using _scope = device.scope();
  const model = new MultiTaskModel(device, multiTaskCNN({ input: [1, 8, 8] }), TASKS, 1);
  const stages = await embedStages(model, 'a', images(3));
  const last = await embed(model, 'a', images(3));
  expect(stages.length).toBeGreaterThan(1);
  for (const { samples, features, values: data } of stages) expect(data.length).toBe(3 * features * Number(samples === 3));
  expect(stages.at(-1)).toEqual(last);
  const matrix = similarityMatrix(stages, stages, linearCKA);
  for (const [i, row] of matrix.entries()) {
    expect(row[i]).toBeCloseTo(1, 12);
    for (const [j, value] of row.entries()) expect(matrix[j]![i]).toBeCloseTo(value, 12);
  }
});

test('in evaluation, and then again as before', async () => {
  using _scope = device.scope();
  const fc = linear('fc', 64, 6);
  const body = sequential(dropout(0.5), fc);
  const trunk: Trunk = { name: 'dropping', layers: [body], features: 6, forward: (x, p, mode) => body.forward(reshape(x, [x.shape[0] ?? 0, 64]), p, mode) };
  const [model, x] = [new MultiTaskModel(device, trunk, TASKS, 3), images(4)];
  const first = await embed(model, 'a', x);
  expect(await embed(model, 'a', x)).toEqual(first);
  expect(await embedStages(model, 'a', x)).toEqual([first]);
  expect(model.training).toBe(true);
  model.eval();
  expect(first.values).toEqual(await model.represent(x, 'a').read());
  await expectRejection(embed(model, 'c', x), ConfigError, /no head for task c; there are: a, b/);
  expect(model.training).toBe(false);
});

test('over a split, row by row, whatever the batches, from memory or a source', async () => {
  using _scope = device.scope();
  // More than a batch of evaluation.
  const task = toyTask('a', 7, 300);
  const model = new MultiTaskModel(device, perceptron(), [{ name: 'a', outputs: 4 }], 1);
  const found = await embeddingsOf(device, model, task, task.train);
  expect([found.samples, found.features, found.values.length]).toEqual([300, 7, 2100]);
  const inputs = task.train.inputs as Uint8Array;
  for (const i of [0, 249, 250, 299]) {
    const one = await embed(model, 'a', constant(device, { shape: [1, 1, 8, 8], data: Float64Array.from(inputs.subarray(i * 64, (i + 1) * 64), (byte) => byte / 255) }));
    Array.from(one.values).forEach((value, f) => expect(found.values[i * 7 + f]).toBeCloseTo(value, 5));
  }
  const source: InputSource = {
    type: 'uint8',
    length: inputs.length,
    id: 'toy',
    read(samples, into) {
      samples.forEach((sample, i) => into.set(inputs.subarray(sample * 64, (sample + 1) * 64), i * 64));
      return Promise.resolve();
    },
  };
  expect(await embeddingsOf(device, model, task, { ...task.train, inputs: source })).toEqual(found);
  const outputs = await outputsOf(device, model, task, task.train);
  expect(outputs.length).toBe(1200);
  const right = Array.from({ length: 300 }, (_, i) => outputs.subarray(4 * i, 4 * i + 4)).filter((row, i) => row.indexOf(Math.max(...row)) === task.train.targets[i]).length;
  expect((await evaluate(device, model, task, task.train)).accuracy).toBe(right / 300);
});

describe('figure 3', () => {
  const random = (samples: number, seed: number): Representation => ({ samples, features: 3, values: values([samples, 3], 'normal', seed).data });

  test('batch by batch, and what does not fill one is left out', () => {
    const [x, y] = [random(50, 1), random(50, 2)];
    const found = similarityDistribution(x, y, 20, { bandwidth: 1, centered: false });
    const part = ({ features, values: data }: Representation, b: number): Representation => ({ samples: 20, features, values: Array.from(data).slice(b * 60, (b + 1) * 60) });
    expect(found).toEqual([0, 1].map((b) => similarities(part(x, b), part(y, b), { bandwidth: 1, centered: false })));
    expect(similarityDistribution(x, y, 51)).toEqual([]);
    expectError(() => similarityDistribution(x, random(40, 2), 20), ShapeError, /got 50 and 40/);
  });

  test('both readings: a shared trunk against single ones, and two tasks\' inputs through one', async () => {
    using _scope = device.scope();
    const [a, b] = [toyTask('a', 7, 120), toyTask('b', 7, 120, true)];
    const tasks = [{ name: 'a', outputs: 4 }, { name: 'b', outputs: 4 }];
    const [shared, single, other] = [1, 1, 2].map((seed, i) => new MultiTaskModel(device, i === 0 ? perceptron() : unshared(perceptron(), seed), tasks, seed));
    const of = (model: MultiTaskModel | undefined, task: typeof a) => embeddingsOf(device, model!, task, task.train);
    // Untrained trunks of one seed are the same; the two tasks' inputs too, and only their classes are turned round.
    const means = (list: readonly { readonly linearCKA: number; readonly rbfCKA: number; readonly cca: number }[]): number[] => (['linearCKA', 'rbfCKA', 'cca'] as const).map((name) => list.reduce((total, value) => total + value[name], 0) / list.length);
    for (const value of means(similarityDistribution(await of(shared, a), await of(single, a), 40))) expect(value).toBeCloseTo(1, 9);
    for (const value of means(similarityDistribution(await of(shared, a), await of(shared, b), 40))) expect(value).toBeCloseTo(1, 9);
    for (const value of means(similarityDistribution(await of(shared, a), await of(other, a), 40))) expect(value).toBeLessThan(0.97);
  });
});
