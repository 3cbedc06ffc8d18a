/** What fast-check draws: sizes, shapes, layouts, kinds of values. Fixed seeds; a failure prints how to repeat it. */
import fc from 'fast-check';
import { LAYOUTS } from './layout.ts';
import type { Layout } from './layout.ts';
import { VALUE_KINDS } from './values.ts';
import type { ValueKind } from './values.ts';

const SIZES = [1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 17, 31, 33, 64, 65, 100];

/** Sizes of 1, odd ones, multiples of tiles and their neighbours. */
export function sizes(most: number): fc.Arbitrary<number> {
  return fc.constantFrom(...SIZES.filter((size) => size <= most));
}

export function shapes(ranks: { min: number; max: number }, most: number): fc.Arbitrary<number[]> {
  return fc.array(sizes(most), { minLength: ranks.min, maxLength: ranks.max });
}

export const layouts: fc.Arbitrary<Layout> = fc.constantFrom(...LAYOUTS);
export const seeds: fc.Arbitrary<number> = fc.nat(0xffff);
export const kinds: fc.Arbitrary<ValueKind> = fc.constantFrom(...VALUE_KINDS);

/** Two shapes that broadcast: sizes of 1 here and there, and leading dimensions missing. */
export function broadcastPairs(rank: number, most: number): fc.Arbitrary<[number[], number[]]> {
  const dimension = fc.tuple(sizes(most), fc.constantFrom('same', 'same', 'left', 'right'));
  return fc.tuple(fc.array(dimension, { minLength: 0, maxLength: rank }), fc.nat(2), fc.boolean()).map(([dims, missing, left]) => {
    const a = dims.map(([size, one]) => one === 'left' ? 1 : size);
    const b = dims.map(([size, one]) => one === 'right' ? 1 : size);
    return left ? [a.slice(missing), b] : [a, b.slice(missing)];
  });
}

/** Asserts an asynchronous property with a fixed seed. */
export async function holds<T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => Promise<void>, numRuns = 25): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, body), { seed: 1, numRuns });
}
