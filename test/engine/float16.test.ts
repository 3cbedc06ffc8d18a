import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHalf, toHalf } from '../../engine/float16.ts';
import { HALVES, nearestHalf } from '../reference/half.ts';

test('every bit pattern has its value, and comes back', () => {
  const all = HALVES.map((_, bits) => bits);
  expect(all.filter((bits) => !Object.is(fromHalf(bits), HALVES[bits]))).toEqual([]);
  expect(all.filter((bits) => toHalf(HALVES[bits]!) !== (Number.isNaN(HALVES[bits]) ? 0x7e00 : bits))).toEqual([]);
  expect(toHalf(NaN)).toBe(0x7e00);
});

test('numbers are rounded to the nearest half, ties to even', () => {
  const next = fc.constantFrom(1, 1 + 2 ** -52, 1 - 2 ** -52, 1 + 2 ** -24, 1 - 2 ** -24);
  // Midpoints between neighbours, and what is next to them; and numbers of all sizes.
  const middles = fc.tuple(fc.nat(0x7bff), next).map(([bits, factor]) => ((HALVES[bits]! + Math.min(HALVES[bits + 1]!, 2 ** 16)) / 2) * factor);
  const sizes = fc.tuple(fc.double({ min: 1, max: 2, noNaN: true }), fc.integer({ min: -40, max: 20 })).map(([mantissa, exponent]) => mantissa * 2 ** exponent);
  fc.assert(fc.property(fc.oneof(middles, sizes, fc.double()), fc.boolean(), (size, negative) => {
    const x = negative ? -size : size;
    expect(fromHalf(toHalf(x))).toBe(nearestHalf(x));
  }), { seed: 1, numRuns: 4000 });
});

test('the ends', () => {
  expect([65504, 65519.999, 65520, 1e9, Infinity, -65520].map((x) => fromHalf(toHalf(x)))).toEqual([65504, 65504, Infinity, Infinity, Infinity, -Infinity]);
  expect([2 ** -24, 2 ** -25, 2 ** -25 * (1 + 2 ** -50), 2 ** -26, -(2 ** -25), 3 * 2 ** -25, 5e-324].map((x) => fromHalf(toHalf(x)))).toEqual([2 ** -24, 0, 2 ** -24, 0, -0, 2 ** -23, 0]);
});
