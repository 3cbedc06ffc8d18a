import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../engine/index.ts';
import {
  abs, accumulate, add, backward, cast, clamp, concat, contiguous, conv2d, copy, div, DTypeError, exp, expand, flip, gelu, grad, jacobian, linear, lt, matmul, max, mean, mul,
  permute, relu, reshape, sigmoid, slice, sub, sum, tensor, TensorError, transpose, where,
} from '../../engine/index.ts';
import { make } from '../catalogue/entry.ts';
import { OPERATIONS as CATALOGUE } from '../catalogue/operations.ts';
import { build, map, position } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { broadcastShape } from '../reference/broadcast.ts';
import { convReference } from '../reference/conv.ts';
import { HALVES, nearestHalf } from '../reference/half.ts';
import { LINEAR, MATMUL } from '../reference/matmul.ts';
import { broadcastPairs, holds, layouts, seeds, shapes, sizes } from '../support/arbitraries.ts';
import { testDevice, tileDevice } from '../support/device.ts';
import { expectClose } from '../support/close.ts';
import { expectError } from '../support/errors.ts';
import { constant, leaf } from '../support/layout.ts';
import { uniforms, values } from '../support/values.ts';

const device = await testDevice();
const missing = !device.features.includes('shader-f16');

const half = (data: readonly number[], shape: readonly number[] = [data.length]): Tensor => tensor(device, data, shape, { dtype: 'float16' });
const halves = (x: NDArray): NDArray => map(x, nearestHalf);
/** Whole numbers from -2 to 2: sums of up to 500 products are exact in float16, rounded or not. */
const whole = (shape: readonly number[], seed: number): NDArray => values(shape, 'ties', seed);

const OPERATIONS: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = { add, sub, mul, div, exp, relu, abs, sigmoid, where: (a, b) => where(lt(a, b), a, b), clamp: (a) => clamp(a, -0.3, 0.3) };
const UNARY: Readonly<Record<string, (p: number) => number>> = {
  exp: Math.exp, relu: (p) => Math.max(p, 0), abs: Math.abs, sigmoid: (p) => 1 / (1 + Math.exp(-p)), clamp: (p) => Math.min(0.3, Math.max(-0.3, p)),
};
const BINARY: Readonly<Record<string, (p: number, q: number) => number>> = { add: (p, q) => p + q, sub: (p, q) => p - q, mul: (p, q) => p * q, div: (p, q) => p / q, where: Math.min };

describe.skipIf(missing)('float16 (on adapters with shader-f16)', () => {
  test('every bit pattern is stored, read, copied, widened and narrowed as it is', async () => {
    using _scope = device.scope();
    const x = half(HALVES);
    const same = async (y: Tensor): Promise<void> => expect((await y.read()).findIndex((value, i) => !Object.is(value, HALVES[i]))).toBe(-1);
    await same(x);
    await same(copy(x));
    // From an odd element on, one at a time.
    await same(concat([slice(x, [{ end: 1 }]), slice(x, [{ start: 1 }])]));
    await same(cast(x, 'float32'));
    await same(cast(cast(x, 'float32'), 'float16'));
    expect([...await slice(x, [{ start: 15361, end: 15364 }]).read()]).toEqual(HALVES.slice(15361, 15364));
    // 64 elements are 128 bytes, where nothing can be bound.
    for (const start of [64, 128]) expect([...await cast(slice(x, [{ start, end: start + 3 }]), 'float32').read()]).toEqual(HALVES.slice(start, start + 3));
  });

  test('narrowing rounds to the nearest, ties to even, and so do host numbers', () =>
    holds(fc.array(fc.oneof(fc.nat(0xffffffff), fc.tuple(fc.nat(0xfbff), fc.nat(2)).map(([bits, off]) => {
      // Around the midpoints between neighbours.
      const middle = (HALVES[bits]! + (HALVES[bits + 1] ?? 0)) / 2;
      return (new Uint32Array(Float32Array.of(middle).buffer)[0]! + off - 1) >>> 0;
    })), { minLength: 300, maxLength: 300 }), async (bits) => {
      using _scope = device.scope();
      const floats = new Float32Array(Uint32Array.from(bits).buffer);
      const expected = Array.from(floats, nearestHalf);
      expect([...await cast(tensor(device, floats), 'float16').read()]).toEqual(expected);
      expect([...await tensor(device, floats, [300], { dtype: 'float16' }).read()]).toEqual(expected);
    }, 10));

  test('casts to and from whole numbers and bool', async () => {
    using _scope = device.scope();
    const x = half([1.9, -1.9, NaN, Infinity, 0, 6e-8]);
    expect([...await cast(x, 'int32').read()]).toEqual([1, -1, 0, 2 ** 31 - 1, 0, 0]);
    expect([...await cast(x, 'bool').read()]).toEqual([1, 1, 1, 1, 0, 1]);
    const whole = [2049, 2051, -65519, 65520, 2 ** 31 - 1];
    expect([...await cast(tensor(device, Int32Array.from(whole)), 'float16').read()]).toEqual(whole.map(nearestHalf));
  });

  test('shape operations move elements as they are, in all layouts', () =>
    holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 9), layout: layouts, seed: seeds }), async ({ shape, layout, seed }) => {
      using _scope = device.scope();
      const x = halves(values(shape, 'normal', seed));
      const view = constant(device, x, layout, seed);
      const all = view.view({ shape: [shape.reduce((last, size, d) => last + (size - 1) * view.strides[d]!, view.offset + 1)], strides: [1], offset: 0 });
      const h = cast(all, 'float16').view(view);
      const same = async (run: (t: Tensor) => Tensor): Promise<void> => expect([...await run(h).read()]).toEqual([...await run(constant(device, x)).read()]);
      const last = shape.at(-1)!;
      const order = shape.map((_, d) => shape.length - 1 - d);
      await same((t) => contiguous(permute(t, order)));
      await same((t) => flip(t, [0, -1]));
      await same((t) => reshape(slice(t, [...shape.slice(1).map(() => null), { start: last > 1 ? 1 : 0 }]), [-1]));
      await same((t) => concat([t, permute(permute(t, order), order), slice(t, [{ start: shape[0]! - 1 }])], 0));
      await same((t) => copy(expand(t, [3, ...shape])));
    }, 25));

  test('casts are on the tape, of both orders', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1.0001, -2, 3], [3], { requiresGrad: true });
    const h = cast(x, 'float16');
    expect(h.requiresGrad).toBe(true);
    backward(sum(mul(cast(h, 'float32'), tensor(device, [0.1, 5, -70000]))));
    expect([...await x.grad!.read()]).toEqual([nearestHalf(0.1), 5, -Infinity]);
    const [first] = grad(sum(mul(h, mul(h, h))), [x], { createGraph: true });
    expect([...await first!.read()]).toEqual([3, 12, 27]);
    const [second] = grad(sum(first!), [x]);
    expect([...await second!.read()]).toEqual([6, -12, 18]);
    const rows = await jacobian((t) => cast(mul(t, t), 'float16'), tensor(device, [1.0001, -2]));
    expect(rows.map((row) => Array.from(row, (value) => value + 0))).toEqual([[2 * Math.fround(1.0001), 0], [0, -4]]);
  });

  test.each(Object.keys(OPERATIONS))('%s is computed in float32 and rounded once', (name) => {
    const run = OPERATIONS[name]!;
    return holds(fc.record({ pair: broadcastPairs(3, 13), seed: seeds }), async ({ pair: [a, b], seed }) => {
      using _scope = device.scope();
      const [p, q] = [halves(values(a, 'normal', seed)), halves(values(b, 'normal', seed + 1))];
      const [x, y] = [constant(device, p), constant(device, q)];
      const out = run(cast(x, 'float16'), cast(y, 'float16'));
      expect(out.dtype).toBe('float16');
      const found = await out.read();
      // The same in float32 from the same values.
      expect([...found]).toEqual(Array.from(await run(x, y).read(), nearestHalf));
      const wanted = name in UNARY ? map(p, UNARY[name]!) : build(broadcastShape(a, b), (index) => BINARY[name]!(p.data[position(a, index)]!, q.data[position(b, index)]!));
      expectClose(found, wanted, { rtol: 2 ** -11 * 1.001, atol: 2 ** -25 * 1.001 });
    }, 5);
  });

  test('gradients of elementwise operations are those of float32, but for roundings', async () => {
    using _scope = device.scope();
    const p = halves(values([4, 5], 'spread', 1));
    const q = halves(map(values([5], 'spread', 2), (v) => v + Math.sign(v)));
    const run = (a: Tensor, b: Tensor): Tensor => mean(add(mul(gelu(a), div(a, b)), where(lt(a, 0), exp(a), sigmoid(b))));
    const [x, y, fx, fy] = [leaf(device, p), leaf(device, q), leaf(device, p), leaf(device, q)];
    backward(cast(run(cast(x, 'float16'), cast(y, 'float16')), 'float32'));
    backward(run(fx, fy));
    for (const [h, f] of [[x, fx], [y, fy]] as const) {
      const [found, wanted] = [await h.grad!.read(), await f.grad!.read()];
      const largest = Math.max(...wanted.map(Math.abs));
      found.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThanOrEqual(6 * 2 ** -11 * largest));
    }
  });

  test('sums and means are taken in float32: 4096 ones do not stop at 2048', async () => {
    using _scope = device.scope();
    const ones = half(new Array<number>(4096).fill(1));
    expect([sum(ones).dtype, await sum(ones).item(), await mean(ones).item()]).toEqual(['float16', 4096, 1]);
    expect(await sum(mul(ones, half([20]))).item()).toBe(Infinity);
    expect(await mean(mul(ones, half([20]))).item()).toBe(20);
    expect([...await max(half([1, 3, NaN, -7, 65504, 2], [2, 3]), { axes: [1] }).read()]).toEqual([NaN, 65504]);
  });

  test.each(Object.values(CATALOGUE).flatMap((family) => Object.entries(family)).filter(([, { inputs }]) => inputs.some(({ kind }) => kind === 'data')))('%s takes float16, or says how to go on', async (_, { inputs, run }) => {
    using _scope = device.scope();
    const leaves = inputs.map((input) => make(device, input, 'float32'));
    for (const [i, input] of inputs.entries()) leaves[i]!.requiresGrad = input.kind === 'data';
    const narrow = leaves.map((x, i) => inputs[i]!.kind === 'data' ? cast(x, 'float16') : x);
    try {
      const out = run(narrow, device);
      const [found, wanted] = [await out.read(), await run(narrow.map((x) => x.dtype === 'float16' ? cast(x, 'float32') : x), device).read()];
      expectClose(found, wanted, { rtol: 2e-3, atol: 1e-3 });
      if (out.requiresGrad) for (const g of grad(sum(out), leaves.filter((x) => x.requiresGrad))) expect((await g!.read()).every(Number.isFinite)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(DTypeError);
      expect((error as Error).message).toMatch(/float16.*cast/);
    }
  });

  test('comparisons with a number are exact', async () => {
    using _scope = device.scope();
    // 0.1 lies between two halves.
    expect([...await lt(half([0.1, nearestHalf(0.1) - 2 ** -14]), 0.1).read()]).toEqual([1, 1]);
    expect([...await where(lt(half([1, 2]), 1.5), half([1, 2]), 0.1).read()]).toEqual([1, nearestHalf(0.1)]);
  });
});

describe.skipIf(missing).each([{ variant: 'the adapter\'s contraction', open: testDevice }, { variant: 'the tile contraction', open: tileDevice }])('float16 with $variant (on adapters with shader-f16)', ({ open }) => {
  /** Value and gradients of whole numbers, exactly, with each operand in either type. */
  async function exactly(run: (inputs: readonly Tensor[]) => Tensor, reference: typeof MATMUL, inputs: readonly NDArray[], types: readonly ('float16' | 'float32')[], seed: number): Promise<void> {
    const on = await open();
    using _scope = on.scope();
    const leaves = inputs.map((input, i) => leaf(on, input, 'plain', seed + i));
    const out = run(leaves.map((x, i) => cast(x, types[i]!)));
    expect(out.dtype).toBe(types.slice(0, 2).includes('float32') ? 'float32' : 'float16');
    expect([...await out.read()]).toEqual([...reference.forward(inputs).data]);
    const cotangent = whole(out.shape, seed + 9);
    const found = grad(out, leaves, { gradient: cast(constant(on, cotangent), out.dtype) });
    const wanted = reference.gradients(inputs, cotangent);
    for (const [i, g] of found.entries()) {
      expect(g!.dtype).toBe('float32');
      expect(Array.from(await g!.read(), (v) => v + 0)).toEqual(Array.from(wanted[i]!.data, (v) => v + 0));
    }
  }

  const operands = fc.constantFrom<readonly ('float16' | 'float32')[]>(['float16', 'float16', 'float16'], ['float16', 'float16', 'float32'], ['float16', 'float32', 'float16'], ['float32', 'float16', 'float16']);

  test('matmul', () =>
    holds(fc.record({ m: sizes(17), k: sizes(33), n: sizes(17), batch: fc.constantFrom([], [2], [2, 1]), types: operands, seed: seeds }), async ({ m, k, n, batch, types, seed }) =>
      exactly(([a, b]) => matmul(a!, b!), MATMUL, [whole([...batch, m, k], seed), whole([k, n], seed + 1)], types, seed), 15));

  test('linear', () =>
    holds(fc.record({ rows: sizes(17), inputs: sizes(65), outputs: sizes(17), bias: fc.boolean(), types: operands, seed: seeds }), async ({ rows, inputs, outputs, bias, types, seed }) => {
      const all = [whole([rows, inputs], seed), whole([outputs, inputs], seed + 1), whole([outputs], seed + 2)];
      await exactly(([x, weight, b]) => linear(x!, weight!, b ?? null), LINEAR, bias ? all : all.slice(0, 2), types, seed);
    }, 15));

  test('conv2d', () =>
    holds(fc.record({ n: fc.constantFrom(1, 2), inputs: fc.constantFrom(1, 3, 4, 8), outputs: fc.constantFrom(1, 4, 5), stride: fc.constantFrom(1, 2), bias: fc.boolean(), types: operands, seed: seeds }), async ({ n, inputs, outputs, stride, bias, types, seed }) => {
      const window = { stride: [stride, 1], padding: [1, 0], dilation: [1, 1] } as const;
      const all = [whole([n, inputs, 5, 6], seed), whole([outputs, inputs, 3, 2], seed + 1), whole([outputs], seed + 2)];
      await exactly(([x, weight, b]) => conv2d(x!, weight!, b ?? null, window), convReference(window), bias ? all : all.slice(0, 2), types, seed);
    }, 12));

  test('equals the product in float32, rounded once, and reads operands in place', async () => {
    const on = await open();
    using _scope = on.scope();
    const next = uniforms(5);
    const random = (shape: number[]): NDArray => halves(build(shape, () => next() * 8 - 4));
    for (const [m, k, n] of [[9, 33, 7], [8, 64, 12], [1, 1031, 5]] as const) {
      const [a, b] = [constant(on, random([m, k])), constant(on, random([n, k]))];
      const [p, q] = [cast(a, 'float16'), cast(b, 'float16')];
      const before = on.counters.dispatches;
      const out = matmul(p, transpose(q));
      expect(on.counters.dispatches - before).toBeLessThanOrEqual(k > 1000 ? 3 : 2);
      expect([...await out.read()]).toEqual(Array.from(await matmul(a, transpose(b)).read(), nearestHalf));
    }
    // Float16 sums would stop at 2048, and the last step is one rounding, not one a slice.
    const ones = cast(constant(on, build([1, 4096], () => 1)), 'float16');
    expect(await matmul(ones, transpose(ones)).item()).toBe(4096);
    // Subnormal halves count.
    const tiny = tensor(on, [2 ** -24, 3 * 2 ** -24], [1, 2], { dtype: 'float16' });
    expect(await matmul(tiny, tensor(on, [1024, 1024], [2, 1], { dtype: 'float16' })).item()).toBe(2 ** -12);
  });

  test('of nothing', async () => {
    const on = await open();
    using _scope = on.scope();
    const none = (shape: number[]): Tensor => tensor(on, [], shape, { dtype: 'float16' });
    const product = matmul(none([2, 0]), none([0, 3]));
    expect([product.dtype, ...await product.read()]).toEqual(['float16', 0, 0, 0, 0, 0, 0]);
    const biased = linear(none([2, 0]), none([1, 0]), tensor(on, [7]));
    expect([biased.dtype, ...await biased.read()]).toEqual(['float16', 7, 7]);
  });
});

describe.skipIf(missing)('float16, what is refused (on adapters with shader-f16)', () => {
  test('types that do not fit name cast', () => {
    using _scope = device.scope();
    const [h, f] = [half([1, 2]), tensor(device, [1, 2], [2], { requiresGrad: true })];
    expectError(() => add(h, f), DTypeError, 'add', 'float16', 'float32', 'cast');
    expectError(() => where(lt(h, 2), h, f), DTypeError, 'where', 'float16', 'float32', 'cast');
    expectError(() => accumulate(h, f), DTypeError, 'accumulate', 'float16', 'cast');
    expectError(() => matmul(half([1], [1, 1]), tensor(device, Int32Array.of(1), [1, 1])), DTypeError, 'matmul', 'int32', 'cast');
    expectError(() => tensor(device, [1], [1], { dtype: 'float16', requiresGrad: true }), DTypeError, 'float32', 'float16');
    expectError(() => backward(mul(f, f), { gradient: h }), DTypeError, 'backward', 'float32', 'float16');
  });

  test('writing goes in pairs', async () => {
    using _scope = device.scope();
    const x = half([1, 2, 3, 4, 5, 6]);
    x.write([0.1, 2, 3, 4, 5, 6]);
    slice(x, [{ start: 2, end: 4 }]).write([30, 40]);
    expect([...await x.read()]).toEqual([nearestHalf(0.1), 2, 30, 40, 5, 6]);
    expectError(() => slice(x, [{ start: 1, end: 3 }]).write([1, 2]), TensorError, 'write', 'pairs', 'got 2 from 1');
    expectError(() => half([1, 2, 3]).write([1, 2, 3]), TensorError, 'write', 'even number', 'got 3 from 0');
  });
});
