/** Batch normalisation, its running statistics, and PyTorch's numbers for all normalisations. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { BatchStatistics, batchNorm, checkpoint, CheckpointError, ConfigError, DTypeError, grad, groupNorm, instanceNorm, layerNorm, ShapeError, slice, sum, tensor, TensorError, zeros } from '../../engine/index.ts';
import { build } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { BY_CHANNEL, momentsOf, normalisationReference } from '../reference/normalisation.ts';
import type { Moments } from '../reference/normalisation.ts';
import { holds, kinds, layouts, seeds, shapes, sizes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { positive, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const training = (eps = 1e-5): Subject => ({
  run: ([x, weight, bias]) => batchNorm(x!, { weight: weight!, bias: bias!, eps, training: true }),
  reference: normalisationReference(BY_CHANNEL, eps),
  magnitude: normalisationReference(BY_CHANNEL, eps, { sizes: true }),
  rounding: 2e-6,
});

function evaluation(channels: number, seed: number): Subject {
  const [mean, variance] = [values([channels], 'normal', seed), positive([channels], seed)];
  const fixed: Moments[] = [...mean.data].map((m, c) => ({ mean: m, variance: variance.data[c]!, unbiased: NaN }));
  const of = (x: NDArray): Tensor => tensor(device, Float32Array.from(x.data));
  return {
    run: ([x, weight, bias]) => batchNorm(x!, { weight: weight!, bias: bias!, training: false, runningMean: of(mean), runningVariance: of(variance) }),
    reference: normalisationReference(BY_CHANNEL, 1e-5, { fixed }),
    magnitude: normalisationReference(BY_CHANNEL, 1e-5, { fixed, sizes: true }),
    rounding: 2e-6,
  };
}

const inputs = (shape: readonly number[], kind: Parameters<typeof values>[1], seed: number): NDArray[] => {
  const parameters = [shape[1]!];
  return [values(shape, kind, seed), values(parameters, 'normal', seed + 1), values(parameters, 'normal', seed + 2)];
};

test('equals the reference for all shapes, layouts and values, in training and in evaluation', () =>
  holds(fc.record({ n: sizes(7), channels: sizes(17), rest: shapes({ min: 0, max: 3 }, 5), trains: fc.boolean(), kind: kinds, layout: fc.tuple(layouts, layouts, layouts), seed: seeds }), async ({ n, channels, rest, trains, kind, layout, seed }) => {
    if (trains && n * rest.reduce((a, b) => a * b, 1) === 1) return;
    await check(device, trains ? training() : evaluation(channels, seed), inputs([n, channels, ...rest], kind, seed), { layouts: layout, seed });
  }, 50));

test.each([[[64, 3, 8, 9]], [[300, 70]], [[2000, 1]], [[3, 5, 301]]])('many values: %j', async (shape) => {
  for (const layout of ['plain', 'permuted'] as const) await check(device, training(), inputs(shape, 'normal', 1), { layouts: [layout], seed: 2 });
});

test.each([true, false])('has the right derivatives of both orders, training: %j', async (trains) => {
  const subject = trains ? training() : evaluation(3, 1);
  const all = inputs([2, 3, 2, 2], 'spread', 1);
  await check(device, subject, all, { differences: true });
  await checkSecond(device, subject, all, { layouts: ['permuted', 'gaps', 'offset 3', 'permuted'] });
});

describe('running statistics', () => {
  test('equal the reference over some steps, and enter evaluation', async () => {
    using _scope = device.scope();
    const [shape, momentum] = [[3, 5, 4], 0.3];
    const running = { runningMean: values([5], 'normal', 1), runningVariance: positive([5], 1) };
    const tensors = { runningMean: tensor(device, Float32Array.from(running.runningMean.data)), runningVariance: tensor(device, Float32Array.from(running.runningVariance.data)) };
    for (let step = 0; step < 4; step++) {
      const x = values(shape, 'normal', step);
      batchNorm(tensor(device, Float32Array.from(x.data), shape), { ...tensors, training: true, momentum });
      momentsOf(x, BY_CHANNEL).forEach(({ mean, unbiased }, c) => {
        running.runningMean.data[c] = 0.7 * running.runningMean.data[c]! + 0.3 * mean;
        running.runningVariance.data[c] = 0.7 * running.runningVariance.data[c]! + 0.3 * unbiased;
      });
      for (const name of ['runningMean', 'runningVariance'] as const) expectClose(await tensors[name].read(), running[name], { rtol: 1e-6, atol: 1e-6 });
    }
    const before = await tensors.runningMean.read();
    const x = values(shape, 'normal', 9);
    const y = batchNorm(tensor(device, Float32Array.from(x.data), shape), { ...tensors, training: false });
    expectClose(await y.read(), build(shape, ([, c], at) => (x.data[at]! - running.runningMean.data[c!]!) / Math.sqrt(running.runningVariance.data[c!]! + 1e-5)), { atol: 1e-5 });
    expect(await tensors.runningMean.read()).toEqual(before);
  });

  test('the mean keeps its digits however large it is', async () => {
    using _scope = device.scope();
    const x = build([500, 2], ([i, c]) => Math.fround((c === 0 ? 10_000 : -3e6) + values([1], 'normal', i!).data[0]!));
    const running = { runningMean: zeros(device, [2]), runningVariance: zeros(device, [2]) };
    batchNorm(tensor(device, Float32Array.from(x.data), x.shape), { ...running, training: true, momentum: 1 });
    const all = momentsOf(x, BY_CHANNEL);
    expectClose(await running.runningMean.read(), all.map(({ mean }) => mean), { rtol: 1.2e-7 });
    expectClose(await running.runningVariance.read(), all.map(({ unbiased }) => unbiased), { rtol: 2e-6 });
  });

  test('count a batch once, though a checkpoint computes it twice', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1, 2, 3, 5], [4, 1], { requiresGrad: true });
    const running = { runningMean: zeros(device, [1]), runningVariance: zeros(device, [1]) };
    const y = checkpoint((t) => batchNorm(t, { ...running, training: true }), x);
    await grad(sum(y), [x])[0]!.read();
    expectClose(await running.runningMean.read(), [0.275], { rtol: 1e-6 });
  });

  test('are updated by every replay of a captured step, bit for bit as by the eager one', async () => {
    using _scope = device.scope();
    const make = (): { x: Tensor; weight: Tensor; statistics: BatchStatistics } =>
      ({ x: zeros(device, [4, 3, 2]), weight: tensor(device, [1, 2, 3], undefined, { requiresGrad: true }), statistics: new BatchStatistics(device, 3, ['a', 'b']) });
    const step = ({ x, weight, statistics }: ReturnType<typeof make>): void => {
      using _inner = device.scope();
      const y = batchNorm(x, { weight, ...statistics.of('b'), training: true });
      const [g] = grad(sum(y), [weight]);
      batchNorm(y, { weight: g!, ...statistics.of('a'), training: true });
      batchNorm(x, { ...statistics.of('a'), training: false });
    };
    const [eager, captured] = [make(), make()];
    const recorded = device.capture(() => step(captured));
    for (let i = 0; i < 3; i++) {
      for (const { x } of [eager, captured]) x.write(Float32Array.from(values([24], 'normal', i).data));
      step(eager);
      recorded.replay();
    }
    const state = await eager.statistics.stateDict();
    expect(await captured.statistics.stateDict()).toEqual(state);
    expect(state.get('b.runningMean')!.every((v) => v !== 0)).toBe(true);
    recorded.dispose();
  });
});

describe('BatchStatistics', () => {
  const x = (seed: number): Tensor => tensor(device, Float32Array.from(values([6, 70], 'normal', seed).data), [6, 70]);

  test('keeps its keys apart, starts at mean 0 and variance 1, and resets', async () => {
    using _scope = device.scope();
    const statistics = new BatchStatistics(device, 70, ['a', 'b', 'c']);
    expect(statistics.keys).toEqual(['a', 'b', 'c']);
    const fresh = await statistics.stateDict();
    expect([...fresh.keys()]).toEqual(['a', 'b', 'c'].flatMap((key) => [`${key}.runningMean`, `${key}.runningVariance`]));
    for (const [name, vector] of fresh) expect([...vector]).toEqual(new Array<number>(70).fill(name.endsWith('Mean') ? 0 : 1));
    batchNorm(x(1), { ...statistics.of('b'), training: true });
    batchNorm(x(2), { ...statistics.of('c'), training: true });
    const trained = await statistics.stateDict();
    for (const [name, vector] of trained) expect(name.startsWith('a') === (String(vector) === String(fresh.get(name)))).toBe(true);
    expectClose(await statistics.of('b').runningVariance.read(), trained.get('b.runningVariance')!);
    statistics.reset('b');
    expect(await statistics.stateDict()).toEqual(new Map([...trained, ...[...fresh].filter(([name]) => name.startsWith('b'))]));
    statistics.reset();
    expect(await statistics.stateDict()).toEqual(fresh);
    statistics.dispose();
  });

  test('goes on from a saved state, and refuses one that is not its own', async () => {
    using _scope = device.scope();
    const statistics = new BatchStatistics(device, 70, ['a', 'b']);
    batchNorm(x(1), { ...statistics.of('a'), training: true });
    const state = await statistics.stateDict();
    const other = new BatchStatistics(device, 70, ['a', 'b']);
    other.loadStateDict(state);
    expect(await other.stateDict()).toEqual(state);
    expectError(() => other.loadStateDict(new Map([...state, ['c.runningMean', new Float32Array(70)]])), CheckpointError, 'BatchStatistics', 'c.runningMean is unknown');
    expectError(() => other.loadStateDict(new Map([...state].slice(1))), CheckpointError, 'a.runningMean is missing');
    expectError(() => other.loadStateDict(new Map([...state, ['b.runningVariance', new Float32Array(7)]])), CheckpointError, 'b.runningVariance has 7 values, expected 70');
    expect(await other.stateDict()).toEqual(state);
  });

  test('refuses what makes no sense', () => {
    using _scope = device.scope();
    for (const channels of [0, 1.5, NaN]) expectError(() => new BatchStatistics(device, channels, ['a']), ConfigError, 'channels', String(channels));
    expectError(() => new BatchStatistics(device, 2, []), ConfigError, 'at least one key');
    expectError(() => new BatchStatistics(device, 2, ['a', 'a']), ConfigError, 'two keys are called a');
    const statistics = new BatchStatistics(device, 2, ['a', 'b']);
    for (const use of [() => statistics.of('c'), () => statistics.reset('c')]) expectError(use, ConfigError, 'one of a, b', 'got c');
  });
});

test('what does not fit is refused by name', () => {
  using _scope = device.scope();
  const x = zeros(device, [4, 3]);
  const [runningMean, runningVariance] = [zeros(device, [3]), zeros(device, [3])];
  expectError(() => batchNorm(zeros(device, [4]), { training: true }), ShapeError, 'batchNorm', /\[n, channels/, /\[4\]/);
  for (const shape of [[1, 3], [1, 3, 1, 1], [0, 3]]) expectError(() => batchNorm(zeros(device, shape), { training: true }), ShapeError, 'batchNorm', 'more than one value for each channel', shape.join(', '));
  expect(batchNorm(zeros(device, [1, 3]), { runningMean, runningVariance, training: false }).shape).toEqual([1, 3]);
  expect(batchNorm(zeros(device, [0, 3]), { runningMean, runningVariance, training: false }).shape).toEqual([0, 3]);
  expectError(() => batchNorm(tensor(device, new Int32Array(4), [2, 2]), { training: true }), DTypeError, 'batchNorm', 'int32');
  expectError(() => batchNorm(x, { training: false }), ConfigError, 'batchNorm', 'runningMean');
  expectError(() => batchNorm(x, { training: true, runningMean }), ConfigError, 'no runningVariance');
  expectError(() => batchNorm(x, { training: true, runningVariance }), ConfigError, 'no runningMean');
  for (const momentum of [-0.1, 1.1, NaN]) expectError(() => batchNorm(x, { training: true, momentum }), ConfigError, 'momentum', String(momentum));
  expectError(() => batchNorm(x, { training: true, eps: -1 }), ConfigError, 'eps', '-1');
  expectError(() => batchNorm(x, { training: true, weight: zeros(device, [4]) }), ShapeError, 'weight', /\[3\]/, /\[4\]/);
  expectError(() => batchNorm(x, { training: true, runningMean: zeros(device, [4]), runningVariance }), ShapeError, 'runningMean', /\[3\]/, /\[4\]/);
  expectError(() => batchNorm(x, { training: true, runningMean, runningVariance: tensor(device, new Int32Array(3)) }), DTypeError, 'int32');
  expectError(() => batchNorm(x, { training: true, runningMean, runningVariance: runningMean.detach() }), TensorError, 'share their memory');
  expectError(() => batchNorm(x, { training: true, runningMean: slice(zeros(device, [6]), [{ step: 2 }]), runningVariance }), TensorError, 'runningMean', 'contiguous');
});

interface Case {
  readonly name: string;
  readonly parameters: number[];
  readonly x: number[];
  readonly weight: number[];
  readonly bias: number[];
  readonly gradient: number[];
  readonly y: number[];
  readonly by_x: number[];
  readonly by_weight: number[];
  readonly by_bias: number[];
}
interface Fixture {
  readonly shape: number[];
  readonly eps: number;
  readonly momentum: number;
  readonly cases: Case[];
  readonly steps: (Case & { readonly mean: number[]; readonly variance: number[] })[];
  readonly evaluation: Case;
}
const FIXTURE = JSON.parse(readFileSync(new URL('../fixtures/normalisation-torch.json', import.meta.url), 'utf8')) as Fixture;

async function compare(found: Case, run: (x: Tensor, parameters: { weight: Tensor; bias: Tensor }) => Tensor): Promise<void> {
  const { shape } = FIXTURE;
  const leaves = [tensor(device, found.x, shape, { requiresGrad: true }), ...[found.weight, found.bias].map((data) => tensor(device, data, found.parameters, { requiresGrad: true }))] as const;
  const [x, weight, bias] = leaves;
  const y = run(x, { weight: weight!, bias: bias! });
  expectClose(await y.read(), found.y, { rtol: 2e-6, atol: 2e-6 });
  const gradients = grad(y, leaves, { gradient: tensor(device, found.gradient, shape) });
  for (const [i, wanted] of [found.by_x, found.by_weight, found.by_bias].entries()) expectClose(await gradients[i]!.read(), wanted, { rtol: 2e-6, atol: 6e-6 }, `gradient ${i}`);
}

test('PyTorch: three steps of batch normalisation in training, then evaluation', async () => {
  using _scope = device.scope();
  const { eps, momentum, steps, evaluation: last } = FIXTURE;
  const running = new BatchStatistics(device, last.parameters[0]!, ['task']).of('task');
  for (const step of steps) {
    await compare(step, (x, parameters) => batchNorm(x, { ...parameters, ...running, training: true, momentum, eps }));
    expectClose(await running.runningMean.read(), step.mean, { rtol: 1e-6, atol: 1e-6 });
    expectClose(await running.runningVariance.read(), step.variance, { rtol: 1e-6 });
  }
  await compare(last, (x, parameters) => batchNorm(x, { ...parameters, ...running, training: false, momentum, eps }));
});

const RUN: Record<string, (x: Tensor, parameters: { weight: Tensor; bias: Tensor }) => Tensor> = {
  'layer, 1 axis': (x, parameters) => layerNorm(x, [2], parameters),
  'layer, 2 axes': (x, parameters) => layerNorm(x, [4, 2], { ...parameters, eps: 1e-3 }),
  group: (x, parameters) => groupNorm(x, 2, parameters),
  instance: (x, parameters) => instanceNorm(x, parameters),
};
test.each(FIXTURE.cases)('PyTorch: $name', async (found) => {
  using _scope = device.scope();
  await compare(found, RUN[found.name]!);
});
