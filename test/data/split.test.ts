import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partition, sample, stratifiedOrder, take } from '../../data/split.ts';
import type { InputArray } from '../../data/input-source.ts';
import type { Split } from '../../data/task.ts';
import { ConfigError } from '../../engine/errors.ts';

/** Sample i holds the two values (i, i + 1), modulo 256, and the class i modulo `classes`. */
function numbered(length: number, classes = 3): Split<Uint8Array> {
  return {
    length,
    inputs: Uint8Array.from({ length: 2 * length }, (_, i) => Math.floor(i / 2) + (i % 2)),
    targets: Int32Array.from({ length }, (_, i) => i % classes),
  };
}
const names = (split: Split<InputArray>): number[] => Array.from({ length: split.length }, (_, i) => split.inputs[2 * i] ?? NaN);

const cuts = fc.record({ length: fc.nat(200), shares: fc.array(fc.nat(10), { minLength: 1, maxLength: 4 }), key: fc.nat(), stratify: fc.boolean() });

describe('partition', () => {
  test('parts are disjoint, have the sizes asked for, and keep samples whole', () => {
    fc.assert(
      fc.property(cuts, ({ length, shares, key, stratify }) => {
        const unit = Math.floor(length / Math.max(1, shares.reduce((a, b) => a + b, 0)));
        const sizes = shares.map((share) => share * unit);
        const parts = partition(numbered(length), sizes, key, stratify);
        expect(parts.map((part) => part.length)).toEqual(sizes);
        const all = parts.flatMap(names);
        expect(new Set(all).size).toBe(all.length);
        for (const part of parts) {
          expect(part.inputs.length).toBe(2 * part.length);
          names(part).forEach((name, i) => {
            expect(part.inputs[2 * i + 1]).toBe((name + 1) % 256);
            expect(part.targets[i]).toBe(name % 3);
          });
        }
      }),
    );
  });

  test('parts that use every sample cover the whole', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), fc.boolean(), (length, share, key, stratify) => {
        const first = Math.floor(share * length);
        const parts = partition(numbered(length), [first, length - first], key, stratify);
        expect(parts.flatMap(names).sort((a, b) => a - b)).toEqual([...Array(length).keys()]);
      }),
    );
  });

  test('depends on the key alone', () => {
    const cut = (key: number): number[] => partition(numbered(100), [30], key).flatMap(names);
    expect(cut(5)).toEqual(cut(5));
    expect(cut(5)).not.toEqual(cut(6));
  });

  test.each([[[60, 41]], [[-1, 5]], [[0.5]], [[NaN]]])('refuses parts of %j out of 100', (sizes) => {
    expect(() => partition(numbered(100), sizes, 0)).toThrow(ConfigError);
  });
});

describe('stratifiedOrder', () => {
  test('with classes of one size, any prefix holds equal counts give or take one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 20 }), fc.nat(), (classes, each, key) => {
        const { targets } = numbered(classes * each, classes);
        const count = Array<number>(classes).fill(0);
        for (const index of stratifiedOrder(targets, key)) {
          count[targets[index]!]!++;
          expect(Math.max(...count) - Math.min(...count)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('with classes of any sizes, any prefix holds each close to its share', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 150 }), fc.nat(), (labels, key) => {
        const targets = Int32Array.from(labels);
        const order = stratifiedOrder(targets, key);
        expect([...order].sort((a, b) => a - b)).toEqual([...labels.keys()]);
        for (let label = 0; label < 5; label++) {
          const share = labels.filter((l) => l === label).length / labels.length;
          let count = 0;
          order.forEach((index, i) => {
            if (targets[index] === label) count++;
            expect(Math.abs(count - share * (i + 1))).toBeLessThanOrEqual(1 + 2.5 * share);
          });
        }
      }),
    );
  });
});

test('stratifiedOrder puts the only sample of a class in the middle, not first', () => {
  const targets = Int32Array.from({ length: 20 }, (_, i) => (i < 15 ? 0 : i));
  expect([...stratifiedOrder(targets, 1)].slice(0, 7).map((index) => targets[index])).toEqual(Array(7).fill(0));
});

describe('sample and take', () => {
  test('sample keeps at most the count, balanced, and the whole when that is enough', () => {
    const split = numbered(99);
    expect(sample(split, 99, 1)).toBe(split);
    const some = sample(split, 30, 1);
    expect(some.length).toBe(30);
    expect([0, 1, 2].map((label) => [...some.targets].filter((target) => target === label).length)).toEqual([10, 10, 10]);
    expect(names(some)).not.toEqual(names(sample(split, 30, 2)));
  });

  test('take keeps floating-point inputs as they are, and refuses an index past the end', () => {
    const split: Split = { length: 2, inputs: Float32Array.of(0.5, -1), targets: Int32Array.of(4, 5) };
    expect(take(split, Uint32Array.of(1, 0, 1))).toEqual({ length: 3, inputs: Float32Array.of(-1, 0.5, -1), targets: Int32Array.of(5, 4, 5) });
    expect(() => take(split, Uint32Array.of(2))).toThrow(ConfigError);
  });
});
