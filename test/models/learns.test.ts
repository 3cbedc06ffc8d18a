/** Small tasks that a model could not learn if it were miswired. Every seed is fixed; inputs that are tested were not trained on. */
import { expect, test } from 'vitest';
import { MultiTaskModel, crnn, lstm, mixtureOfExperts, multiTaskCNN, resNet } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { Adam, argmax, backward, crossEntropy, mseLoss, noGrad, reshape, zeros } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import type { NDArray } from '../reference/array.ts';
import { testDevice } from '../support/device.ts';
import { constant } from '../support/layout.ts';
import { uniforms, values } from '../support/values.ts';
import { bench } from './support.ts';

const device = await testDevice();

/** One input, and its class, or that of each of the rows that the trunk makes of it. */
type Example = (random: () => number) => { readonly data: readonly number[]; readonly labels: readonly number[] };

interface Lesson {
  readonly shape: readonly number[];
  readonly example: Example;
  /** How many labels an input has; default 1. */
  readonly rows?: number;
  readonly steps: number;
  readonly lr: number;
}

const BATCH = 32;
const TESTED = 128;

/** Trains with captured steps, and returns the share of correct answers on new inputs. */
async function accuracyAfter(trunk: Trunk, { shape, example, rows = 1, steps, lr }: Lesson): Promise<number> {
  const random = uniforms(1);
  const model = new MultiTaskModel(device, trunk, [{ name: 'a', outputs: 2 }], 1);
  const optimizers = [model.shared, ...model.heads.values()].map((arena) => new Adam(arena, { lr }));
  const [x, y] = [zeros(device, [BATCH, ...shape]), zeros(device, [BATCH * rows], { dtype: 'int32' })];
  const step = device.capture(() => {
    model.zeroGrad();
    backward(crossEntropy(model.forward(x, 'a'), y));
    for (const optimizer of optimizers) optimizer.step();
  });
  for (let i = 0; i < steps; i++) {
    const drawn = Array.from({ length: BATCH }, () => example(random));
    x.write(drawn.flatMap(({ data }) => data));
    y.write(drawn.flatMap(({ labels }) => labels));
    step.replay();
    if (i % 10 === 9) await device.finish();
  }
  step.dispose();
  model.eval();
  const drawn = Array.from({ length: TESTED }, () => example(random));
  const inputs = zeros(device, [TESTED, ...shape]);
  inputs.write(drawn.flatMap(({ data }) => data));
  const answers = await noGrad(() => argmax(model.forward(inputs, 'a'), { axis: 1 })).read();
  const expected = drawn.flatMap(({ labels }) => labels);
  return expected.filter((label, i) => answers[i] === label).length / expected.length;
}

test('an LSTM: the parity of all bits so far', async () => {
  using _scope = device.scope();
  const steps = 6;
  const layer = lstm('lstm', 1, 12);
  const trunk: Trunk = { name: 'lstm', layers: [layer], features: 12, forward: (x, p, mode) => reshape(layer.forward(x, p, mode), [x.shape[0]! * steps, 12]) };
  const example: Example = (random) => {
    const bits = Array.from({ length: steps }, () => random() < 0.5 ? 0 : 1);
    return { data: bits.map((bit) => 2 * bit - 1), labels: bits.map((_, i) => bits.slice(0, i + 1).filter((bit) => bit === 1).length % 2) };
  };
  expect(await accuracyAfter(trunk, { shape: [steps, 1], example, rows: steps, steps: 150, lr: 0.03 })).toBe(1);
});

// Convolutions see four steps back and forth: the first states have not seen where the tone goes.
test('a CRNN: a tone that stays, and at last rises or falls', async () => {
  using _scope = device.scope();
  const [height, width, turn] = [8, 12, 7];
  const example: Example = (random) => {
    const [start, rises] = [Math.floor(random() * height), random() < 0.5];
    const at = (time: number): number => (start + (rises ? 1 : -1) * Math.max(0, time - turn) + height) % height;
    return { data: Array.from({ length: height * width }, (_, i) => (at(i % width) === Math.floor(i / width) ? 1 : 0) + 0.2 * random()), labels: [rises ? 1 : 0] };
  };
  expect(await accuracyAfter(crnn({ input: [1, height, width], channels: [4, 8], pools: [2, 4], hidden: 8, dropout: 0.2 }), { shape: [1, height, width], example, steps: 60, lr: 0.02 })).toBeGreaterThan(0.95);
});

/** Stripes along one diagonal or the other, shifted at random, so that no pixel tells anything by itself. */
const stripes = (size: number, channels: number): Example => (random) => {
  const [phase, leans] = [Math.floor(random() * 4), random() < 0.5];
  return { data: Array.from({ length: channels * size * size }, (_, i) => (((i % size) + (leans ? 1 : -1) * (Math.floor(i / size) % size) + phase + 4 * size) % 4 < 2 ? 1 : -1) + 0.5 * (2 * random() - 1)), labels: [leans ? 1 : 0] };
};

test.each([
  ['MultiTaskCNN', () => multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 8 }), 1, 40],
  ['MultiTaskCNN with experts', () => multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 8, dense: mixtureOfExperts({ experts: 4, top: 2, dispatch: 'sparse' }) }), 1, 40],
  ['ResNet', () => resNet({ depth: { block: 'basic', counts: [1, 1] }, channels: 2, width: 4, stem: 'small', features: 8 }), 2, 40],
] as const)('%s: which way stripes lean', async (_, trunk, channels, steps) => {
  using _scope = device.scope();
  expect(await accuracyAfter(trunk(), { shape: [channels, 8, 8], example: stripes(8, channels), steps, lr: 0.01 })).toBeGreaterThan(0.95);
});

test('a mixture of two experts: two regimes, and the router tells them apart', async () => {
  using _scope = device.scope();
  const [n, width] = [64, 4];
  const layer = mixtureOfExperts({ experts: 2, top: 1, dispatch: 'sparse' })('moe', width, 2);
  const b = bench(device, [layer], 4);
  const optimizer = new Adam(b.arena, { lr: 0.03 });
  // The last number tells the regime: [2 p - q, r] in one, [q, p - r] in the other.
  const inputs = (count: number, seed: number): NDArray => {
    const { shape, data } = values([count, width], 'normal', seed);
    return { shape, data: data.map((v, i) => i % width < width - 1 ? v : Math.sign(v) * (1 + 0.2 * Math.abs(v))) };
  };
  const regimeOf = ({ data }: NDArray, i: number): number => data[i * width + width - 1]! > 0 ? 1 : 0;
  const drawn = inputs(n, 5);
  const targets = Array.from({ length: n }, (_, i) => {
    const [p = 0, q = 0, r = 0] = drawn.data.subarray(i * width);
    return regimeOf(drawn, i) ? [2 * p - q, r] : [q, p - r];
  }).flat();
  const x = constant(device, drawn);
  const y = constant(device, { shape: [n, 2], data: Float64Array.from(targets) });
  const loss = (): Tensor => mseLoss(layer.forward(x, b.arena, b.mode(true)), y);
  const before = await noGrad(loss).item();
  const step = device.capture(() => {
    b.arena.zeroGrad();
    backward(loss());
    optimizer.step();
  });
  for (let i = 0; i < 300; i++) {
    step.replay();
    if (i % 20 === 19) await device.finish();
  }
  step.dispose();
  const fresh = inputs(200, 6);
  const seen: Tensor[] = [];
  noGrad(() => layer.forward(constant(device, fresh), b.arena, b.mode(false, (_, probabilities) => void seen.push(argmax(probabilities, { axis: 1 })))));
  const chosen = await seen[0]!.read();
  const agree = Array.from({ length: 200 }, (_, i) => regimeOf(fresh, i) === chosen[i]).filter(Boolean).length / 200;
  expect(await noGrad(loss).item()).toBeLessThan(before / 20);
  expect(Math.max(agree, 1 - agree)).toBeGreaterThan(0.95);
});
