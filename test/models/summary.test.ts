/** Tables of models, against arithmetic by hand. */
import { expect, test } from 'vitest';
import { MultiTaskModel, linear, lstm, mixtureOfExperts, mlp, modelInfo, multiTaskCNN, summary, timeSeriesTransformer } from 'lazygrad/models';
import type { Layer, ModelSummary, Trunk } from 'lazygrad/models';
import { ConfigError, ShapeError, gru, recurrentParameters, reshape } from '../../engine/index.ts';
import { kaimingUniform } from '../../models/init.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

const device = await testDevice();
const HEADS = [{ name: 'a', outputs: 10 }, { name: 'b', outputs: 3 }];

function of(trunk: Trunk, input: readonly number[], task = 'a'): ModelSummary {
  using _scope = device.scope();
  return summary(new MultiTaskModel(device, trunk, HEADS, 1), input, { task });
}

test('MultiTaskCNN: every row', () => {
  const { rows, parameters, flops, input, model } = of(multiTaskCNN({ input: [1, 28, 28] }), [1, 28, 28]);
  expect({ model, input }).toEqual({ model: 'multi-task-cnn', input: [1, 28, 28] });
  expect(rows).toEqual([
    { name: 'conv1', operation: 'conv2d', shape: [32, 28, 28], parameters: 32 * 9 + 32, flops: 2 * 784 * 32 * 9 },
    { name: '', operation: 'maxPool2d', shape: [32, 14, 14], parameters: 0, flops: 0 },
    { name: 'conv2', operation: 'conv2d', shape: [64, 14, 14], parameters: 64 * 288 + 64, flops: 2 * 196 * 64 * 288 },
    { name: '', operation: 'maxPool2d', shape: [64, 7, 7], parameters: 0, flops: 0 },
    { name: 'fc', operation: 'linear', shape: [128], parameters: 128 * 3136 + 128, flops: 2 * 128 * 3136 },
    { name: 'head', operation: 'linear', shape: [10], parameters: 1290, flops: 2 * 1280 },
  ]);
  expect(parameters).toEqual({ shared: 420_352, own: 1290 });
  expect(flops).toBe(2 * (784 * 32 * 9 + 196 * 64 * 288 + 128 * 3136 + 1280));
});

/** The layer that the models do not have. */
const gruLayer = (name: string, input: number, hidden: number): Layer => ({
  specs: recurrentParameters('gru', input, hidden).map((parameter) => ({ name: `${name}.${parameter.name}`, shape: parameter.shape, init: kaimingUniform(hidden) })),
  forward: (x, parameters) => gru(x, { get: (parameter) => parameters.get(`${name}.${parameter}`) }).output,
});

test.each([['lstm', 4, 8, lstm], ['lstm', 4, 6, lstm], ['gru', 3, 8, gruLayer], ['gru', 3, 6, gruLayer]] as const)('%s: %i gates of %i units', (operation, gates, hidden, make) => {
  const [steps, input] = [5, 7];
  const layer = make(operation, input, hidden);
  const { rows, flops } = of({ name: operation, layers: [layer], features: steps * hidden, forward: (x, p, mode) => reshape(layer.forward(x, p, mode), [x.shape[0]!, steps * hidden]) }, [steps, input], 'b');
  const units = gates * hidden;
  expect(flops).toBe(2 * (steps * units * input + steps * units * hidden + 3 * steps * hidden));
  expect(rows.reduce((total, row) => total + row.parameters, 0)).toBe(units * (input + hidden + 2) + 3 * (steps * hidden + 1));
  expect(rows.find((row) => row.operation === operation)).toMatchObject({ name: operation, shape: [steps, 8], flops: 2 * steps * units * hidden });
});

test('a transformer: projections, scores and values, and what lies between', () => {
  const [steps, channels, width, layers, features] = [6, 5, 12, 2, 7];
  const inner = 4 * width;
  const { flops, rows } = of(timeSeriesTransformer({ channels, width, heads: 3, layers, features }), [steps, channels]);
  const layer = 4 * steps * width * width + 2 * steps * steps * width + 2 * steps * width * inner;
  expect(flops).toBe(2 * (steps * channels * width + layers * layer + width * features + features * 10));
  expect(rows.reduce((total, row) => total + row.parameters, 0)).toBe((channels + 1) * width + layers * (4 * width * (width + 1) + (width + 1) * inner + (inner + 1) * width + 4 * width) + (width + 1) * features + (features + 1) * 10);
});

test('ResNet-18 at 224 pixels: 1.8 G multiply-adds', () => {
  const { rows, parameters, flops } = of(modelInfo('resnet-18').trunk([3, 224, 224], 1), [3, 224, 224]);
  const stage = (channels: number, size: number): number => size * size * 9 * channels * channels;
  const halved = (channels: number, size: number): number => size * size * channels * channels / 2 * 10;
  // The stem; 4 convolutions of 64 channels; at each further level 3 of its own channels, one from half of them with the stride, and the 1x1 one beside it.
  const convolutions = 112 * 112 * 64 * 147 + 4 * stage(64, 56) + [128, 256, 512].reduce((total, channels, level) => total + 3 * stage(channels, 28 >> level) + halved(channels, 28 >> level), 0);
  expect(flops).toBe(2 * (convolutions + 512 * 256 + 256 * 10));
  expect(flops / 2e9).toBeCloseTo(1.81, 2);
  // torchvision's 11,689,512 without its last layer, and ours.
  expect(parameters.shared).toBe(11_689_512 - 513_000 + 512 * 256 + 256);
  expect(rows.filter(({ operation }) => operation === 'conv2d')).toHaveLength(20);
  expect(rows.find(({ name }) => name === 'layer4.1.conv2')).toMatchObject({ shape: [512, 7, 7], parameters: 512 * 512 * 9 });
  expect(rows.reduce((total, row) => total + row.parameters, 0)).toBe(parameters.shared + parameters.own);
});

test.each([['sparse', 2], ['dense', 8]] as const)('experts, computed %s: the work of %i of them', (dispatch, computed) => {
  const { rows, flops, parameters } = of(mlp({ inputs: 12, widths: [20], dense: mixtureOfExperts({ experts: 8, top: 2, dispatch, router: 'perTask' }) }), [12]);
  // The router, and for the sparse ones the sum of the biases.
  expect(flops).toBe(2 * (computed * 12 * 20 + 8 * 12 + (dispatch === 'sparse' ? 8 * 20 : 0) + 20 * 10));
  expect(parameters).toEqual({ shared: 8 * 20 * 13, own: 210 + 8 * 12 });
  expect(rows.reduce((total, row) => total + row.parameters, 0)).toBe(parameters.shared + parameters.own);
});

test('a layer that is used twice has its parameters once, and its work twice', () => {
  const layer = linear('shared', 6, 6);
  const { rows, flops } = of({ name: 'tied', layers: [layer], features: 6, forward: (x, p, mode) => layer.forward(layer.forward(x, p, mode), p, mode) }, [6]);
  expect(rows.map(({ name, parameters }) => [name, parameters])).toEqual([['shared', 42], ['shared', 0], ['head', 70]]);
  expect(flops).toBe(2 * (36 + 36 + 60));
});

test('nothing is computed, and the mode stays', () => {
  using _scope = device.scope();
  const model = new MultiTaskModel(device, mlp({ inputs: 4, widths: [4] }), HEADS, 1);
  const { dispatches } = device.counters;
  const { liveBytes } = device.memory;
  for (const training of [true, false]) {
    model.train(training);
    summary(model, [4]);
    expect(model.training).toBe(training);
  }
  expect(device.counters.dispatches).toBe(dispatches);
  expect(device.memory.liveBytes).toBe(liveBytes);
  expectError(() => summary(model, [4], { task: 'c' }), ConfigError, 'summary', 'c', 'a, b');
  expectError(() => summary(model, [5]), ShapeError, '5');
  expect(model.training).toBe(false);
});
