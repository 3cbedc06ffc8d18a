import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { random32, shuffled, streamKey } from '../../data/shuffle.ts';
import { ConfigError } from '../../engine/errors.ts';

const seeds = fc.nat(Number.MAX_SAFE_INTEGER);

describe('shuffled', () => {
  test('is a permutation, and the same one for the same key', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(), (length, key) => {
        const order = shuffled(length, key);
        expect([...order].sort((a, b) => a - b)).toEqual([...Array(length).keys()]);
        expect(shuffled(length, key)).toEqual(order);
      }),
    );
  });

  test('gives every order of four the same chance', () => {
    const runs = 24_000;
    const count = new Map<string, number>();
    for (let seed = 0; seed < runs; seed++) {
      const order = shuffled(4, streamKey(seed)).join();
      count.set(order, (count.get(order) ?? 0) + 1);
    }
    expect(count.size).toBe(24);
    // Chi-squared with 23 degrees of freedom exceeds 50 with probability 0.001; the seeds are fixed.
    const expected = runs / 24;
    expect([...count.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)).toBeLessThan(50);
  });
});

describe('random32', () => {
  test('every bit is set half of the time, along counters and along keys', () => {
    for (const draw of [(i: number) => random32(7, i), (i: number) => random32(i, 7)]) {
      for (let bit = 0; bit < 32; bit++) {
        let ones = 0;
        for (let i = 0; i < 10_000; i++) ones += (draw(i) >>> bit) & 1;
        expect(Math.abs(ones - 5000)).toBeLessThan(250);
      }
    }
  });

  test('never changes: saved runs depend on it', () => {
    expect([0, 1, 2].map((counter) => random32(0, counter))).toMatchInlineSnapshot(`
      [
        2856213345,
        1895220952,
        3248948688,
      ]
    `);
    expect([...shuffled(8, streamKey(1, 'batches', 'mnist', 0))]).toMatchInlineSnapshot(`
      [
        0,
        6,
        4,
        7,
        2,
        5,
        3,
        1,
      ]
    `);
  });
});

describe('streamKey', () => {
  test('tells seeds, parts and their borders apart', () => {
    const keys = [streamKey(0), streamKey(1), streamKey(2 ** 32), streamKey(2 ** 32 + 1), streamKey(0, 'ab', 'c'), streamKey(0, 'a', 'bc'), streamKey(0, 1), streamKey(0, 1, 0), streamKey(0, '')];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('takes every seed it promises to take', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const key = streamKey(seed, 'x', 3);
        expect(Number.isInteger(key) && key >= 0 && key < 2 ** 32).toBe(true);
      }),
    );
  });

  test.each([-1, 0.5, NaN, 2 ** 53])('refuses the seed %d', (seed) => {
    expect(() => streamKey(seed)).toThrow(ConfigError);
  });
});
