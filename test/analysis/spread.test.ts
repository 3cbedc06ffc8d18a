import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pairedDifference, spread } from '../../analysis/spread.ts';

test('mean and sample deviation', () => {
  expect(spread([1, 2, 3])).toEqual({ mean: 2, sd: 1 });
  expect(spread([4])).toEqual({ mean: 4, sd: NaN });
});

test('the interval of a paired difference is Student\'s', () => {
  // The quantiles of t at 0.975: 4.302653 with 2 degrees of freedom, 2.776445 with 4.
  const { mean, low, high } = pairedDifference([11, 22, 33], [10, 20, 30]);
  expect(mean).toBe(2);
  expect(high - 2).toBeCloseTo(4.302653 / Math.sqrt(3), 5);
  expect(2 - low).toBeCloseTo(4.302653 / Math.sqrt(3), 5);
  const five = pairedDifference([1, 2, 3, 4, 5], [0, 0, 0, 0, 0]);
  expect(five.high - five.mean).toBeCloseTo((2.776445 * Math.sqrt(2.5)) / Math.sqrt(5), 5);
  expect(pairedDifference([3], [1])).toEqual({ mean: 2, low: NaN, high: NaN });
});

test('what all pairs have in common does not widen it', () => fc.assert(fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 6 }), fc.integer({ min: -9, max: 9 }), (values, shift) => {
  expect(pairedDifference(values.map((value) => value + shift), values)).toEqual({ mean: shift, low: shift, high: shift });
})));
