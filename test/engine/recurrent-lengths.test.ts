/** Sequences of different lengths in LSTM and GRU: what lies beyond an end has no influence; lengths may change between replays; bad input is refused; PyTorch's numbers. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { accumulate, backward, ConfigError, DTypeError, gru, grad, lstm, recurrentParameters, ShapeError, sum, tensor, zeros } from '../../engine/index.ts';
import type { Settings } from '../reference/recurrent.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import type { ErrorClass } from '../support/errors.ts';
import { expectError } from '../support/errors.ts';
import { leaf } from '../support/layout.ts';
import { arrange, CELLS, drawInputs, flat, run } from './recurrent-support.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const size = { n: 3, time: 4, input: 2, hidden: 3 };
const int32 = (list: readonly number[]): Tensor => tensor(device, new Int32Array(list));

describe.each(CELLS)('%s', (cell) => {
  const settings: Settings = { cell, layers: 2, bidirectional: true, bias: true, lengths: null };
  const leavesOf = (junk: number | null, lengths: readonly number[]): Tensor[] => drawInputs(settings, size, 1).map((input, i) => leaf(device, i > 0 || junk === null ? input : { ...input, data: input.data.map((v, at) => Math.floor(at / 2) % 4 < lengths[Math.floor(at / 8)]! ? v : junk) }));
  const results = async (leaves: readonly Tensor[], lengths: Tensor | readonly number[], createGraph = false): Promise<unknown[]> => {
    const out = flat(run(settings, leaves[0]!, arrange(settings, size, leaves.slice(1)), lengths));
    return [await out.read(), ...await Promise.all(grad(sum(out), leaves, { createGraph }).map((g) => g!.read()))];
  };

  test('what lies beyond an end has no influence, NaN or not', async () => {
    using _scope = device.scope();
    const lengths = [2, 4, 0];
    for (const createGraph of [false, true]) {
      const clean = await results(leavesOf(null, lengths), lengths, createGraph);
      for (const junk of [NaN, Infinity, 7]) expect(await results(leavesOf(junk, lengths), lengths, createGraph)).toEqual(clean);
    }
  });

  test('a sequence of length 0 keeps its states and has output 0, even of NaN', async () => {
    using _scope = device.scope();
    const leaves = drawInputs(settings, size, 1).map((input) => leaf(device, input));
    const { parameters, initial } = arrange(settings, size, leaves.slice(1));
    const held = tensor(device, new Float32Array(4 * 3 * 3).fill(NaN), [4, 3, 3]);
    const { output, states } = run(settings, leaves[0]!, { parameters, initial }, [0, 0, 0]);
    expect([...await output.read()]).toEqual(new Array(72).fill(0));
    for (const [i, state] of states.entries()) expect(await state.read()).toEqual(await initial[i]!.read());
    const nothing = run(settings, leaves[0]!, { parameters, initial: initial.map(() => held) }, int32([0, 0, 0]));
    expect([...await nothing.output.read()]).toEqual(new Array(72).fill(0));
    for (const createGraph of [false, true]) for (const g of grad(sum(nothing.output), leaves.slice(0, 5), { createGraph })) expect((await g!.read()).every((v) => v === 0)).toBe(true);
  });

  test('a NaN stays in its sequence', async () => {
    using _scope = device.scope();
    const leaves = drawInputs(settings, size, 1).map((input, i) => leaf(device, i > 0 ? input : { ...input, data: input.data.map((v, at) => at === 9 ? NaN : v) }));
    const output = await run(settings, leaves[0]!, arrange(settings, size, leaves.slice(1)), [2, 3, 1]).output.read();
    expect([0, 1, 2].map((b) => output.subarray(b * 24, (b + 1) * 24).some(Number.isNaN))).toEqual([false, true, false]);
    expect([...output.subarray(24 + 18, 48)]).toEqual(new Array(6).fill(0));
  });

  test('lengths on the device are clamped, and equal those of the host', async () => {
    using _scope = device.scope();
    const leaves = leavesOf(null, []);
    expect(await results(leaves, int32([-3, 9, 2]))).toEqual(await results(leaves, [0, 4, 2]));
  });

  test('lengths may change between the replays of a captured step', async () => {
    using _scope = device.scope();
    const leaves = leavesOf(null, []);
    const lengths = int32([4, 4, 4]);
    const total = zeros(device, [1]);
    const gradients = leaves.map((t) => (t.grad = zeros(device, t.shape)));
    const step = device.capture(() => {
      for (const g of gradients) device.clear(g.binding);
      const out = sum(flat(run(settings, leaves[0]!, arrange(settings, size, leaves.slice(1)), lengths)));
      backward(out);
      device.clear(total.binding);
      accumulate(total, out.detach().view({ shape: [1], strides: [1], offset: 0 }));
    });
    for (const list of [[4, 4, 4], [1, 0, 3], [2, 4, 1]]) {
      lengths.write(list);
      step.replay();
      const replayed = [await total.read(), ...await Promise.all(gradients.map((g) => g.read()))];
      const out = sum(flat(run(settings, leaves[0]!, arrange(settings, size, leaves.slice(1)), list)));
      expect(replayed).toEqual([await out.read(), ...await Promise.all(grad(out, leaves).map((g) => g!.read()))].map((values) => values.map((v) => v + 0)));
    }
    step.dispose();
  });

  test('no sequences give no output and gradients of 0', async () => {
    using _scope = device.scope();
    const none = { ...size, n: 0 };
    const leaves = drawInputs(settings, none, 1).map((input) => leaf(device, input));
    const { output, states } = run(settings, leaves[0]!, arrange(settings, none, leaves.slice(1)), []);
    expect([output.shape, ...states.map(({ shape }) => shape)]).toEqual([[0, 4, 6], ...states.map(() => [4, 0, 3])]);
    for (const g of grad(flat({ output, states }), leaves, { gradient: zeros(device, [0]) })) expect((await g?.read() ?? new Float32Array()).every((v) => v === 0)).toBe(true);
  });
});

test('what does not fit is refused by name', () => {
  using _scope = device.scope();
  const settings: Settings = { cell: 'lstm', layers: 1, bidirectional: false, bias: true, lengths: null };
  const [x, ...rest] = drawInputs(settings, size, 1).map((input) => leaf(device, input)) as [Tensor, ...Tensor[]];
  const { parameters, initial: [hidden, cell] } = arrange(settings, size, rest) as { parameters: { get(name: string): Tensor }; initial: [Tensor, Tensor] };
  const but = (wrong: string, shape: number[]): { get(name: string): Tensor } => ({ get: (name) => name === wrong ? zeros(device, shape) : parameters.get(name) });
  const cases: readonly (readonly [() => unknown, ErrorClass, ...(string | RegExp)[]])[] = [
    [() => lstm(zeros(device, [3, 2]), parameters), ShapeError, 'lstm', /\[n, time, input\]/, /\[3, 2\]/],
    [() => lstm(zeros(device, [3, 0, 2]), parameters), ShapeError, 'at least one step', /\[3, 0, 2\]/],
    [() => lstm(zeros(device, [3, 4, 2], { dtype: 'int32' }), parameters), DTypeError, 'lstm', 'int32'],
    [() => lstm(zeros(device, [3, 4, 5]), parameters), ShapeError, 'weight_ih_l0', /\[12, 5\]/, /\[12, 2\]/],
    [() => gru(x, parameters), ShapeError, 'gru', 'weight_hh_l0', /3 \* hidden/, /\[12, 3\]/],
    [() => lstm(x, but('bias_hh_l0', [11])), ShapeError, 'bias_hh_l0', /\[12\]/, /\[11\]/],
    [() => lstm(x, parameters, { layers: 0 }), ConfigError, 'layers', '0'],
    [() => lstm(x, parameters, { layers: 1.5 }), ConfigError, 'layers', '1.5'],
    [() => lstm(x, parameters, { lengths: [1, 2] }), ShapeError, '3 lengths', 'got 2'],
    [() => lstm(x, parameters, { lengths: [1, 5, 2] }), ConfigError, 'from 0 to 4', 'got 5', 'sequence 1'],
    [() => lstm(x, parameters, { lengths: [1, 2, -1] }), ConfigError, 'got -1', 'sequence 2'],
    [() => lstm(x, parameters, { lengths: [NaN, 2, 1] }), ConfigError, 'got NaN', 'sequence 0'],
    [() => lstm(x, parameters, { lengths: int32([1, 2]) }), ShapeError, /lengths \[3\]/, /\[2\]/],
    [() => lstm(x, parameters, { lengths: zeros(device, [3]) }), DTypeError, 'int32', 'float32'],
    [() => lstm(x, parameters, { initial: { hidden, cell: zeros(device, [1, 3, 4]) } }), ShapeError, 'initial', /\[1, 3, 3\]/, /\[1, 3, 4\]/],
    [() => lstm(x, parameters, { initial: { hidden: zeros(device, [1, 3, 3], { dtype: 'int32' }), cell } }), DTypeError, 'lstm'],
  ];
  for (const [body, type, ...parts] of cases) expectError(body, type, ...parts);
});

interface Fixture {
  readonly lengths: number[];
  readonly hidden: number;
  readonly cases: {
    readonly name: 'lstm' | 'gru';
    readonly inputs: { readonly name: string; readonly shape: number[]; readonly values: number[]; readonly gradient: number[] }[];
    readonly results: { readonly shape: number[]; readonly values: number[]; readonly weights: number[] }[];
  }[];
}
const FIXTURE = JSON.parse(readFileSync(new URL('../fixtures/recurrent-torch.json', import.meta.url), 'utf8')) as Fixture;

test.each(FIXTURE.cases)('PyTorch: $name, two layers, both directions, packed sequences', async ({ name, inputs, results }) => {
  const { lengths, hidden } = FIXTURE;
  using _scope = device.scope();
  const settings = { cell: name, layers: 2, bidirectional: true, bias: true, lengths };
  const names = recurrentParameters(name, 2, hidden, settings);
  expect(inputs.slice(1, names.length + 1).map((input) => ({ name: input.name, shape: input.shape }))).toEqual(names);
  const leaves = inputs.map(({ values, shape }) => tensor(device, values, shape, { requiresGrad: true }));
  const out = run(settings, leaves[0]!, arrange(settings, { input: 2, hidden }, leaves.slice(1)), lengths);
  expect([out.output, ...out.states].map(({ shape }) => shape)).toEqual(results.map(({ shape }) => shape));
  const all = flat(out);
  expectClose(await all.read(), results.flatMap(({ values }) => values), { atol: 5e-7 });
  const gradient = tensor(device, results.flatMap(({ weights }) => weights));
  for (const createGraph of [false, true]) {
    const found = grad(all, leaves, { gradient, createGraph });
    for (const [i, input] of inputs.entries()) expectClose(await found[i]!.read(), input.gradient, { rtol: 2e-6, atol: 4e-6 }, input.name);
  }
});
