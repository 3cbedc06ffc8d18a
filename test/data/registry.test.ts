import { expect, test } from 'vitest';
import { DATASETS, datasetInfo } from '../../data/registry.ts';
import { ConfigError } from '../../engine/errors.ts';

test('names are unique and every entry says whose it is', () => {
  expect(new Set(DATASETS.map((entry) => entry.name)).size).toBe(DATASETS.length);
  for (const { summary, licence, source, tasks } of DATASETS) {
    for (const text of [summary, licence]) expect(text).not.toBe('');
    expect(source).toContain('://');
    expect(new Set(tasks.map((task) => task.name)).size).toBe(tasks.length);
  }
});

test('the documented sets are there', () => {
  expect(datasetInfo('mnist-pair').tasks.map((task) => task.name)).toEqual(['mnist', 'fashion-mnist']);
  expect(datasetInfo('mnist-trio').tasks.map((task) => task.name)).toEqual(['mnist', 'fashion-mnist', 'kmnist']);
});

test('an unknown name is refused with those that exist', () => {
  expect(() => datasetInfo('mnist')).toThrow(ConfigError);
  expect(() => datasetInfo('mnist')).toThrow("unknown data set 'mnist': expected one of mnist-pair, mnist-trio");
});
