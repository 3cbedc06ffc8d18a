import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, DType } from '../../engine/index.ts';
import { cast, DTypeError, expand, permute, slice, tensor, zeros } from '../../engine/index.ts';
import { holds } from '../support/arbitraries.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const TYPES = ['float32', 'int32', 'uint32', 'bool'] as const;
type WordType = typeof TYPES[number];

/** The values that 32 bits stand for. */
function valuesOf(dtype: WordType, bits: Uint32Array<ArrayBuffer>): number[] {
  if (dtype === 'bool') return Array.from(bits, (word) => word % 2);
  return Array.from(dtype === 'float32' ? new Float32Array(bits.buffer) : dtype === 'int32' ? new Int32Array(bits.buffer) : bits);
}

/** By the definition. */
function converted(value: number, from: WordType, to: WordType): number {
  if (to === 'float32') return Math.fround(value);
  if (to === 'bool') return value === 0 ? 0 : 1;
  const [low, high] = to === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  if (from === 'float32') return Number.isNaN(value) ? 0 : Math.min(high, Math.max(low, Math.trunc(value))) + 0;
  return value > high ? value - 2 ** 32 : value < low ? value + 2 ** 32 : value;
}

/** Words that are special as floats or as whole numbers: zeros, NaN, infinities, the ends of the ranges and their neighbours, ties. */
const SPECIAL = [
  0, 0x80000000, 0x7fc00000, 0xffc00001, 0x7f800001, 0x7f800000, 0xff800000, 1, 0x80000001, 0x007fffff, 0x3f7fffff, 0xbf7fffff, 0x3f800000, 0xbf800000,
  0x4effffff, 0x4f000000, 0xcf000000, 0xcf000001, 0x4f7fffff, 0x4f800000, 0x4b800000, 0x7fffffff, 0xffffffff, 0x01000001, 0x01000003, 0xfeffffff, 0xfefffffd, 0x7fffffbf,
  0x7fffffc0, 0x80000040, 0x80000041, 0xffffff80, 0xffffff7f, 0x00ffffff,
];
const WORDS = fc.array(fc.oneof(fc.constantFrom(...SPECIAL), fc.nat(0xffffffff), fc.nat(0xffff)), { minLength: 1, maxLength: 40 });

describe.each(TYPES.flatMap((from) => TYPES.filter((to) => to !== from).map((to) => ({ from, to }))))('$from to $to', ({ from, to }) => {
  test('equals the definition, for all bits', () =>
    holds(fc.tuple(fc.constant(SPECIAL), WORDS).map(([some, more]) => Uint32Array.from([...some, ...more])), async (bits) => {
      using _scope = device.scope();
      const values = valuesOf(from, bits);
      const out = cast(tensor(device, values, [values.length], { dtype: from }), to);
      expect(out.dtype).toBe(to);
      const expected = values.map((value) => converted(value, from, to));
      expect([...await out.read()]).toEqual(expected);
    }, 8));
});

test('views and other orders keep their shape', async () => {
  using _scope = device.scope();
  const x = permute(tensor(device, [1.5, -2.5, 3.9, NaN, 1e20, 0], [3, 2]), [1, 0]);
  expect([...await cast(x, 'int32').read()]).toEqual([1, 3, 2 ** 31 - 1, -2, 0, 0]);
  expect([...await cast(slice(x, [null, { start: 1 }]), 'int32').read()]).toEqual([3, 2 ** 31 - 1, 0, 0]);
  expect([...await cast(expand(tensor(device, [7], [1, 1]), [2, 3]), 'uint32').read()]).toEqual([7, 7, 7, 7, 7, 7]);
  expect(cast(tensor(device, [], [0, 3]), 'bool').shape).toEqual([0, 3]);
});

test('the same type is the same tensor; whole numbers have no gradient', () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2], [2], { requiresGrad: true });
  expect(cast(x, 'float32')).toBe(x);
  for (const dtype of ['int32', 'uint32', 'bool'] satisfies DType[]) {
    expect(cast(x, dtype).requiresGrad).toBe(false);
    expect(cast(cast(x, dtype), 'float32').requiresGrad).toBe(false);
  }
});

test('float16 is refused where the adapter has none, with the feature named', async (context) => {
  if (device.features.includes('shader-f16')) context.skip('this adapter has shader-f16');
  using _scope = device.scope();
  const x = tensor(device, [1, 2]);
  for (const make of [() => cast(x, 'float16'), () => tensor(device, [1], [1], { dtype: 'float16' }), () => zeros(device, [2], { dtype: 'float16' })]) expectError(make, DTypeError, 'float16', 'shader-f16', device.adapter.name, 'float32');
  await expect(x.read()).resolves.toEqual(Float32Array.of(1, 2));
});
