import { describe, expect, test } from 'vitest';
import { crnn, denseRelu, linear, mixtureOfExperts, mlp, multiTaskCNN, resNet } from 'lazygrad/models';
import type { DenseLayer, Layer, MixtureOptions } from 'lazygrad/models';
import type { Tensor } from '../../engine/index.ts';
import { ConfigError, backward, grad, mul, relu, sum } from '../../engine/index.ts';
import { absolute, filled, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { mixtureReference } from '../reference/mixture.ts';
import { check } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { constant, leaf } from '../support/layout.ts';
import { values } from '../support/values.ts';
import { bench, fixed } from './support.ts';
import type { Bench } from './support.ts';

const device = await testDevice();
const [N, IN, OUT, EXPERTS] = [5, 7, 3, 6];

const made = (options: MixtureOptions): Layer => mixtureOfExperts({ experts: EXPERTS, ...options })('moe', IN, OUT);
const input = (seed: number, n = N): Tensor => leaf(device, values([n, IN], 'normal', seed));

function run(layer: Layer, b: Bench, x: Tensor, training = false): { y: Tensor; probabilities: Tensor } {
  let probabilities: Tensor | undefined;
  const y = layer.forward(x, b.arena, b.mode(training, (name, value) => {
    expect(name).toBe('moe.probabilities');
    probabilities = value;
  }));
  return { y, probabilities: probabilities! };
}

/** All experts as the first. */
async function equalise({ arena }: Bench): Promise<void> {
  const state = await arena.stateDict();
  arena.loadStateDict(new Map([...state].map(([name, value]) => [name, state.get(name.replace(/experts\.\d+/, 'experts.0')) ?? value])));
}

describe.each([[1, false], [3, false], [3, true], [EXPERTS, false]])('top %i, renormalised: %s', (top, renormalise) => {
  test.each(['dense', 'sparse'] as const)('%s: value and gradients by the definition', async (dispatch) => {
    const layer = made({ top, renormalise, dispatch });
    const names = layer.specs.map(({ name }) => name);
    const router = names.indexOf('moe.router.weight');
    const order = [router, ...names.keys()].filter((at, i) => i === 0 || at !== router);
    const inputs: NDArray[] = [values([N, IN], 'normal', top), ...order.map((at) => values(layer.specs[at]!.shape, 'normal', 20 + at))];
    const reference = mixtureReference(top, renormalise);
    const b = bench(device, []);
    const largest = (x: NDArray): NDArray => filled(x.shape, Math.max(1, ...absolute(x).data));
    await check(device, {
      run: ([x, ...parameters]) => layer.forward(x!, fixed(Object.fromEntries(order.map((at, i) => [names[at]!, parameters[i]!]))), b.mode(false)),
      reference,
      // The reference's gradients are numeric.
      magnitude: { forward: (i) => largest(reference.forward(i)), gradients: (i, g) => reference.gradients(i, g).map(largest) }, rounding: 5e-6,
    }, inputs);
  });

  test('equal experts: one of them, times the sum of the largest probabilities unless renormalised', async () => {
    using _scope = device.scope();
    const layer = made({ top, renormalise });
    const b = bench(device, [layer]);
    await equalise(b);
    const x = input(3);
    const { y, probabilities } = run(layer, b, x);
    const p = await probabilities.read();
    const one = await linear('moe.experts.0', IN, OUT).forward(x, b.arena, b.mode(false)).read();
    const kept = Array.from({ length: N }, (_, n) => [...p.slice(n * EXPERTS, (n + 1) * EXPERTS)].sort((a, c) => c - a).slice(0, top).reduce((a, c) => a + c, 0));
    expectClose(await y.read(), Float64Array.from(one, (v, i) => v * (renormalise ? 1 : kept[Math.floor(i / OUT)]!)), { atol: 2e-6 });
    if (top === EXPERTS) expectClose(kept, kept.map(() => 1), { atol: 1e-6 });
    else expect(Math.max(...kept)).toBeLessThan(0.999);
  });
});

test.each(['dense', 'sparse'] as const)('%s: the gradient by an expert that no input chose is exactly 0, by a chosen one it is not', async (dispatch) => {
  using _scope = device.scope();
  const layer = made({ top: 2, dispatch });
  const b = bench(device, [layer]);
  const { y, probabilities } = run(layer, b, input(4, 1));
  const p = await probabilities.read();
  const chosen = new Set([...p.keys()].sort((i, j) => p[j]! - p[i]!).slice(0, 2));
  backward(sum(y));
  for (let e = 0; e < EXPERTS; e++) {
    const gradients = [...await b.arena.get(`moe.experts.${e}.weight`).grad!.read(), ...await b.arena.get(`moe.experts.${e}.bias`).grad!.read()];
    if (chosen.has(e)) expect(gradients.every((g) => g !== 0)).toBe(true);
    else expect(gradients.every((g) => g === 0)).toBe(true);
  }
});

test.each([[1, true], [3, false], [6, true]])('sparse is dense to rounding, and second derivatives too: top %i, renormalised: %s', async (top, renormalise) => {
  using _scope = device.scope();
  const n = 40;
  const found: Float32Array[][] = [];
  for (const dispatch of ['dense', 'sparse'] as const) {
    const layer = made({ top, renormalise, dispatch, router: 'perTask', noise: true });
    const b = bench(device, [layer]);
    b.own.loadStateDict(new Map([...await b.own.stateDict()].map(([name, value]) => [name, { ...value, data: Float32Array.from(values(value.shape, 'normal', 30).data) }])));
    const parameters = [input(11, n), ...[...layer.specs.map(({ name }) => b.arena.get(name)), ...layer.ownSpecs!.map(({ name }) => b.own.get(name))]];
    const { y } = run(layer, b, parameters[0]!, true);
    const first = grad(y, parameters, { gradient: constant(device, values([n, OUT], 'normal', 9)), createGraph: true });
    const second = grad(sum(mul(first[0]!, constant(device, values([n, IN], 'normal', 10)))), parameters);
    found.push(await Promise.all([y, ...first, ...second].map(async (t) => Float32Array.from(await t?.read() ?? []))));
  }
  for (const [i, ours] of found[1]!.entries()) {
    const theirs = found[0]![i]!;
    expect(ours.length).toBe(theirs.length);
    expectClose(ours, Float64Array.from(theirs), { atol: 4e-6 * theirs.reduce((most, v) => Math.max(most, Math.abs(v)), 1) }, `result ${i}`);
  }
});

test('by default it is sparse where an input takes fewer than half of the experts', async () => {
  using _scope = device.scope();
  const x = input(13);
  for (const [top, chosen] of [[2, 'sparse'], [3, 'dense']] as const) {
    const [implicit, explicit] = [made({ top }), made({ top, dispatch: chosen })];
    const b = bench(device, [implicit]);
    const before = device.counters.dispatches;
    run(implicit, b, x);
    const between = device.counters.dispatches;
    run(explicit, b, x);
    expect(device.counters.dispatches - between).toBe(between - before);
    expect(await run(implicit, b, x).y.read()).toEqual(await run(explicit, b, x).y.read());
  }
});

test('one expert is a dense layer', async () => {
  using _scope = device.scope();
  const layer = made({ experts: 1, top: 1 });
  const dense = linear('moe.experts.0', IN, OUT);
  const b = bench(device, [layer]);
  const x = input(5);
  const parameters = [x, ...dense.specs.map(({ name }) => b.arena.get(name))];
  const [ours, theirs] = [run(layer, b, x).y, dense.forward(x, b.arena, b.mode(false))];
  const gradient = constant(device, values([N, OUT], 'normal', 9));
  expectClose(await ours.read(), await theirs.read(), { atol: 1e-6 });
  const [a, c] = [grad(ours, parameters, { gradient }), grad(theirs, parameters, { gradient })];
  for (const i of parameters.keys()) expectClose(await a[i]!.read(), await c[i]!.read(), { atol: 5e-6 });
});

test('a router for each task lies among what is the task\'s own, starts even, and learns', async () => {
  using _scope = device.scope();
  const layer = made({ router: 'perTask', noise: true, top: 3 });
  expect(layer.specs.map(({ name }) => name).filter((name) => !name.includes('experts'))).toEqual([]);
  expect(layer.ownSpecs!.map(({ name }) => name)).toEqual(['moe.router.weight', 'moe.noise.weight']);
  const b = bench(device, [layer]);
  const { y, probabilities } = run(layer, b, input(6));
  expectClose(await probabilities.read(), new Float64Array(N * EXPERTS).fill(1 / EXPERTS), { atol: 1e-6 });
  backward(sum(y));
  expect((await b.own.get('moe.router.weight').grad!.read()).some((g) => g !== 0)).toBe(true);
});

test('noise: in training only, another at every pass, its deviation softplus + 0.01', async () => {
  using _scope = device.scope();
  const layer = made({ noise: true, router: 'perTask' });
  const b = bench(device, [layer]);
  const x = input(7, 2000);
  const still = await run(layer, b, x).probabilities.read();
  expect(await run(layer, b, x).probabilities.read()).toEqual(still);
  const one = await run(layer, b, x, true).probabilities.read();
  expect(await run(layer, b, x, true).probabilities.read()).not.toEqual(one);
  // With even logits, the logarithm of two probabilities' quotient is the difference of two normal numbers.
  const quotients = Array.from({ length: 2000 }, (_, n) => Math.log(one[n * EXPERTS]! / one[n * EXPERTS + 1]!));
  const deviation = Math.sqrt(quotients.reduce((total, q) => total + q * q, 0) / 2000);
  expect(deviation / Math.SQRT2).toBeGreaterThan((Math.LN2 + 0.01) * 0.93);
  expect(deviation / Math.SQRT2).toBeLessThan((Math.LN2 + 0.01) * 1.07);
});

test('leading axes stay', async () => {
  using _scope = device.scope();
  const layer = made({ top: 2 });
  const b = bench(device, [layer]);
  const flat = values([6, IN], 'normal', 8);
  const { y, probabilities } = run(layer, b, constant(device, { ...flat, shape: [2, 3, IN] }));
  expect([y.shape, probabilities.shape]).toEqual([[2, 3, OUT], [2, 3, EXPERTS]]);
  expect(await y.read()).toEqual(await run(layer, b, constant(device, map(flat, (v) => v))).y.read());
});

test.each([
  ['multi-task-cnn', (dense: DenseLayer) => multiTaskCNN({ input: [1, 8, 8], channels: [4, 4], features: 6, dense }), ['fc']],
  ['mlp', (dense: DenseLayer) => mlp({ inputs: 8, widths: [6, 6], dense }), ['fc1', 'fc2']],
  ['crnn', (dense: DenseLayer) => crnn({ input: [1, 8, 3], channels: [4], pools: [2], hidden: 6, dense }), ['fc']],
  ['resnet', (dense: DenseLayer) => resNet({ depth: { block: 'basic', counts: [1] }, width: 4, features: 6, dense }), ['fc']],
] as const)('takes the place of the dense layers of %s', (_, trunk, layers) => {
  const { layers: parts } = trunk(mixtureOfExperts({ experts: 2, top: 1 }));
  expect(parts.flatMap((layer) => layer.specs.map(({ name }) => name)).filter((name) => name.startsWith('fc'))).toEqual(layers.flatMap((name) => [`${name}.experts.0.weight`, `${name}.experts.0.bias`, `${name}.experts.1.weight`, `${name}.experts.1.bias`, `${name}.router.weight`]));
});

test('in a CRNN, experts stand between the last state and dropout, with relu', async () => {
  using _scope = device.scope();
  const x = constant(device, values([3, 1, 8, 3], 'normal', 1));
  const options = { input: [1, 8, 3], channels: [4], pools: [2], hidden: 6 } as const;
  const [plain, trunk] = [crnn(options), crnn({ ...options, dense: mixtureOfExperts({ experts: 3, top: 2 }) })];
  const b = bench(device, trunk.layers);
  const layer = mixtureOfExperts({ experts: 3, top: 2 })('fc', 6, 6);
  const expected = relu(layer.forward(plain.forward(x, b.arena, b.mode(false)), b.arena, b.mode(false)));
  expect(await trunk.forward(x, b.arena, b.mode(false)).read()).toEqual(await expected.read());
});

test('relu as a dense layer stores its result: the bits of relu behind it, gradients too', async () => {
  using _scope = device.scope();
  const x = input(12);
  const found: unknown[] = [];
  for (const layer of [denseRelu(linear, 'fc', IN, OUT), denseRelu((...of) => linear(...of), 'fc', IN, OUT)]) {
    const b = bench(device, [layer]);
    const parameters = [x, ...layer.specs.map(({ name }) => b.arena.get(name))];
    const y = layer.forward(x, b.arena, b.mode(true));
    const gradients = grad(y, parameters, { gradient: constant(device, values([N, OUT], 'normal', 9)) });
    found.push(await Promise.all([y, ...gradients].map((t) => t!.read())));
  }
  expect(found[0]).toEqual(found[1]);
});

test.each([[4, 5], [4, 0], [2.5, 1]])('%d experts, top %d: refused', (experts, top) => {
  expectError(() => mixtureOfExperts({ experts, top }), ConfigError, 'mixtureOfExperts', String(top));
});
