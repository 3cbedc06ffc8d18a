import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { abs, add, affine, cast, concat, div, DTypeError, eq, ge, gt, le, lt, max, maximum, mean, min, minimum, mul, ne, neg, permute, reshape, sign, slice, sub, sum, tensor, where } from '../../engine/index.ts';
import { build, count, position } from '../reference/array.ts';
import { broadcastShape } from '../reference/broadcast.ts';
import { broadcastPairs, holds, seeds } from '../support/arbitraries.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { uniforms } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

type IntegerType = 'int32' | 'uint32';
const TYPES: readonly IntegerType[] = ['int32', 'uint32'];
const wrap = (dtype: IntegerType, value: bigint): number => Number(dtype === 'int32' ? BigInt.asIntN(32, value) : BigInt.asUintN(32, value));

/** Small numbers, neighbours that float32 cannot tell apart, and the ends. */
function integers(dtype: IntegerType, length: number, seed: number): number[] {
  const next = uniforms(seed);
  const ends = dtype === 'int32' ? [-(2 ** 31), 2 ** 31 - 1, -(2 ** 31) + 1, -1] : [0, 2 ** 32 - 1, 2 ** 31, 2 ** 31 - 1];
  return Array.from({ length }, () => {
    const kind = next();
    if (kind < 0.2) return ends[Math.floor(next() * 4)]!;
    if (kind < 0.5) return Math.floor(next() * 9) - (dtype === 'int32' ? 4 : 0);
    if (kind < 0.7) return 2 ** 30 + Math.floor(next() * 3);
    return wrap(dtype, BigInt(Math.floor(next() * 2 ** 32)));
  });
}

/** The values as a tensor, as they are or as a view of another order at an odd place. */
function placed(dtype: IntegerType, values: readonly number[], shape: readonly number[], asView: boolean): Tensor {
  if (!asView || shape.length === 0) return tensor(device, values, shape, { dtype });
  const turned = [...shape].reverse();
  const out: number[] = [77];
  build(turned, (index) => out.push(values[position(shape, [...index].reverse())]!));
  const stored = slice(tensor(device, out, [out.length], { dtype }), [{ start: 1 }]);
  return permute(reshape(stored, turned), turned.map((_, d) => shape.length - 1 - d));
}

type Pairwise = readonly [(a: Tensor, b: Tensor) => Tensor, (p: bigint, q: bigint) => bigint | boolean];
const OPERATIONS: Readonly<Record<string, Pairwise>> = {
  add: [add, (p, q) => p + q], sub: [sub, (p, q) => p - q], mul: [mul, (p, q) => p * q],
  minimum: [minimum, (p, q) => p < q ? p : q], maximum: [maximum, (p, q) => p > q ? p : q],
  eq: [eq, (p, q) => p === q], ne: [ne, (p, q) => p !== q], lt: [lt, (p, q) => p < q], le: [le, (p, q) => p <= q], gt: [gt, (p, q) => p > q], ge: [ge, (p, q) => p >= q],
};

describe.each(TYPES)('%s', (dtype) => {
  test.each(Object.keys(OPERATIONS))('%s is exact for all broadcasts, and wraps around', (name) => {
    const [run, expected] = OPERATIONS[name]!;
    return holds(fc.record({ pair: broadcastPairs(3, 13), views: fc.tuple(fc.boolean(), fc.boolean()), seed: seeds }), async ({ pair: [a, b], views, seed }) => {
      using _scope = device.scope();
      const [p, q] = [integers(dtype, count(a), seed), integers(dtype, count(b), seed + 1)];
      const out = run(placed(dtype, p, a, views[0]), placed(dtype, q, b, views[1]));
      const wanted: number[] = [];
      const { shape } = build(broadcastShape(a, b), (index) => wanted.push(wrap(dtype, BigInt(expected(BigInt(p[position(a, index)]!), BigInt(q[position(b, index)]!))))));
      expect(out.dtype).toBe(typeof expected(0n, 0n) === 'boolean' ? 'bool' : dtype);
      expect(out.shape).toEqual(shape);
      expect([...await out.read()]).toEqual(wanted);
    }, 12);
  });

  test('neg, abs, sign', async () => {
    using _scope = device.scope();
    const values = integers(dtype, 60, 3);
    const x = tensor(device, values, [60], { dtype });
    expect([...await neg(x).read()]).toEqual(values.map((v) => wrap(dtype, -BigInt(v))));
    expect([...await abs(x).read()]).toEqual(values.map((v) => wrap(dtype, BigInt(Math.abs(v)))));
    expect([...await sign(x).read()]).toEqual(values.map((v) => Math.sign(v)));
  });

  test('where, with tensors and numbers', async () => {
    using _scope = device.scope();
    const [p, q] = [integers(dtype, 24, 4), integers(dtype, 24, 5)];
    const [x, y] = [placed(dtype, p, [4, 6], true), placed(dtype, q, [4, 6], false)];
    const below = lt(x, y);
    const pick = (a: (i: number) => number, b: (i: number) => number): number[] => p.map((v, i) => v < q[i]! ? a(i) : b(i));
    expect([...await where(below, x, y).read()]).toEqual(pick((i) => p[i]!, (i) => q[i]!));
    expect([...await where(below, 2 ** 31 - 1, y).read()]).toEqual(pick(() => 2 ** 31 - 1, (i) => q[i]!));
    const chosen = where(below, x, 3);
    expect(chosen.dtype).toBe(dtype);
    expect([...await chosen.read()]).toEqual(pick((i) => p[i]!, () => 3));
  });

  test.each(['sum', 'max', 'min'])('%s is exact over any axes', (name) => {
    const [run, fold] = ({
      sum: [sum, (a: bigint, b: bigint) => a + b], max: [max, (a: bigint, b: bigint) => a > b ? a : b], min: [min, (a: bigint, b: bigint) => a < b ? a : b],
    } as const)[name as 'sum' | 'max' | 'min'];
    const cases = fc.record({ shape: fc.constantFrom([5], [300], [3, 40], [2, 3, 4], [7, 1, 33], [1], [2, 700]), drop: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), view: fc.boolean(), seed: seeds });
    return holds(cases, async ({ shape, drop, view, seed }) => {
      using _scope = device.scope();
      const values = integers(dtype, count(shape), seed);
      const axes = shape.map((_, d) => d).filter((d) => drop[d]);
      const out = run(placed(dtype, values, shape, view), { axes });
      const kept = shape.map((size, d) => axes.includes(d) ? 1 : size);
      const folded: bigint[] = [];
      build(shape, (index, at) => {
        const group = position(kept, index);
        const value = BigInt(values[at]!);
        folded[group] = folded[group] === undefined ? value : fold(folded[group], value);
        return 0;
      });
      expect(out.dtype).toBe(dtype);
      expect([...await out.read()]).toEqual(folded.map((value) => wrap(dtype, value)));
    }, 15);
  });

  test('sums of nothing are 0; a number that does not fit is refused', async () => {
    using _scope = device.scope();
    expect([...await sum(tensor(device, [], [0, 2], { dtype }), { axes: [0] }).read()]).toEqual([0, 0]);
    const x = tensor(device, [1, 2], [2], { dtype });
    for (const number of [0.5, NaN, 2 ** 32, -(2 ** 31) - 1]) {
      expectError(() => eq(x, number), DTypeError, 'eq', String(number), dtype, 'cast');
      expectError(() => where(eq(x, x), x, number), DTypeError, 'where', String(number), dtype);
    }
  });
});

test('bool: eq, ne, where, and as numbers', async () => {
  using _scope = device.scope();
  const a = tensor(device, [0, 1, 0, 1, 1], [5], { dtype: 'bool' });
  const b = tensor(device, [0, 0, 1, 1, 1], [5], { dtype: 'bool' });
  expect([...await eq(a, b).read()]).toEqual([1, 0, 0, 1, 1]);
  expect([...await ne(a, b).read()]).toEqual([0, 1, 1, 0, 0]);
  expect([...await eq(a, 1).read()]).toEqual([0, 1, 0, 1, 1]);
  expect([...await where(a, b, 0).read()]).toEqual([0, 0, 0, 1, 1]);
  expect(await sum(cast(a, 'int32')).item()).toBe(3);
});

test('types do not mix, and what whole numbers lack says how to go on', () => {
  using _scope = device.scope();
  const [f, i, u, b] = [tensor(device, [1, 2]), tensor(device, Int32Array.of(1, 2)), tensor(device, Uint32Array.of(1, 2)), tensor(device, [0, 1], [2], { dtype: 'bool' })];
  for (const [name, run] of Object.entries({ add, mul, maximum, eq, lt, div })) {
    for (const [x, y] of [[f, i], [i, u], [u, b], [b, f]] as const) expectError(() => run(x, y), DTypeError, name, x.dtype, y.dtype, 'cast');
  }
  expectError(() => where(b, i, u), DTypeError, 'where', 'int32', 'uint32', 'cast');
  expectError(() => concat([f, i]), DTypeError, 'concat', 'float32', 'int32', 'cast');
  expectError(() => div(i, i), DTypeError, 'div', 'float32', 'int32', 'cast');
  expectError(() => affine(u, 2, 0), DTypeError, 'affine', 'float32', 'uint32', 'cast');
  expectError(() => mean(i), DTypeError, 'mean', 'float32', 'int32', 'cast');
  for (const [name, run] of Object.entries({ add, mul, minimum, lt })) expectError(() => run(b, b), DTypeError, name, 'float32', 'bool', 'cast');
  for (const [name, run] of Object.entries({ sum, max })) expectError(() => run(b), DTypeError, name, 'float32', 'bool', 'cast');
});
