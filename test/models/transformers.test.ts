/** What padding must not do, and what attention must: models over sequences. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MultiTaskModel, bert, fillPadding, layerNorm, meanOverSteps, paddingByLength, paddingByNaN, paddingByToken, positionalEncoding, timeSeriesTransformer } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { Adam, ConfigError, ShapeError, accumulate, backward, crossEntropy, reshape, sum, tensor, zeros } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { padSequences } from '../../data/sequences.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { leaf } from '../support/layout.ts';
import { values } from '../support/values.ts';
import { bench } from './support.ts';

const device = await testDevice();
const CHANNELS = 5;
const series = (): Trunk => timeSeriesTransformer({ channels: CHANNELS, width: 12, heads: 3, features: 6 });
const text = (): Trunk => bert({ vocabulary: 11, width: 12, layers: 2, heads: 3, inner: 8, positions: 9, features: 6 });
const lengthsOf = (n: number, steps: number): fc.Arbitrary<number[]> => fc.array(fc.integer({ min: 1, max: steps }), { minLength: n, maxLength: n });
const whole = (x: Tensor): Promise<number[]> => x.read().then((data) => [...data]);

test('series: more padding changes nothing, nor do the others of the batch', async () => {
  const b = bench(device, series().layers);
  await fc.assert(fc.asyncProperty(lengthsOf(3, 6), fc.integer({ min: 0, max: 3 }), fc.nat(1000), async (lengths, more, seed) => {
    using _scope = device.scope();
    const sequences = lengths.map((length, i) => Float32Array.from(values([length * CHANNELS], 'normal', seed + i).data));
    const forward = (steps: number, rows = sequences): Promise<number[]> => whole(series().forward(tensor(device, padSequences(rows, CHANNELS, steps), [rows.length, steps, CHANNELS]), b.arena, b.mode(false)));
    const steps = Math.max(...lengths);
    const tight = await forward(steps);
    expectClose(await forward(steps + more), tight, { atol: 1e-5 });
    // Each sequence alone, without padding.
    for (const [i, sequence] of sequences.entries()) expectClose(await forward(lengths[i] ?? 0, [sequence]), tight.slice(6 * i, 6 * i + 6), { atol: 1e-5 });
  }), { numRuns: 5 });
});

test('the first place counts: the same steps in another order are another series', async () => {
  using _scope = device.scope();
  const b = bench(device, series().layers);
  const host = Float32Array.from(values([1, 4, CHANNELS], 'normal', 3).data);
  const turned = Float32Array.of(...host.subarray(CHANNELS), ...host.subarray(0, CHANNELS));
  const [y, z] = await Promise.all([host, turned].map((data) => whole(series().forward(tensor(device, data, [1, 4, CHANNELS]), b.arena, b.mode(false)))));
  expect(Math.max(...y!.map((value, i) => Math.abs(value - z![i]!)))).toBeGreaterThan(1e-3);
});

test('tokens: more padding changes nothing, and every token does', async () => {
  const b = bench(device, text().layers);
  await fc.assert(fc.asyncProperty(lengthsOf(3, 6), fc.integer({ min: 0, max: 3 }), fc.nat(1000), async (lengths, more, seed) => {
    using _scope = device.scope();
    const token = (i: number, t: number): number => 1 + (7 * i + 3 * t + seed) % 10;
    const forward = (steps: number, of = token): Promise<number[]> => whole(text().forward(tensor(device, Int32Array.from({ length: 3 * steps }, (_, at) => at % steps < lengths[Math.floor(at / steps)]! ? of(Math.floor(at / steps), at % steps) : 0), [3, steps]), b.arena, b.mode(false)));
    const steps = Math.max(...lengths);
    const tight = await forward(steps);
    expectClose(await forward(steps + more), tight, { atol: 1e-5 });
    // Another last token, which is read by way of attention alone unless it is the first.
    const other = await forward(steps, (i, t) => t === lengths[i]! - 1 ? 1 + token(i, t) % 10 : token(i, t));
    for (const i of lengths.keys()) expect(Math.max(...tight.slice(6 * i, 6 * i + 6).map((value, j) => Math.abs(value - other[6 * i + j]!)))).toBeGreaterThan(1e-6);
  }), { numRuns: 5 });
});

test('tokens: the padding\'s own row starts from zeros, and what it holds has no influence', async () => {
  using _scope = device.scope();
  const b = bench(device, text().layers);
  const forward = (ids: readonly number[]): Promise<number[]> => whole(text().forward(tensor(device, Int32Array.from(ids), [1, ids.length]), b.arena, b.mode(false)));
  const [short, before] = [await forward([2, 5, 3]), await b.arena.get('embeddings.word_embeddings.weight').read()];
  expect([...before.slice(0, 12)]).toEqual(new Array(12).fill(0));
  expect(before.slice(12)).not.toContain(0);
  b.arena.get('embeddings.word_embeddings.weight').write(Float32Array.from(before, (value, at) => at < 12 ? 100 + at : value));
  expectClose(await forward([2, 5, 3, 0, 0]), short, { atol: 1e-5 });
});

/** Steps of Adam on random samples, until a number of them is right in evaluation. */
async function accuracyAfter(trunk: Trunk, shape: readonly number[], sample: (i: number) => { input: number[]; target: number }, steps: number): Promise<number> {
  using _scope = device.scope();
  const [n = 1] = shape;
  const model = new MultiTaskModel(device, trunk, [{ name: 'first', outputs: 4 }], 5);
  const [inputs, targets, losses] = [zeros(device, shape), zeros(device, [n], { dtype: 'int32' }), zeros(device, [1])];
  const head = model.heads.get('first')!;
  const optimizers = [new Adam(model.shared, { lr: 3e-3 }), new Adam(head, { lr: 3e-3 })];
  const draw = (i: number): number[] => {
    const samples = Array.from({ length: n }, (_, p) => sample(n * i + p));
    inputs.write(Float32Array.from(samples.flatMap(({ input }) => input)));
    targets.write(Int32Array.from(samples, ({ target }) => target));
    return samples.map(({ target }) => target);
  };
  const step = device.capture(() => {
    using _inner = device.scope();
    model.zeroGrad();
    const loss = crossEntropy(model.forward(inputs, 'first'), targets);
    backward(loss);
    accumulate(losses, reshape(loss.detach(), [1]));
    for (const optimizer of optimizers) optimizer.step();
  });
  for (let i = 0; i < steps; i++) {
    draw(i);
    step.replay();
  }
  model.eval();
  const wanted = draw(steps + 1);
  const logits = await model.forward(inputs, 'first').read();
  step.dispose();
  return wanted.filter((target, p) => {
    const row = [...logits.slice(4 * p, 4 * p + 4)];
    return row.indexOf(Math.max(...row)) === target;
  }).length / n;
}

const random = (i: number, t: number): number => (Math.imul(i * 16 + t + 1, 0x9e3779b1) >>> 15) % 4;

test('a series: which of four steps came first', async () => {
  const STEPS = 5;
  const sample = (i: number): { input: number[]; target: number } => {
    const length = 2 + i % (STEPS - 1);
    const kinds = Array.from({ length: STEPS }, (_, t) => random(i, t));
    return { input: kinds.flatMap((kind, t) => [0, 1, 2, 3].map((c) => t >= length ? NaN : Number(c === kind))), target: kinds[0]! };
  };
  expect(await accuracyAfter(timeSeriesTransformer({ channels: 4, width: 16, layers: 1, heads: 2, features: 16, dropout: 0 }), [32, STEPS, 4], sample, 100)).toBeGreaterThan(0.95);
});

test('a text: which of four words stands third', async () => {
  const STEPS = 7;
  // [CLS] is 1, the words are 2 to 5. The first token is what is pooled: it must fetch the word from its place.
  const sample = (i: number): { input: number[]; target: number } => {
    const length = 4 + i % (STEPS - 3);
    const kinds = Array.from({ length: STEPS }, (_, t) => random(i, t));
    return { input: kinds.map((kind, t) => t === 0 ? 1 : t < length ? 2 + kind : 0), target: kinds[3]! };
  };
  expect(await accuracyAfter(bert({ vocabulary: 6, width: 16, layers: 1, heads: 2, inner: 32, positions: 8, features: 16, dropout: 0 }), [32, STEPS], sample, 150)).toBeGreaterThan(0.95);
});

test('padding by lengths, NaN and tokens; the mean without it', async () => {
  using _scope = device.scope();
  expect(await whole(paddingByLength(tensor(device, Int32Array.of(0, 2, 3)), 3))).toEqual([1, 1, 1, 0, 0, 1, 0, 0, 0]);
  expect(await whole(paddingByToken(tensor(device, Int32Array.of(0, 5, 1, 0), [2, 2]), 0))).toEqual([1, 0, 0, 1]);
  const host = Float64Array.of(1, 2, NaN, NaN, Infinity, 3, NaN, NaN, NaN, 1, NaN, NaN);
  const x = leaf(device, { shape: [2, 3, 2], data: host });
  expect(await whole(paddingByNaN(x))).toEqual([0, 1, 0, 1, 0, 1]);
  expect(await whole(fillPadding(x, paddingByNaN(x)))).toEqual([1, 2, 0, 0, Infinity, 3, 0, 0, NaN, 1, 0, 0]);
  const y = leaf(device, { shape: [3, 2, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6, NaN, Infinity, NaN, 7, NaN, 8) });
  const means = meanOverSteps(y, paddingByLength(tensor(device, Int32Array.of(2, 1, 0)), 2));
  expect(await whole(means)).toEqual([2, 3, 5, 6, 0, 0]);
  backward(sum(means));
  expect(await whole(y.grad!)).toEqual([0.5, 0.5, 0.5, 0.5, 1, 1, 0, 0, 0, 0, 0, 0]);
});

test('a series of padding alone is finite, one NaN is not hidden', async () => {
  using _scope = device.scope();
  const b = bench(device, series().layers);
  const host = Float32Array.from(values([2, 3, CHANNELS], 'normal', 3).data).fill(NaN, 3 * CHANNELS);
  const x = tensor(device, host, [2, 3, CHANNELS]);
  const y = series().forward(x, b.arena, b.mode(false));
  backward(sum(y));
  expect((await whole(y)).every(Number.isFinite)).toBe(true);
  for (const { name } of b.arena.segments) expect([name, (await whole(b.arena.get(name).grad!)).every(Number.isFinite)]).toEqual([name, true]);
  x.write(host.fill(0, 3 * CHANNELS, 3 * CHANNELS + 1));
  const rows = await whole(series().forward(x, b.arena, b.mode(false)));
  expect([rows.slice(0, 6).every(Number.isFinite), rows.slice(6).every(Number.isNaN)]).toEqual([true, true]);
});

test.each([['series', series, [2, 3, CHANNELS]], ['text', text, [2, 3]]] as const)('%s: training drops, evaluation does not', async (_, make, shape) => {
  using _scope = device.scope();
  const b = bench(device, make().layers);
  const x = tensor(device, Float32Array.from({ length: shape.reduce((p: number, size) => p * size, 1) }, (__, i) => 1 + i % 4), shape);
  const forward = (training: boolean): Promise<number[]> => whole(make().forward(x, b.arena, b.mode(training)));
  expect(await forward(true)).not.toEqual(await forward(true));
  expect(await forward(false)).toEqual(await forward(false));
});

test('errors', () => {
  using _scope = device.scope();
  const [b, c] = [bench(device, series().layers), bench(device, text().layers)];
  expectError(() => series().forward(zeros(device, [2, 3, 4]), b.arena, b.mode(false)), ShapeError, 'timeSeriesTransformer', '5]', '[2, 3, 4]');
  expectError(() => series().forward(zeros(device, [2, 5]), b.arena, b.mode(false)), ShapeError, 'timeSeriesTransformer', '[2, 5]');
  expectError(() => text().forward(zeros(device, [2, 10]), c.arena, c.mode(false)), ShapeError, 'bert', '1 to 9', '[2, 10]');
  expectError(() => text().forward(zeros(device, [2, 3, 1]), c.arena, c.mode(false)), ShapeError, 'bert', '[2, 3, 1]');
  expectError(() => positionalEncoding.forward(zeros(device, [2, 10]), b.arena, b.mode(false)), ShapeError, 'positionalEncoding', '[2, 10]');
  expectError(() => layerNorm('x', 4).forward(zeros(device, [2, 4]), b.arena, b.mode(false)), ConfigError, 'x.weight');
  const uneven = bench(device, timeSeriesTransformer({ channels: 2, width: 10, heads: 4 }).layers);
  expectError(() => timeSeriesTransformer({ channels: 2, width: 10, heads: 4 }).forward(zeros(device, [1, 2, 2]), uneven.arena, uneven.mode(false)), ConfigError, 'heads', '10', '4');
});
