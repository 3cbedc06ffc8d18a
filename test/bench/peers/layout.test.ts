import { expect, test } from 'vitest';
import { inverse, transposed } from '../../../bench/peers/layout.ts';

test('a transposition puts element [i, j, k] where the order says', () => {
  const array = { shape: [2, 3, 4], data: Float32Array.from({ length: 24 }, (_, i) => i) };
  const { shape, data } = transposed(array, [2, 0, 1]);
  expect(shape).toEqual([4, 2, 3]);
  for (let i = 0; i < 2; i++) for (let j = 0; j < 3; j++) for (let k = 0; k < 4; k++) expect(data[(k * 2 + i) * 3 + j]).toBe(array.data[(i * 3 + j) * 4 + k]);
});

test('the inverse undoes it', () => {
  const array = { shape: [2, 3, 4, 5], data: Float32Array.from({ length: 120 }, (_, i) => i) };
  expect(transposed(transposed(array, [2, 3, 1, 0]), inverse([2, 3, 1, 0]))).toEqual(array);
});
