import { expect, test } from 'vitest';
import { ConfigError, constantSchedule, cosineSchedule, exponentialSchedule, stepSchedule, withWarmup } from '../../engine/index.ts';
import type { Schedule } from '../../engine/index.ts';
import { expectClose } from '../support/close.ts';
import { expectError } from '../support/errors.ts';

const follows = (schedule: Schedule, expected: readonly number[]): void => expectClose(expected.map((_, step) => schedule(step)), expected, { rtol: 1e-14, atol: 1e-16 });

test('constant', () => follows(constantSchedule(0.5), [0.5, 0.5, 0.5]));

test('step', () => {
  follows(stepSchedule(8, { every: 2, factor: 0.5 }), [8, 8, 4, 4, 2, 2, 1]);
  follows(stepSchedule(1, { every: 1 }), [1, 0.1, 0.01]);
});

test('exponential', () => follows(exponentialSchedule(8, { factor: 0.5 }), [8, 4, 2, 1, 0.5]));

test('cosine, with and without an end and a warm-up', () => {
  const root = Math.SQRT1_2;
  follows(cosineSchedule(2, { steps: 4 }), [2, 1 + root, 1, 1 - root, 0, 0, 0]);
  follows(cosineSchedule(3, { steps: 4, end: 1 }), [3, 2 + root, 2, 2 - root, 1, 1]);
  follows(cosineSchedule(2, { steps: 6, warmup: 2 }), [1, 2, 2, 1 + root, 1, 1 - root, 0]);
});

test('warm-up of any schedule', () => {
  follows(withWarmup(constantSchedule(4), 4), [1, 2, 3, 4, 4, 4]);
  follows(withWarmup(stepSchedule(4, { every: 2, factor: 0.5 }), 4), [1, 2, 1.5, 2, 1]);
  follows(withWarmup(constantSchedule(4), 0), [4, 4]);
});

test('options out of range are refused by name', () => {
  for (const lr of [-1, NaN, Infinity]) expectError(() => constantSchedule(lr), ConfigError, 'lr', String(lr));
  for (const every of [0, 1.5, NaN]) expectError(() => stepSchedule(1, { every }), ConfigError, 'every', String(every));
  for (const factor of [0, -1, 1.1, NaN]) {
    expectError(() => stepSchedule(1, { every: 1, factor }), ConfigError, 'factor', String(factor));
    expectError(() => exponentialSchedule(1, { factor }), ConfigError, 'factor', String(factor));
  }
  expectError(() => cosineSchedule(1, { steps: 2, warmup: 2 }), ConfigError, 'steps', '3');
  expectError(() => cosineSchedule(1, { steps: 2, warmup: -1 }), ConfigError, 'warmup');
  expectError(() => cosineSchedule(1, { steps: 2, end: -1 }), ConfigError, 'end');
  expectError(() => withWarmup(constantSchedule(1), 0.5), ConfigError, 'warmup');
  expect(cosineSchedule(1, { steps: 1 })(0)).toBe(1);
});
