import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { broadcastShapes, contiguousStrides, isContiguous, isDense, normalizeAxis, sizeOf } from '../../engine/layout.ts';
import { build, position } from '../reference/array.ts';

const shape = fc.array(fc.constantFrom(1, 2, 3, 4), { maxLength: 4 });
const views = shape.chain((dims) => fc.record({ dims: fc.constant(dims), strides: fc.array(fc.constantFrom(0, 1, 2, 3, 4, 6, 8, 12, 24), { minLength: dims.length, maxLength: dims.length }) }));

/** Where each element lies, in row-major order. */
function places(dims: readonly number[], strides: readonly number[]): number[] {
  const all: number[] = [];
  build(dims, (index) => all.push(index.reduce((at, i, d) => at + i * strides[d]!, 0)));
  return all;
}

describe('strides', () => {
  test('contiguous ones number the elements in row-major order', () => {
    fc.assert(fc.property(shape, (dims) => {
      expect(places(dims, contiguousStrides(dims))).toEqual(Array.from({ length: sizeOf(dims) }, (_, i) => i));
      build(dims, (index, at) => {
        expect(position(dims, index)).toBe(at);
        return 0;
      });
    }), { seed: 1 });
  });

  test('isContiguous and isDense say what enumeration says', () => {
    fc.assert(fc.property(views, ({ dims, strides }) => {
      const found = places(dims, strides);
      expect(isContiguous(dims, strides)).toBe(found.every((place, i) => place === i));
      expect(isDense(dims, strides)).toBe([...found].sort((a, b) => a - b).every((place, i) => place === i));
    }), { seed: 1, numRuns: 500 });
  });
});

test('broadcasting gives the larger size of each dimension', () => {
  expect(broadcastShapes('f', [3, 1], [2, 1, 4])).toEqual([2, 3, 4]);
  expect(broadcastShapes('f', [], [2])).toEqual([2]);
  expect(broadcastShapes('f', [0], [1])).toEqual([0]);
});

test('negative axes count from the end', () => {
  expect([normalizeAxis('f', -1, 3), normalizeAxis('f', 0, 3)]).toEqual([2, 0]);
  for (const axis of [3, -4, 0.5, NaN]) expect(() => normalizeAxis('f', axis, 3)).toThrow(`f: axis ${axis}`);
});
