import { expect, test } from 'vitest';
import { ShapeError } from '../../engine/errors.ts';
import { padSequences } from '../../data/sequences.ts';
import { expectError } from '../support/errors.ts';

test('shorter sequences are filled up with NaN, longer ones cut', () => {
  const sequences = [Float32Array.of(1, 2, 3, 4), new Float32Array(), Float32Array.of(5, 6)];
  expect([...padSequences(sequences, 2)]).toEqual([1, 2, 3, 4, NaN, NaN, NaN, NaN, 5, 6, NaN, NaN]);
  expect([...padSequences(sequences, 2, 1)]).toEqual([1, 2, NaN, NaN, 5, 6]);
  expect(padSequences([], 3).length).toBe(0);
  expectError(() => padSequences([Float32Array.of(1, 2, 3)], 2), ShapeError, 'sequence 0', '3 values', 'steps of 2');
});
