/** LSTM and GRU: values, and derivatives of both orders, by the kernels and by the composite. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { affine, grad, lstm, noGrad, recurrentParameters, slice, sum } from '../../engine/index.ts';
import type { Settings } from '../reference/recurrent.ts';
import { holds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { CONTRACTIONS, testDevice } from '../support/device.ts';
import { constant, leaf } from '../support/layout.ts';
import { values } from '../support/values.ts';
import { arrange, CELLS, drawInputs, drawLengths, flat, run, subject } from './recurrent-support.ts';

const CASES = fc.record({
  cell: fc.constantFrom(...CELLS), layers: fc.constantFrom(1, 2), bidirectional: fc.boolean(), bias: fc.boolean(), ragged: fc.boolean(),
  n: fc.constantFrom(1, 2, 5, 17), time: fc.constantFrom(1, 2, 4), input: fc.constantFrom(1, 4, 7), hidden: fc.constantFrom(1, 3, 4, 9, 36),
  layout: fc.tuple(layouts, layouts, layouts), seed: seeds,
});

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

test('equals the reference for all sizes, lengths, layers, directions and layouts', () =>
  holds(CASES, async ({ cell, layers, bidirectional, bias, ragged, layout, seed, ...size }) => {
    const settings = { cell, layers, bidirectional, bias, lengths: ragged ? drawLengths(size.n, size.time, seed) : null };
    await check(device, subject(settings, size), drawInputs(settings, size, seed), { layouts: layout, seed });
  }, 16));

// More units and rows than a workgroup has at once, and few. Other sizes come to the kernels as multiples of 4 too.
describe.each(CONTRACTIONS)('with $variant', ({ open }) => {
  test.each(CELLS.flatMap((cell) => [[cell, 68, 17], [cell, 4, 2]] as const))('%s of %i units, %i sequences', async (cell, hidden, n) => {
    const settings = { cell, layers: 1, bidirectional: true, bias: true, lengths: drawLengths(n, 3, 1) };
    const size = { n, time: 3, input: 4, hidden };
    await check(await open(), subject(settings, size), drawInputs(settings, size, 1));
  });
});

describe.each(CELLS)('%s', (cell) => {
  const deep: Settings = { cell, layers: 2, bidirectional: true, bias: true, lengths: [3, 0, 2] };
  const small = { n: 3, time: 3, input: 2, hidden: 2 };

  test('the reference agrees with differences', () => check(device, subject(deep, small), drawInputs(deep, small, 3), { differences: true }));

  test('the composite\'s derivative equals the reference, as the kernels\' does', async () => {
    for (const settings of [deep, { ...deep, lengths: null }, { ...deep, layers: 1, bidirectional: false, bias: false }]) {
      using _scope = device.scope();
      const { run: compute, reference, magnitude, rounding } = subject(settings, small);
      const inputs = drawInputs(settings, small, 7);
      const leaves = inputs.map((input) => leaf(device, input));
      const out = compute(leaves);
      const cotangent = values(out.shape, 'normal', 8);
      const found = grad(out, leaves, { gradient: constant(device, cotangent), createGraph: true });
      const expected = reference.gradients(inputs, cotangent);
      const sizes = magnitude!.gradients(inputs, cotangent);
      for (const [i, gradient] of expected.entries()) expectClose(await found[i]!.read(), gradient, { atol: sizes[i]!.data.map((size) => rounding! * size) }, `gradient by input ${i}`);
    }
  });

  test('has the right second derivatives', async () => {
    const settings = { ...deep, layers: 1, lengths: [2, 1] };
    const tiny = { n: 2, time: 2, input: 1, hidden: 2 };
    await checkSecond(device, subject(settings, tiny), drawInputs(settings, tiny, 5), { layouts: ['permuted'] });
  });

  test('has derivatives by some inputs alone, and none without a tape', async () => {
    using _scope = device.scope();
    const inputs = drawInputs(deep, small, 3);
    const constants = inputs.map((input) => constant(device, input));
    const x = leaf(device, inputs[0]!);
    const call = arrange(deep, small, constants.slice(1));
    const all = leaf(device, inputs[0]!);
    const [expected] = grad(sum(flat(run(deep, all, arrange(deep, small, inputs.slice(1).map((input) => leaf(device, input))), deep.lengths))), [all]);
    for (const createGraph of [false, true]) {
      const [g] = grad(sum(flat(run(deep, x, call, deep.lengths))), [x], { createGraph });
      expectClose(await g!.read(), await expected!.read(), { atol: 1e-6 });
    }
    expect(noGrad(() => run(deep, x, call, deep.lengths)).output.requiresGrad).toBe(false);
    expect(run(deep, constants[0]!, call, deep.lengths).output.requiresGrad).toBe(false);
  });

  test('saturated gates have gradients of 0', async () => {
    using _scope = device.scope();
    const one = { ...deep, layers: 1, bidirectional: false, lengths: null };
    const leaves = drawInputs(one, small, 4).map((input, i) => leaf(device, i === 1 ? { ...input, data: input.data.map((v) => Math.fround(v * 1e20)) } : input));
    const gradients = grad(sum(flat(run(one, leaves[0]!, arrange(one, small, leaves.slice(1)), null))), leaves);
    for (const g of gradients) expect([...await g!.read()].every(Number.isFinite)).toBe(true);
    expect((await gradients[1]!.read()).every((v) => v === 0)).toBe(true);
  });
});

test('a long sequence of many units gives the same bits as its two halves', async () => {
  using _scope = device.scope();
  const settings: Settings = { cell: 'lstm', layers: 1, bidirectional: false, bias: true, lengths: null };
  const size = { n: 1, time: 70, input: 4, hidden: 256 };
  const [x, ...rest] = drawInputs(settings, size, 1).map((input) => leaf(device, input)) as [Tensor, ...Tensor[]];
  const { parameters, initial: [hidden, cell] } = arrange(settings, size, rest) as { parameters: { get(name: string): Tensor }; initial: [Tensor, Tensor] };
  const whole = lstm(x, parameters, { initial: { hidden, cell } });
  const first = lstm(slice(x, [null, { end: 35 }]), parameters, { initial: { hidden, cell } });
  const second = lstm(slice(x, [null, { start: 35 }]), parameters, { initial: first });
  expect(await whole.cell.read()).toEqual(await second.cell.read());
  expect(await slice(whole.output, [null, { start: 35 }]).read()).toEqual(await second.output.read());
  const [wanted, found] = [whole, second].map(({ output }) => grad(sum(slice(output, [null, { start: -1 }])), [x, hidden]));
  for (const i of [0, 1]) expectClose(await found![i]!.read(), await wanted![i]!.read(), { atol: 1e-6 });
});

test('what goes between layers is given to `dropout`, and nothing else', async () => {
  using _scope = device.scope();
  const settings: Settings = { cell: 'lstm', layers: 3, bidirectional: true, bias: true, lengths: [2, 1] };
  const size = { n: 2, time: 2, input: 3, hidden: 4 };
  const inputs = drawInputs(settings, size, 1);
  const names = ['x', ...recurrentParameters('lstm', 3, 4, settings).map(({ name }) => name)];
  const tensors = inputs.map((input) => constant(device, input));
  const shapes: (readonly number[])[] = [];
  const dropout = (x: Tensor): Tensor => {
    shapes.push(x.shape);
    return affine(x, 0.5, 0);
  };
  const dropped = flat(run(settings, tensors[0]!, arrange(settings, size, tensors.slice(1)), settings.lengths, { dropout }));
  expect(shapes).toEqual([[2, 2, 8], [2, 2, 8]]);
  const halved = tensors.map((t, i) => /weight_ih_l[12]/.test(names[i] ?? '') ? affine(t, 0.5, 0) : t);
  expect(await dropped.read()).toEqual(await flat(run(settings, halved[0]!, arrange(settings, size, halved.slice(1)), settings.lengths)).read());
});

test('the parameters are PyTorch\'s', () => {
  expect(recurrentParameters('lstm', 3, 5)).toEqual([
    { name: 'weight_ih_l0', shape: [20, 3] }, { name: 'weight_hh_l0', shape: [20, 5] }, { name: 'bias_ih_l0', shape: [20] }, { name: 'bias_hh_l0', shape: [20] },
  ]);
  expect(recurrentParameters('gru', 3, 5, { layers: 2, bidirectional: true, bias: false }).map(({ name, shape }) => `${name} ${shape.join(' ')}`)).toEqual([
    'weight_ih_l0 15 3', 'weight_hh_l0 15 5', 'weight_ih_l0_reverse 15 3', 'weight_hh_l0_reverse 15 5',
    'weight_ih_l1 15 10', 'weight_hh_l1 15 5', 'weight_ih_l1_reverse 15 10', 'weight_hh_l1_reverse 15 5',
  ]);
});
