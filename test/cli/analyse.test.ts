import { expect, test } from 'vitest';
import { analyse } from '../../cli/analyse.ts';
import { checkAnalysis } from '../../cli/report/analysis.ts';
import type { Dataset, Task } from '../../data/index.ts';
import { buildModel, findMethod } from '../../methods/index.ts';
import { MultiTaskModel, mlp } from '../../models/index.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();

const task = (name: string, flip: boolean, seed: number, length = 12): Task => {
  const split = { inputs: Float32Array.from({ length: length * 6 }, (_, i) => Math.sin(seed * 100 + i * i)), targets: Int32Array.from({ length }, (_, i) => (flip ? i + 1 : i) % 2), length };
  return { name, kind: 'multiclass', classes: 2, inputShape: [6], train: split, validation: split, test: split };
};

test('cosines of every pair of tasks; representations of a trunk that is shared are alike', async () => {
  using _scope = device.scope();
  const dataset: Dataset = { name: 'd', tasks: [task('a', false, 1), task('b', true, 2)] };
  const model = new MultiTaskModel(device, mlp({ inputs: 6, widths: [8, 5] }), dataset.tasks.map(({ name, classes }) => ({ name, outputs: classes })), 3);
  const found = await analyse(device, model, dataset, 10, { lr: 0.1 });
  expect(model.training).toBe(true);
  expect(found.gradientCosines?.tasks).toEqual(['a', 'b']);
  const [[aa, ab], [ba, bb]] = found.gradientCosines?.values as [[number, number], [number, number]];
  expect([aa, bb]).toEqual([1, 1]);
  expect(ab).toBe(ba);
  expect(Math.abs(ab)).toBeLessThan(1);
  // Without a rule a step is the gradient: the same cosines, and what is predicted is -lr |a| |b| cos.
  const { steps } = found;
  expect(steps).toMatchObject({ tasks: ['a', 'b'], lr: 0.1, masked: false });
  steps!.cosines.flat().forEach((value, i) => expect(value).toBeCloseTo([aa, ab, ba, bb][i]!, 5));
  expect(steps!.predicted[0]![1]).toBeCloseTo(steps!.predicted[1]![0]!, 9);
  expect(steps!.predicted[0]![1]! ** 2).toBeCloseTo(ab ** 2 * steps!.predicted[0]![0]! * steps!.predicted[1]![1]!, 9);
  for (const [i, row] of steps!.realised.entries()) for (const [j, value] of row.entries()) expect(Math.abs(value - steps!.predicted[i]![j]!)).toBeLessThan(0.3 * Math.abs(steps!.predicted[i]![i]!));
  const half = { lr: 0.1, rule: { stepFactors: async () => (await model.shared.values.read()).map(() => 0.5) as Float32Array } };
  const masked = (await analyse(device, model, dataset, 10, half)).steps!;
  expect(masked.masked).toBe(true);
  masked.predicted.flat().forEach((value, i) => expect(value).toBeCloseTo(steps!.predicted.flat()[i]! / 2, 7));
  const shared = found.cka?.filter(({ title }) => title.startsWith('samples of')) ?? [];
  expect(shared.map(({ title }) => title)).toEqual(['samples of a, as each task', 'samples of b, as each task']);
  for (const { values: rows } of shared) for (const value of rows.flat()) expect(value).toBeCloseTo(1, 9);
  for (const { rows, values: cells } of found.cka ?? []) for (const [i] of rows.entries()) expect(cells[i]?.[i]).toBeCloseTo(1, 9);
  // What it makes can be kept and read.
  expect(checkAnalysis(JSON.parse(JSON.stringify(found)), 'f')).toEqual(found);
  expect(await analyse(device, model, dataset, 10, { lr: 0.1 })).toEqual(found);
});

test('tasks that share no parameters have no gradients that could meet', async () => {
  using _scope = device.scope();
  const dataset: Dataset = { name: 'd', tasks: [task('a', false, 1), task('b', true, 2)] };
  const model = buildModel(findMethod('stl'), { device, trunk: () => mlp({ inputs: 6, widths: [8, 5] }), tasks: dataset.tasks.map(({ name, classes }) => ({ name, outputs: classes })), seed: 3 }, { momentum: 0 });
  const found = await analyse(device, model, dataset, 10, { lr: 0.1 });
  expect(Object.keys(found)).toEqual(['cka']);
});

test('a task without validation samples is left out, and inputs of another shape are not compared', async () => {
  using _scope = device.scope();
  const model = new MultiTaskModel(device, mlp({ inputs: 6, widths: [8, 5] }), ['a', 'b'].map((name) => ({ name, outputs: 2 })), 3);
  const found = await analyse(device, model, { name: 'd', tasks: [task('a', false, 1), task('b', true, 2, 0)] }, 10, { lr: 0.1 });
  expect(found.gradientCosines).toEqual({ tasks: ['a'], values: [[1]] });
  expect(found.cka?.some(({ title }) => title.startsWith('samples of'))).toBe(false);
});
