/** Shapes as fast-check draws them. */
import fc from 'fast-check';

const SIZES = [1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 17, 31, 33, 64, 65, 100];

/** Sizes of one dimension, from 1 to `most`: 1 itself, odd ones, multiples of tiles and their neighbours. */
export function sizes(most: number): fc.Arbitrary<number> {
  return fc.constantFrom(...SIZES.filter((size) => size <= most));
}

/** Shapes of so many dimensions, each of a size up to `most`. */
export function shapes(ranks: { readonly min: number; readonly max: number }, most: number): fc.Arbitrary<number[]> {
  return fc.array(sizes(most), { minLength: ranks.min, maxLength: ranks.max });
}

/** Two shapes of up to `rank` dimensions that broadcast: sizes of 1 here and there, and leading dimensions missing. */
export function broadcastPairs(rank: number, most: number): fc.Arbitrary<[number[], number[]]> {
  const dimension = fc.tuple(sizes(most), fc.constantFrom('same', 'same', 'left', 'right'));
  return fc.tuple(fc.array(dimension, { minLength: 0, maxLength: rank }), fc.nat(2), fc.boolean()).map(([dims, missing, left]) => {
    const a = dims.map(([size, one]) => one === 'left' ? 1 : size);
    const b = dims.map(([size, one]) => one === 'right' ? 1 : size);
    return left ? [a.slice(missing), b] : [a, b.slice(missing)];
  });
}
