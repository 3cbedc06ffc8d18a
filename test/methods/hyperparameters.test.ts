/** Which value an option has when it is not given. */
import { describe, expect, test } from 'vitest';
import { METHODS, findMethod, resolveHyperparameters } from 'lazygrad/methods';
import { ConfigError } from '../../engine/index.ts';

const value = (method: string, name: string, given: Readonly<Record<string, string | number>>, group?: Parameters<typeof resolveHyperparameters>[2]): unknown =>
  resolveHyperparameters(findMethod(method), given, group)[name];

describe('the paper tuned for each group of tasks', () => {
  // Appendix E, and table A2 for k.
  test.each([
    ['gradnorm', 'alpha', [0.75, 0.25, 1.5, 1.25]],
    ['reptile', 'alpha', [0.1, 0.2, 0.1, 0.2]],
    ['apo', 'k', [0.5, 0.5, 0.75, 0.5]],
    ['apo-moe', 'k', [0.5, 0.5, 0.75, 0.5]],
  ] as const)('%s.%s', (method, name, values) => {
    expect((['patient-care', 'notes', 'ecg', 'images'] as const).map((group) => value(method, name, {}, group))).toEqual(values);
  });

  test('other groups, and data without one, have the default', () => {
    for (const group of ['grey-images', undefined] as const) expect([value('gradnorm', 'alpha', {}, group), value('apo', 'k', {}, group)]).toEqual([1.25, 0.5]);
  });

  test('what is given counts most, then a preset that is given', () => {
    expect(value('gradnorm', 'alpha', { alpha: '2' }, 'ecg')).toBe(2);
    expect(value('apo', 'k', { preset: 'paper-literal' }, 'ecg')).toBe(0.5);
    expect(value('apo', 'k', { preset: 'paper-literal', k: 0.9 }, 'ecg')).toBe(0.9);
    expect(value('apo', 'damping', { preset: 'paper-literal' }, 'ecg')).toBe(1);
    expect(value('apo-moe', 'idle', {}, 'ecg')).toBe('skip');
  });

  test('tuned values are in range', () => {
    for (const { hyperparameters } of METHODS) {
      for (const hyperparameter of Object.values(hyperparameters)) {
        if (!('tuned' in hyperparameter)) continue;
        const [low, high] = hyperparameter.range;
        for (const tuned of Object.values(hyperparameter.tuned)) expect(tuned >= low && tuned <= high).toBe(true);
      }
    }
  });
});

test('an option that does not exist is refused', () => {
  expect(() => value('apo', 'k', { kay: 1 }, 'ecg')).toThrow(ConfigError);
});
