import { expect, test } from 'vitest';
import { median } from '../../bench/median.ts';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([100, 1, 3, 5])).toBe(4);
  expect(median([])).toBeNaN();
});

test('the median leaves its argument as it is', () => {
  const values = [3, 1, 2];
  median(values);
  expect(values).toEqual([3, 1, 2]);
});
