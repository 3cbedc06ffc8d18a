import { expect, test } from 'vitest';
import { MODELS, crnn, modelInfo } from 'lazygrad/models';
import { ConfigError, sizeOf } from '../../engine/index.ts';
import { expectError } from '../support/errors.ts';

const parameters = (name: string, shape: readonly number[], width: number): number => modelInfo(name).trunk(shape, width).layers.flatMap((layer) => layer.specs).reduce((total, spec) => total + sizeOf(spec.shape), 0);

test.each(MODELS.map((info) => [info.name, info] as const))('%s builds for its example, and smaller at half the width', (name, { trunk, example }) => {
  expect(trunk(example, 1).name).toBe(name);
  const names = trunk(example, 1).layers.flatMap((layer) => layer.specs.map((spec) => spec.name));
  expect(new Set(names).size).toBe(names.length);
  expect(parameters(name, example, 0.5)).toBeLessThan(parameters(name, example, 1) * 0.7);
});

test('the number of a CRNN\'s parameters', () => {
  const convolutions = 25 * (32 + 32 * 64 + 64 * 128 + 128 * 256) + 32 + 64 + 128 + 256;
  expect(parameters('crnn', [1, 128, 64], 1)).toBe(convolutions + 128 * (256 + 32 + 2));
  // 33 frequencies become 16, 4, 1 and 1: as many inputs of the recurrent layer. 70 become 35, 8, 2 and 1.
  for (const frequencies of [33, 70]) expect(parameters('crnn', [1, frequencies, 64], 1)).toBe(convolutions + 128 * (256 + 32 + 2));
});

test('small images get the small stem', () => {
  expect(modelInfo('resnet-18').trunk([3, 32, 32], 1).layers[0]!.specs[0]!.shape).toEqual([64, 3, 3, 3]);
  expect(modelInfo('resnet-18').trunk([3, 64, 64], 1).layers[0]!.specs[0]!.shape).toEqual([64, 3, 7, 7]);
});

test('the numbers of parameters of the transformers', () => {
  const layer = 4 * (256 * 256 + 256) + 1024 * 256 + 1024 + 256 * 1024 + 256 + 4 * 256;
  expect(parameters('time-series-transformer', [48, 76], 1)).toBe(76 * 256 + 256 + 2 * layer + 256 * 128 + 128);
  expect(parameters('tinybert', [128], 1)).toBe(14_350_248 + 312 * 128 + 128);
  expectError(() => modelInfo('tinybert').trunk([513], 1), ConfigError, '512', '513');
});

test.each(['multi-task-cnn', 'multi-task-cnn-experts', 'crnn', 'resnet-50', 'time-series-transformer'])('%s refuses inputs of another kind', (name) => {
  expectError(() => modelInfo(name).trunk([48], 1), ConfigError, name, '[48]');
});

test('tinybert refuses images', () => expectError(() => modelInfo('tinybert').trunk([1, 28, 28], 1), ConfigError, 'tinybert', '[1, 28, 28]'));

test('errors', () => {
  expectError(() => modelInfo('resnet-19'), ConfigError, 'resnet-19', 'resnet-18');
  expectError(() => crnn({ input: [1, 127, 9], pools: [2, 4, 4, 4] }), ConfigError, '128', '127');
  expectError(() => crnn({ input: [1, 128, 9], channels: [4, 4] }), ConfigError, 'each of 2', '4');
});
