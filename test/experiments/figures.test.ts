/** The figures that train models, and a table whose rows are settings of one method, end to end on series that are made up. */
import { describe, expect, test, vi } from 'vitest';
import type { Dataset, Split, Task } from '../../data/index.ts';
import { random32 } from '../../data/index.ts';
import { ConfigError } from '../../engine/index.ts';
import type { ComparisonPlan } from '../../experiments/comparison.ts';
import { ownershipFigure, ownershipFigureOfBoth } from '../../experiments/ownership.ts';
import { rowsOfStays, similarityFigure } from '../../experiments/similarity.ts';
import { table4 } from '../../experiments/table-4.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { laboratoryOf, realLaboratory, trainOn } from './laboratory.ts';

const device = await testDevice();
// A software adapter compiles a transformer's kernels for each of the models.
vi.setConfig({ testTimeout: 240_000 });
const SHAPE = [4, 3];

/** Series whose sign is the target; windows of a stay are alike but not the same. */
function split(length: number, key: number, classes: number, windows = 1): Split {
  const targets = new Float32Array(length * classes);
  const inputs = new Float32Array(length * 12);
  for (let i = 0; i < length; i++) {
    const stay = Math.floor(i / windows);
    const target = random32(key, stay) % 2;
    for (let c = 0; c < classes; c++) targets[i * classes + c] = (target + c) % 2;
    for (let p = 0; p < 12; p++) inputs[i * 12 + p] = target - 0.5 + (random32(key + 1, stay * 12 + p) % 1000) / 1000 + (i % windows) / 10;
  }
  return { length, inputs, targets };
}

const task = (name: string, key: number, classes = 1, windows = 1): Task => ({
  name, kind: classes > 1 ? 'multilabel' : 'binary', classes, inputShape: SHAPE,
  train: split(32, key, classes), validation: split(16, key + 10, classes), test: split(40 * windows, 900, classes, windows),
});
const dataset: Dataset = { name: 'stays', tasks: [task('in-hospital-mortality', 1), task('organ-failure', 100, 2), task('decompensation', 200, 1, 3)] };

const laboratory = realLaboratory(device, dataset);

describe('figure 1', () => {
  test('gives scores and shares by task and epoch, which add up', async () => {
    const before = device.memory.liveBytes;
    const { ours } = (await ownershipFigure.run(laboratory))!;
    expect(device.memory.liveBytes).toBe(before);
    expect(ours.charts).toHaveLength(6);
    const names = dataset.tasks.map(({ name }) => name);
    for (const { lines } of ours.charts) expect(lines.map(({ label }) => label)).toEqual(names);
    const [, , updated, owned, guarded] = ours.charts.map(({ lines }) => lines.map(({ points }) => points.at(-1)![1]));
    const claimed = owned!.reduce((a, b) => a + b, 0);
    expect(claimed).toBeGreaterThan(0);
    expect(ours.numbers[names[0]!]!.unclaimed).toBeCloseTo(1 - claimed, 9);
    owned!.forEach((share, i) => expect(guarded![i]).toBeCloseTo(claimed - share, 9));
    for (const share of updated!) expect(share).toBeGreaterThan(0);
  });
});

describe('figure A1', () => {
  test('trains one method on both data sets, under names of their own', async () => {
    const asked: ComparisonPlan[] = [];
    using _scope = device.scope();
    const result = (await ownershipFigureOfBoth.run(laboratoryOf(device, { train: async (plan) => {
      asked.push(plan);
      return new Map([[plan.methods[0]!, await trainOn(device, dataset, { ...plan, model: 'time-series-transformer', width: 0.03125 }, plan.methods[0]!)]]);
    } })))!;
    expect(asked.map(({ dataset: of, methods, variants, seeds }) => [of, methods, variants, seeds])).toEqual([
      ['codiesp', ['notes'], { notes: { method: 'apo' } }, [2]], ['physionet2012', ['patient-care'], { 'patient-care': { method: 'apo' } }, [2]],
    ]);
    expect(result.ours.charts.map(({ title }) => title.slice(0, 4))).toEqual([...Array<string>(4).fill('(a) '), ...Array<string>(4).fill('(b) ')]);
    expect(result.ours.setting).toMatchObject({ '(a) notes: dataset': 'codiesp', '(b) patient care: dataset': 'physionet2012', '(b) patient care: method': 'apo' });
  });
});

test('figures are interrupted with their runs', async () => {
  for (const figure of [ownershipFigure, ownershipFigureOfBoth, similarityFigure]) expect(await figure.run(laboratoryOf(device, { train: () => Promise.resolve(null) }))).toBeNull();
});

describe('figure 3', () => {
  test('compares every task with its own model, and both pairs by APO and by their own models', async () => {
    const result = (await similarityFigure.run(laboratory))!;
    const { charts, numbers } = result.ours;
    expect(charts).toHaveLength(9);
    expect(charts.slice(0, 3).map(({ lines }) => lines.map(({ label }) => label))).toEqual(Array(3).fill(dataset.tasks.map(({ name }) => name)));
    for (const { lines } of charts.slice(3)) expect(lines.map(({ label }) => label)).toEqual(['APO', 'single-task']);
    for (const { lines } of charts) {
      for (const { points } of lines) {
        expect(points.map(([share]) => share)).toEqual([0.5, 1]);
        expect(points[1]![1]).toBeGreaterThanOrEqual(points[0]![1]);
        for (const [, similarity] of points) expect(similarity).toBeGreaterThan(0);
      }
    }
    // Both tasks have the same inputs in this test: one trunk makes the same of them, two trunks do not.
    expect(numbers['in-hospital-mortality and organ-failure, APO']).toMatchObject({ batches: 2, 'linear CKA': expect.closeTo(1, 6) as number });
    expect(numbers['in-hospital-mortality and organ-failure, single-task']!['linear CKA']).toBeLessThan(0.9999);
    expect(numbers['decompensation and in-hospital-mortality, APO']!['linear CKA']).toBeLessThan(0.9999);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  test('takes one row a stay: the middle window', () => {
    const { targets, inputs } = rowsOfStays(dataset.tasks[2]!, 40, 5);
    expect(targets).toHaveLength(5);
    const whole = dataset.tasks[2]!.test.inputs as Float32Array;
    expect(inputs).toEqual(Float32Array.from({ length: 60 }, (_, i) => whole[(Math.floor(i / 12) * 3 + 1) * 12 + (i % 12)]!));
    expectError(() => rowsOfStays(dataset.tasks[2]!, 50, 5), ConfigError, /each of 50 stays, got 120 samples/);
  });
});

test('table 4 runs one method in both orders', async () => {
  const result = (await table4.run(laboratory))!;
  expect(result.ours.table!.rows.map(({ label }) => label)).toEqual(['dynamic', 'fixed']);
  expect(result.ours.table!.columns).toEqual([...dataset.tasks.map(({ name }) => name), 'average']);
  for (const { values } of result.ours.table!.rows) for (const value of values) expect(value!.mean).toBeGreaterThan(0);
});
