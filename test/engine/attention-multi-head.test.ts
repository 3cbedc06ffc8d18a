/** Multi-head attention against PyTorch's, with all gradients. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, MultiHeadOptions, Tensor } from '../../engine/index.ts';
import { add, ConfigError, copy, DTypeError, Generator, grad, LimitError, multiHeadAttention, mul, randn, ShapeError, sum, tensor, zeros } from '../../engine/index.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

type Nested = number | boolean | readonly Nested[];
interface TorchCase {
  readonly name: string;
  readonly inputs: readonly Nested[];
  readonly parameters: Readonly<Record<string, Nested>>;
  readonly key_padding: Nested | null;
  /** true where a query may not attend. */
  readonly blocked: Nested | null;
  readonly gradient: Nested;
  readonly out: Nested;
  readonly input_gradients: readonly Nested[];
  readonly parameter_gradients: Readonly<Record<string, Nested>>;
}
const FIXTURE = JSON.parse(readFileSync(new URL('../fixtures/attention-torch.json', import.meta.url), 'utf8')) as { readonly heads: number; readonly cases: readonly TorchCase[] };

const flat = (x: Nested): number[] => typeof x === 'object' ? x.flatMap(flat) : [Number(x)];
const shapeOf = (x: Nested): number[] => typeof x === 'object' ? [x.length, ...shapeOf(x[0]!)] : [];
const leafOf = (x: Nested): Tensor => tensor(device, flat(x), shapeOf(x), { requiresGrad: true });
const bools = (x: Nested, invert = false): Tensor => tensor(device, flat(x).map((v) => invert ? 1 - v : v), shapeOf(x), { dtype: 'bool' });

test.each(FIXTURE.cases)('PyTorch: $name', async (one) => {
  using _scope = device.scope();
  const inputs = one.inputs.map(leafOf);
  const parameters = Object.fromEntries(Object.entries(one.parameters).map(([name, x]) => [name, leafOf(x)]));
  const [query, key = query, value = key] = inputs as [Tensor, Tensor?, Tensor?];
  const options: MultiHeadOptions = {
    heads: FIXTURE.heads,
    inWeight: parameters.in_proj_weight ?? [parameters.q_proj_weight!, parameters.k_proj_weight!, parameters.v_proj_weight!],
    inBias: parameters.in_proj_bias ?? null,
    outWeight: parameters['out_proj.weight']!,
    outBias: parameters['out_proj.bias'] ?? null,
    ...one.key_padding ? { keyPadding: bools(one.key_padding) } : {},
  };
  const close = async (found: Tensor, expected: Nested, what: string): Promise<void> => {
    const wanted = flat(expected);
    expect(found.shape, what).toEqual(shapeOf(expected));
    expectClose(await found.read(), wanted, { atol: 2e-6 * wanted.reduce((most, v) => Math.max(most, Math.abs(v)), 1) }, what);
  };
  // A causal mask two ways: as such, and as a mask.
  for (const mask of one.blocked ? [{ causal: true }, { mask: bools(one.blocked, true) }] : [{}]) {
    const out = multiHeadAttention(query, key, value, { ...options, ...mask });
    await close(out, one.out, 'value');
    const found = grad(out, [...inputs, ...Object.values(parameters)], { gradient: leafOf(one.gradient) });
    for (const [i, g] of one.input_gradients.entries()) await close(found[i]!, g, `gradient by input ${i}`);
    for (const [i, name] of Object.keys(parameters).entries()) await close(found[inputs.length + i]!, one.parameter_gradients[name]!, `gradient by ${name}`);
  }
});

describe('self-attention', () => {
  const variable = (seed: number, ...shape: number[]): Tensor => {
    const x = randn(device, shape, new Generator(seed));
    x.requiresGrad = true;
    return x;
  };

  test.each([6, 8])('in one projection equals three projections, in both orders of derivatives, with %i elements', async (width) => {
    using _scope = device.scope();
    const x = variable(1, 2, 5, width);
    const options = { heads: 2, inWeight: variable(2, 3 * width, width), inBias: variable(3, 3 * width), outWeight: variable(4, width, width), causal: true };
    const leaves = [x, options.inWeight, options.inBias, options.outWeight];
    const results = async (make: () => Tensor): Promise<Float32Array[]> => {
      const out = make();
      const first = grad(out, leaves, { gradient: randn(device, out.shape, new Generator(6)) });
      const recorded = grad(out, leaves, { gradient: randn(device, out.shape, new Generator(6)), createGraph: true });
      const second = grad(recorded.map((g, i) => sum(mul(g!, randn(device, g!.shape, new Generator(7 + i))))).reduce((a, b) => add(a, b)), leaves);
      return Promise.all([out, ...first, ...recorded, ...second].map(async (t) => await t!.read() as Float32Array));
    };
    const packed = await results(() => multiHeadAttention(x, x, x, options));
    const apart = await results(() => multiHeadAttention(x, copy(x), copy(x), options));
    for (const [i, found] of packed.entries()) expectClose(found, apart[i]!, { atol: 4e-6 * apart[i]!.reduce((most, v) => Math.max(most, Math.abs(v)), 1) }, `result ${i}`);
  });

  test('of nothing is nothing', () => {
    using _scope = device.scope();
    const x = zeros(device, [2, 0, 4]);
    expect(multiHeadAttention(x, x, x, { heads: 2, inWeight: variable(1, 12, 4), outWeight: variable(2, 4, 4) }).shape).toEqual([2, 0, 4]);
  });
});

test('what does not fit is refused by name', () => {
  using _scope = device.scope();
  const x = zeros(device, [2, 3, 4]);
  const options = { heads: 2, inWeight: zeros(device, [12, 4]), inBias: zeros(device, [12]), outWeight: zeros(device, [4, 4]), outBias: zeros(device, [4]) };
  const refuses = (change: Partial<MultiHeadOptions>, error: Parameters<typeof expectError>[1], ...parts: (string | RegExp)[]): void => {
    expectError(() => multiHeadAttention(x, x, x, { ...options, ...change }), error, 'multiHeadAttention', ...parts);
  };
  for (const heads of [3, 0, 1.5]) refuses({ heads }, ConfigError, 'divides the width 4', String(heads));
  refuses({ inWeight: zeros(device, [4, 4]) }, ShapeError, 'inWeight [12', '[4, 4]');
  refuses({ inWeight: [zeros(device, [4, 4]), zeros(device, [3, 4]), zeros(device, [4, 4])] }, ShapeError, 'inWeight [4', '[3, 4]');
  refuses({ inBias: zeros(device, [4]) }, ShapeError, 'inBias [12]', '[4]');
  refuses({ outWeight: zeros(device, [4, 3]) }, ShapeError, 'outWeight [e, e]', '[4, 3]');
  refuses({ keyPadding: zeros(device, [2, 3]) }, DTypeError, 'bool', 'float32');
  refuses({ heads: 1, inWeight: zeros(device, [387, 4]), inBias: zeros(device, [387]), outWeight: zeros(device, [129, 129]) }, LimitError, '129', 'at most 128');
  expectError(() => multiHeadAttention(x, zeros(device, [3, 4]), x, options), ShapeError, 'multiHeadAttention', '[n, l, width]', '[3, 4]');
  expectError(() => multiHeadAttention(zeros(device, [2, 3, 5]), x, x, options), ShapeError, 'linear', '[2, 3, 5]');
});
