/** KML: nothing is changed at first; factors for rows are scales of channels; the gradients of rows and columns; a batch is a set. */
import { describe, expect, test } from 'vitest';
import { ConfigError, DTypeError, Generator, backward, cast, conv2d, gradcheck, grad, linear, matmul, mul, ones, rand, randn, reshape, sum, tensor, transpose } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import { buildModel, findMethod, resolveHyperparameters } from 'lazygrad/methods';
import { bert, mlp, multiTaskCNN } from 'lazygrad/models';
import type { MultiTaskModel, Parameters, Trunk } from 'lazygrad/models';
import { FORMS, binned, factors, kernelModulation, modulatedByRows } from '../../methods/kernel-modulation.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { bitsOf, toyRun, trio } from './toy-run.ts';

const device = await testDevice();
const normal = (shape: readonly number[], seed: number): Tensor => randn(device, shape, new Generator(seed));

const TRUNKS: readonly (readonly [string, Trunk, readonly number[]])[] = [
  ['mlp', mlp({ inputs: 10, widths: [7, 5] }), [6, 10]],
  ['multi-task-cnn', multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 6 }), [6, 1, 8, 8]],
];

function model(name: string, trunk: Trunk, form = 'full'): MultiTaskModel {
  const method = findMethod(name);
  return buildModel(method, { device, trunk: () => trunk, tasks: [{ name: 'a', outputs: 3 }], seed: 4 }, resolveHyperparameters(method, name === 'kml' ? { form, embedding: 8, hidden: 9 } : {}));
}

/** Generators that have learnt something. */
function stir({ shared }: MultiTaskModel): void {
  for (const { name, shape } of shared.segments) if (/^modulation\..*\.out\./.test(name)) shared.get(name).write(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(3 * i + 1)));
}

describe.each(FORMS)('%s', (form) => {
  test.each(TRUNKS)('%s: generators that begin with zeros change nothing, bit by bit; later they do', async (_name, trunk, shape) => {
    using _scope = device.scope();
    const [plain, found] = [model('alternating-sgd', trunk), model('kml', trunk, form)];
    const x = normal(shape, 3);
    expect(await found.forward(x, 'a').read()).toEqual(await plain.forward(x, 'a').read());
    stir(found);
    expect(await found.forward(x, 'a').read()).not.toEqual(await plain.forward(x, 'a').read());
  });

  test('the order of the samples in a batch is nothing to the kernels; other batches make others', async () => {
    using _scope = device.scope();
    const trunk = mlp({ inputs: 10, widths: [7] });
    const found = model('kml', trunk, form);
    stir(found);
    const modulation = kernelModulation(trunk, { form, embedding: 8, hidden: 9 });
    const view = (x: Tensor): Promise<ArrayLike<number>> => modulation.view(found.shared, found.heads.get('a')!, x).get('fc1.weight').read();
    const values = await normal([4, 10], 3).read();
    const rows = [2, 0, 3, 1].flatMap((i) => [...values.slice(10 * i, 10 * i + 10)]);
    const kernel = await view(tensor(device, values, [4, 10]));
    expectClose(await view(tensor(device, rows, [4, 10])), kernel, { atol: 1e-6 });
    const other = await view(normal([4, 10], 5));
    expect(Math.max(...Array.from(kernel, (value, i) => Math.abs(value - other[i]!)))).toBeGreaterThan(1e-3);
  });

  test('encoder, generators and kernels all have gradients, and learn', async () => {
    using _scope = device.scope();
    const found = model('kml', TRUNKS[0]![1], form);
    stir(found);
    const out = found.forward(normal([6, 10], 3), 'a');
    backward(sum(mul(out, out)));
    for (const { name } of found.shared.segments) expect((await found.shared.get(name).grad!.read()).some((value) => value !== 0), name).toBe(true);
    const { start, model: trained } = await toyRun(device, 'kml', { dataset: trio, set: { form } });
    expect((await bitsOf(trained)).shared!.filter((bits, i) => bits !== start.shared![i]).length).toBeGreaterThan(64 * 9);
  });
});

test('full: each weight by twice the sigmoid of its logit', async () => {
  using _scope = device.scope();
  expectClose(await factors(tensor(device, [0, 1, -2, 100, -100])).read(), [0, 1, -2, 100, -100].map((z) => 2 / (1 + Math.exp(-z))), { atol: 1e-6 });
  const found = model('kml', mlp({ inputs: 10, widths: [7] }), 'full');
  stir(found);
  const x = normal([4, 10], 3);
  const p: Parameters = found.shared;
  const dense = (name: string, at: Tensor, relu: boolean): Tensor => linear(at, p.get(`modulation.${name}.weight`), p.get(`modulation.${name}.bias`), relu ? { activation: 'relu' } : {});
  // The mean over samples of the encoder's values.
  const codes = await dense('encoder', binned(x), true).read();
  const code = tensor(device, Float32Array.from({ length: 8 }, (_, k) => [0, 1, 2, 3].reduce((total, i) => total + codes[8 * i + k]! / 4, 0)), [1, 8]);
  const logits = await dense('fc1.weight.out', dense('fc1.weight.hidden', code, true), false).read();
  const weight = await p.get('fc1.weight').read();
  const kernel = kernelModulation(mlp({ inputs: 10, widths: [7] }), { form: 'full', embedding: 8, hidden: 9 }).view(p, p, x);
  expectClose(await kernel.get('fc1.weight').read(), weight.map((w, i) => w * 2 / (1 + Math.exp(-logits[i]!))), { atol: 2e-6 });
  expect(kernel.get('fc1.bias')).toBe(p.get('fc1.bias'));
});

describe('rank-one: W ⊙ v uᵀ', () => {
  test('u = 1: the outputs of a linear layer, and the channels of a convolution, are scaled by v', async () => {
    using _scope = device.scope();
    const [v, x, weight] = [normal([5], 1), normal([3, 4], 2), normal([5, 4], 3)];
    expectClose(await linear(x, modulatedByRows(weight, v, ones(device, [4]))).read(), await mul(linear(x, weight), v).read(), { atol: 2e-6 });
    const [image, kernel] = [normal([2, 3, 6, 6], 4), normal([5, 3, 3, 3], 5)];
    expectClose(await conv2d(image, modulatedByRows(kernel, v, ones(device, [27]))).read(), await mul(conv2d(image, kernel), reshape(v, [5, 1, 1])).read(), { atol: 1e-5 });
  });

  test('dL/dv = (dL/dW\' ⊙ W) u, dL/du = (dL/dW\' ⊙ W)ᵀ v, and central differences agree', async () => {
    using _scope = device.scope();
    const [weight, v, u, x] = [normal([5, 2, 3], 1), normal([5], 2), normal([6], 3), normal([4, 6], 4)];
    for (const leaf of [v, u]) leaf.requiresGrad = true;
    const loss = (kernel: Tensor): Tensor => {
      const y = linear(x, reshape(kernel, [5, 6]));
      return sum(mul(y, y));
    };
    const modulated = modulatedByRows(weight, v, u);
    const [byV, byU, byKernel] = grad(loss(modulated), [v, u, modulated]);
    const product = reshape(mul(byKernel!, weight), [5, 6]);
    expectClose(await byV!.read(), await matmul(product, reshape(u, [6, 1])).read(), { rtol: 1e-5, atol: 1e-4 });
    expectClose(await byU!.read(), await matmul(transpose(product), reshape(v, [5, 1])).read(), { rtol: 1e-5, atol: 1e-4 });
    await gradcheck((a, b) => modulatedByRows(weight, a, b), [v.detach(), u.detach()]);
  });
});

describe('what the encoder sees', () => {
  test('64 means of a sample of any shape, NaN as 0', async () => {
    using _scope = device.scope();
    const sample = Float32Array.from({ length: 2 * 130 }, (_, i) => i % 130);
    sample[1] = NaN;
    const found = [...await binned(tensor(device, sample, [2, 13, 10])).read()];
    expect(found.slice(0, 2)).toEqual([2 / 3, 4].map(Math.fround));
    expect(found.slice(64, 66)).toEqual([1, 4]);
    expectClose(found.slice(64 + 42, 64 + 46), [127, 43, 0, 0], { atol: 1e-4 });
    expect([...await binned(rand(device, [1, 3], new Generator(1), 1, 2)).read()].map((value) => value > 0)).toEqual(Array.from({ length: 64 }, (_, i) => i < 3));
  });

  test('tokens are counted by their remainders', async () => {
    using _scope = device.scope();
    const found = [...await binned(tensor(device, Int32Array.of(0, 63, 64, 130, 30_521, 2, 66, 2), [2, 4])).read()];
    const expected = new Array<number>(128).fill(0);
    for (const [sample, bin, share] of [[0, 0, 0.5], [0, 63, 0.25], [0, 2, 0.25], [1, 30_521 % 64, 0.25], [1, 2, 0.75]] as const) expected[64 * sample + bin] = share;
    expect(found).toEqual(expected);
  });

  test('nothing else', () => {
    using _scope = device.scope();
    expect(() => binned(cast(tensor(device, [1, 2], [1, 2]), 'uint32'))).toThrow(DTypeError);
  });
});

test('a transformer of tokens learns; its tables of embeddings are as they were', async () => {
  using _scope = device.scope();
  const trunk = bert({ vocabulary: 90, positions: 6, width: 8, layers: 1, heads: 2, inner: 12, features: 5 });
  const [plain, found] = [model('alternating-sgd', trunk), model('kml', trunk)];
  const tokens = tensor(device, Int32Array.of(3, 70, 71, 5, 6, 0, 3, 8, 80, 81, 0, 0), [2, 6]);
  expect(await found.forward(tokens, 'a').read()).toEqual(await plain.forward(tokens, 'a').read());
  stir(found);
  backward(sum(found.forward(tokens, 'a')));
  const names = found.shared.segments.map(({ name }) => name);
  expect(names.filter((name) => /^modulation.*embeddings/.test(name))).toEqual([]);
  const encoder = await found.shared.get('modulation.encoder.weight').grad!.read();
  expect(encoder.some((value) => value !== 0)).toBe(true);
});

test('a trunk without kernels is refused', () => {
  const nothing: Trunk = { name: 'nothing', layers: [], features: 3, forward: (x) => x };
  expect(() => kernelModulation(nothing, { form: 'full', embedding: 2, hidden: 2 })).toThrow(ConfigError);
});

test('half a neuron is refused', () => {
  const method = findMethod('kml');
  const blueprint = { device, trunk: () => TRUNKS[0]![1], tasks: [{ name: 'a', outputs: 3 }], seed: 4 };
  expect(() => buildModel(method, blueprint, resolveHyperparameters(method, { hidden: 2.5 }))).toThrow(/option hidden: expected a whole number, got 2.5/);
});
