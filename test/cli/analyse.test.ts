import { expect, test } from 'vitest';
import { analyse } from '../../cli/analyse.ts';
import { checkAnalysis } from '../../cli/report/analysis.ts';
import type { Dataset, Task } from '../../data/index.ts';
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
  const found = await analyse(device, model, dataset, 10);
  expect(model.training).toBe(true);
  expect(found.gradientCosines?.tasks).toEqual(['a', 'b']);
  const [[aa, ab], [ba, bb]] = found.gradientCosines?.values as [[number, number], [number, number]];
  expect([aa, bb]).toEqual([1, 1]);
  expect(ab).toBe(ba);
  expect(Math.abs(ab)).toBeLessThan(1);
  const shared = found.cka?.filter(({ title }) => title.startsWith('samples of')) ?? [];
  expect(shared.map(({ title }) => title)).toEqual(['samples of a, as each task', 'samples of b, as each task']);
  for (const { values: rows } of shared) for (const value of rows.flat()) expect(value).toBeCloseTo(1, 9);
  for (const { rows, values: cells } of found.cka ?? []) for (const [i] of rows.entries()) expect(cells[i]?.[i]).toBeCloseTo(1, 9);
  // What it makes can be kept and read.
  expect(checkAnalysis(JSON.parse(JSON.stringify(found)), 'f')).toEqual(found);
  expect(await analyse(device, model, dataset, 10)).toEqual(found);
});

test('a task without validation samples is left out, and inputs of another shape are not compared', async () => {
  using _scope = device.scope();
  const model = new MultiTaskModel(device, mlp({ inputs: 6, widths: [8, 5] }), ['a', 'b'].map((name) => ({ name, outputs: 2 })), 3);
  const found = await analyse(device, model, { name: 'd', tasks: [task('a', false, 1), task('b', true, 2, 0)] }, 10);
  expect(found.gradientCosines).toEqual({ tasks: ['a'], values: [[1]] });
  expect(found.cka?.some(({ title }) => title.startsWith('samples of'))).toBe(false);
});
