import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { abs, clamp, ConfigError, cos, DTypeError, exp, expm1, gelu, grad, leakyRelu, log, log1p, pow, reciprocal, rsqrt, sigmoid, sign, silu, sin, softplus, sqrt, tanh, tensor } from '../../engine/index.ts';
import { unaryReference } from '../reference/broadcast.ts';
import { clampReference, leakyReference, logistic, powerReference, UNARY } from '../reference/functions.ts';
import type { Reference } from '../reference/operation.ts';
import { holds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { positive, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

interface Case {
  readonly run: (x: Tensor) => Tensor;
  readonly reference: Reference;
  /** What the error is relative to, where it is not the result: the sizes of the terms that the result and the derivative add up. */
  readonly magnitude?: Reference;
  readonly positive?: boolean;
  readonly smooth?: boolean;
}

const one = (x: number): number => 1 + Math.abs(x);
const CASES: Readonly<Record<string, Case>> = {
  abs: { run: abs, reference: UNARY.abs! },
  sign: { run: sign, reference: UNARY.sign! },
  sqrt: { run: sqrt, reference: UNARY.sqrt!, positive: true, smooth: true },
  rsqrt: { run: rsqrt, reference: UNARY.rsqrt!, positive: true, smooth: true },
  reciprocal: { run: reciprocal, reference: UNARY.reciprocal!, positive: true, smooth: true },
  expm1: { run: expm1, reference: UNARY.expm1!, smooth: true },
  log1p: { run: log1p, reference: UNARY.log1p!, positive: true, smooth: true },
  sin: { run: sin, reference: UNARY.sin!, magnitude: unaryReference(() => 0.4, () => 0.4), smooth: true },
  cos: { run: cos, reference: UNARY.cos!, magnitude: unaryReference(() => 0.4, () => 0.4), smooth: true },
  tanh: { run: tanh, reference: UNARY.tanh!, magnitude: unaryReference(Math.tanh, (x) => 1 + Math.tanh(x) ** 2), smooth: true },
  sigmoid: { run: sigmoid, reference: UNARY.sigmoid!, magnitude: unaryReference(logistic, logistic), smooth: true },
  silu: { run: silu, reference: UNARY.silu!, magnitude: unaryReference((x) => x * logistic(x), one), smooth: true },
  softplus: { run: softplus, reference: UNARY.softplus!, smooth: true },
  'gelu': { run: gelu, reference: UNARY.gelu!, magnitude: unaryReference((x) => x, one), smooth: true },
  'gelu by tanh': { run: (x) => gelu(x, { approximate: 'tanh' }), reference: UNARY.geluTanh!, magnitude: unaryReference((x) => x, (x) => one(x) ** 2), smooth: true },
  leakyRelu: { run: (x) => leakyRelu(x, 0.2), reference: leakyReference(Math.fround(0.2)), smooth: true },
  clamp: { run: (x) => clamp(x, -0.75, 1.125), reference: clampReference(-0.75, 1.125) },
  'pow 3': { run: (x) => pow(x, 3), reference: powerReference(3), smooth: true },
  'pow -2': { run: (x) => pow(x, -2), reference: powerReference(-2), positive: true, smooth: true },
  'pow 2.5': { run: (x) => pow(x, 2.5), reference: powerReference(2.5), positive: true, smooth: true },
  'pow 0': { run: (x) => pow(x, 0), reference: powerReference(0) },
};

describe.each(Object.keys(CASES))('%s', (name) => {
  const { run, reference, magnitude = reference, positive: above = false, smooth = false } = CASES[name]!;
  const subject = { run: ([x]: readonly Tensor[]) => run(x!), reference, magnitude };
  const input = (shape: readonly number[], kind: 'spread' | 'normal', seed: number): ReturnType<typeof values> => above ? positive(shape, seed) : values(shape, kind, seed);

  test('equals the reference for all shapes and layouts', () =>
    holds(fc.record({ shape: shapes({ min: 0, max: 4 }, 17), kind: fc.constantFrom('spread', 'normal'), layout: layouts, seed: seeds }), async ({ shape, kind, layout, seed }) =>
      check(device, subject, [input(shape, kind, seed)], { layouts: [layout], seed })));

  test('has the derivative that differences give, and the second one', async () => {
    const x = input([3, 5], 'spread', 4);
    await check(device, subject, [x], { differences: true });
    if (smooth) await checkSecond(device, subject, [x], { layouts: ['permuted'] });
  });
});

async function compute(f: (x: Tensor) => Tensor, x: readonly number[]): Promise<number[]> {
  using _scope = device.scope();
  return [...await f(tensor(device, x)).read()];
}

/** Numbers of every size from `low` to `high`, evenly spread by their logarithm. */
function range(low: number, high: number, count = 4000): number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(low * (high / low) ** (i / (count - 1))));
}
const both = (x: readonly number[]): number[] => [...x, ...x.map((v) => -v)];

describe('over the whole range', () => {
  // Relative errors of 4 units in the last place (2^-23 each).
  test.each([
    ['exp', exp, Math.exp, both(range(1e-10, 87))],
    ['expm1', expm1, Math.expm1, both(range(1e-30, 87))],
    ['log', log, Math.log, [...range(1e-37, 1e38), ...range(0.9, 1.1)]],
    ['log1p', log1p, Math.log1p, [...range(1e-30, 1e38), ...range(1e-30, 0.999).map((x) => -x)]],
    ['tanh', tanh, Math.tanh, both(range(1e-30, 1e38))],
    ['sigmoid', sigmoid, logistic, both(range(1e-10, 80))],
    ['sqrt', sqrt, Math.sqrt, range(1e-37, 3e38)],
    ['rsqrt', rsqrt, (x: number) => 1 / Math.sqrt(x), range(1e-37, 3e38)],
    ['pow 7', (x: Tensor) => pow(x, 7), (x: number) => x ** 7, both(range(1e-4, 1e5))],
  ] as const)('%s', async (_, f, expected, x) => {
    expectClose(await compute(f, x), x.map(expected), { rtol: 4 * 2 ** -23 });
  });

  test('sin and cos, to 2e-7 of 1', async () => {
    const x = both([...range(1e-30, 8192), ...Array.from({ length: 4000 }, (_, i) => Math.fround(i * Math.PI / 8))]);
    expectClose(await compute(sin, x), x.map(Math.sin), { atol: 2e-7 });
    expectClose(await compute(cos, x), x.map(Math.cos), { atol: 2e-7 });
    const small = both(range(1e-30, 1));
    expectClose(await compute(sin, small), small.map(Math.sin), { rtol: 4 * 2 ** -23 });
  });

  test('gelu by the error function', async () => {
    const x = both(range(1e-20, 30));
    expectClose(await compute(gelu, x), x.map((v) => UNARY.gelu!.forward([{ shape: [1], data: Float64Array.of(v) }]).data[0]!), { rtol: 5e-7, atol: 5e-7 });
  });
});

describe('special values', () => {
  const X = [NaN, Infinity, -Infinity, 0, -1];
  test.each([
    ['abs', abs, [NaN, Infinity, Infinity, 0, 1]],
    ['sign', sign, [NaN, 1, -1, 0, -1]],
    ['sqrt', sqrt, [NaN, Infinity, NaN, 0, NaN]],
    ['rsqrt', rsqrt, [NaN, 0, NaN, Infinity, NaN]],
    ['reciprocal', reciprocal, [NaN, 0, -0, Infinity, -1]],
    ['expm1', expm1, [NaN, Infinity, -1, 0, Math.fround(Math.expm1(-1))]],
    ['log1p', log1p, [NaN, Infinity, NaN, 0, -Infinity]],
    ['sin', sin, [NaN, NaN, NaN, 0, Math.fround(Math.sin(-1))]],
    ['cos', cos, [NaN, NaN, NaN, 1, Math.fround(Math.cos(-1))]],
    ['tanh', tanh, [NaN, 1, -1, 0, Math.fround(Math.tanh(-1))]],
    ['sigmoid', sigmoid, [NaN, 1, 0, 0.5, Math.fround(logistic(-1))]],
    ['softplus', softplus, [NaN, Infinity, 0, Math.fround(Math.LN2), Math.fround(Math.log1p(Math.exp(-1)))]],
    ['leakyRelu', (x: Tensor) => leakyRelu(x, 0.25), [NaN, Infinity, -Infinity, 0, -0.25]],
    ['clamp', (x: Tensor) => clamp(x, -0.5, 2), [NaN, 2, -0.5, 0, -0.5]],
    ['clamp from one side', (x: Tensor) => clamp(x, -Infinity, 2), [NaN, 2, -Infinity, 0, -1]],
  ] as const)('%s', async (_, f, expected) => {
    expectClose(await compute(f, X), expected, { rtol: 2.4e-7 });
  });

  test('odd functions keep the sign of zero', async () => {
    for (const f of [sin, tanh, expm1, log1p, sqrt]) expect(await compute(f, [-0, 0])).toEqual([-0, 0]);
  });

  test('derivatives where there is a kink, and far out', async () => {
    using _scope = device.scope();
    const slopes = async (f: (x: Tensor) => Tensor, x: number[]): Promise<number[]> => {
      const leaf = tensor(device, x, [x.length], { requiresGrad: true });
      return [...await grad(f(leaf), [leaf], { gradient: tensor(device, x.map(() => 1)) })[0]!.read()];
    };
    expect(await slopes(abs, [-2, 0, 2])).toEqual([-1, 0, 1]);
    expect(await slopes((x) => clamp(x, -1, 1), [-2, -1, 0, 1, 2])).toEqual([0, 1, 1, 1, 0]);
    expect(await slopes((x) => leakyRelu(x, 0.5), [-2, 0, 2])).toEqual([0.5, 0.5, 1]);
    expect(await slopes((x) => gelu(x, { approximate: 'tanh' }), [-1e15, 1e15])).toEqual([0, 1]);
    expect((await slopes(gelu, [-1e15, 1e15])).map(Math.abs)).toEqual([0, 1]);
    expect(await slopes(softplus, [-1e15, 1e15])).toEqual([0, 1]);
  });
});

test('arguments that make no sense are refused', () => {
  using _scope = device.scope();
  expectError(() => clamp(tensor(device, [1]), 2, 1), ConfigError, 'clamp', '2', '1');
  expectError(() => clamp(tensor(device, [1]), NaN, 1), ConfigError, 'clamp');
  expectError(() => gelu(tensor(device, [1]), { approximate: 'fast' as 'tanh' }), ConfigError, 'gelu', 'fast');
  expectError(() => sin(tensor(device, new Int32Array(2))), DTypeError, 'sin', 'float32', 'int32');
});
