/** Activations that convolutions and fully connected layers apply themselves. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Activation, Device } from '../../engine/index.ts';
import { conv2d, convTranspose2d, linear, tensor } from '../../engine/index.ts';
import { activated, activatedMagnitude, ACTIVATIONS } from '../reference/activated.ts';
import { convReference, convTransposeReference } from '../reference/conv.ts';
import { LINEAR } from '../reference/matmul.ts';
import { holds, layouts, seeds, sizes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { CONTRACTIONS, testDevice } from '../support/device.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const NAMES = Object.keys(ACTIVATIONS) as Activation[];
const WINDOW = { stride: [2, 1], padding: [1, 1], dilation: [1, 1], groups: 2 } as const;
const EXTRA = { ...WINDOW, outputPadding: [1, 0] } as const;

const CASES = {
  linear: { run: ([x, w, b], activation) => linear(x!, w!, b, { activation }), reference: LINEAR, shapes: [[3, 5], [4, 5], [4]] },
  conv2d: { run: ([x, w, b], activation) => conv2d(x!, w!, b, { ...WINDOW, activation }), reference: convReference(WINDOW), shapes: [[1, 4, 4, 3], [2, 2, 3, 2], [2]] },
  convTranspose2d: { run: ([x, w, b], activation) => convTranspose2d(x!, w!, b, { ...EXTRA, activation }), reference: convTransposeReference(EXTRA), shapes: [[1, 2, 2, 3], [2, 2, 3, 2], [4]] },
} as const satisfies Record<string, { run: (inputs: Parameters<Subject['run']>[0], activation: Activation) => ReturnType<Subject['run']>; reference: Subject['reference']; shapes: number[][] }>;

const subject = (of: keyof typeof CASES, activation: Activation): Required<Subject> => ({
  run: (inputs) => CASES[of].run(inputs, activation), reference: activated(CASES[of].reference, ACTIVATIONS[activation]), magnitude: activatedMagnitude(CASES[of].reference), rounding: 1e-6,
});

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

test('linear equals the reference for all sizes and layouts', () =>
  holds(fc.record({ activation: fc.constantFrom(...NAMES), rows: sizes(33), inputs: sizes(33), outputs: sizes(33), layout: fc.tuple(layouts, layouts, layouts), seed: seeds }), async ({ activation, rows, inputs, outputs, layout, seed }) =>
    check(device, subject('linear', activation), [values([rows, inputs], 'normal', seed), values([outputs, inputs], 'normal', seed + 1), values([outputs], 'normal', seed + 2)], { layouts: layout, seed })));

describe.each(NAMES)('%s', (activation) => {
  test.each(Object.keys(CASES) as (keyof typeof CASES)[])('%s: the derivatives agree with differences, of both orders', async (name) => {
    const inputs = CASES[name].shapes.map((shape, i) => values(shape, 'spread', i + 1));
    await check(device, subject(name, activation), inputs, { differences: true });
    await checkSecond(device, subject(name, activation), inputs);
  });

  test('a layer without inputs gives the activated bias', async () => {
    using _scope = device.scope();
    const [out] = await linear(tensor(device, [], [1, 0]), tensor(device, [], [1, 0]), tensor(device, [-2]), { activation }).read();
    expect(out).toBeCloseTo(ACTIVATIONS[activation].f(-2), 6);
  });
});

// Values alone: the tile's pipelines are slow to compile on software adapters, and the derivatives know nothing of the variant.
describe.each(CONTRACTIONS)('with $variant', ({ open }) => {
  beforeAll(async () => {
    device = await open();
  });

  // The second sum is split: an activation of its parts would give something else.
  test.each(NAMES.flatMap((activation) => [[activation, 12], [activation, 1536]] as const))('%s of a sum of %i terms', async (activation, terms) => {
    using _scope = device.scope();
    const inputs = [values([18, terms], 'normal', 1), values([7, terms], 'normal', 2), values([7], 'normal', 3)];
    const [x, weight, bias] = inputs.map((input) => constant(device, input));
    const { reference, magnitude } = subject('linear', activation);
    expectClose(await linear(x!, weight!, bias, { activation }).read(), reference.forward(inputs), { atol: magnitude.forward(inputs).data.map((size) => 1e-6 * size) });
  });

  test.each(NAMES)('%s: NaN stays, infinity saturates', async (activation) => {
    using _scope = device.scope();
    const [low, middle, high] = { relu: [0, 0, Infinity], tanh: [-1, 0, 1], sigmoid: [0, 0.5, 1] }[activation];
    const x = tensor(device, [NaN, Infinity, -Infinity, 0, 400, -400].flatMap((value) => [value, 0, 0, 0]), [6, 4]);
    const out = await linear(x, tensor(device, [1, 0, 0, 0], [1, 4]), null, { activation }).read();
    expect([...out]).toEqual([NaN, high, low, middle, activation === 'relu' ? 400 : 1, low]);
  });

  test('no pipeline and no dispatch of its own', () => {
    using _scope = device.scope();
    const [x, weight] = [tensor(device, new Float32Array(24), [2, 12]), tensor(device, new Float32Array(24), [2, 12])];
    linear(x, weight);
    const before = device.counters;
    for (const activation of NAMES) linear(x, weight, null, { activation });
    expect(device.counters.pipelines).toBe(before.pipelines);
    expect(device.counters.dispatches - before.dispatches).toBe(NAMES.length);
  });
});
