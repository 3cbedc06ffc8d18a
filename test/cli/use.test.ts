/** A described table through training, evaluation and prediction. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random32 } from '../../data/index.ts';
import type { TaskEncoding, TaskInfo } from '../../data/index.ts';
import { readData, recordData } from '../../cli/run-data.ts';
import { predictedColumns } from '../../cli/predictions.ts';
import { DataError } from '../../engine/index.ts';
import { toyDataset } from '../methods/support.ts';
import { lazygrad } from './support.ts';
import type { Result } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazygrad-use-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = join(folder, 'run');

/** Age decides, the ward helps. */
const uniform = (i: number, k: number): number => random32(7 + k, i) / 2 ** 32;
const rows = Array.from({ length: 240 }, (_, i) => ({ patient: i >> 1, age: 20 + 60 * uniform(i, 0), ward: uniform(i, 1) < 0.5 ? 'north' : 'south' }));
const csv = (list: typeof rows, labels: boolean): string => [
  `patient,age,ward${labels ? ',sepsis,days' : ''}`, ...list.map(({ patient, age, ward }) => `${patient},${age},${ward}${labels ? `,${age > 50 ? 'yes' : 'no'},${age / 10}` : ''}`),
].join('\n');

let trained: Result;
beforeAll(async () => {
  writeFileSync(join(folder, 'stays.csv'), csv(rows, true));
  writeFileSync(join(folder, 'tasks.json'), JSON.stringify({
    name: 'stays', file: 'stays.csv', group: 'patient', inputs: ['age', { column: 'ward', as: 'one-hot' }],
    tasks: [{ name: 'sepsis', kind: 'binary', column: 'sepsis', classes: ['no', 'yes'] }, { name: 'days', kind: 'regression', column: 'days' }],
  }));
  trained = await lazygrad(folder, ['train', '--dataset', 'tasks.json', '--method', 'apo', '--epochs', '6', '--batch-size', '16', '--lr', '0.05', '--width', '0.25', '--adapter', 'swiftshader', '--json', '--out', run]);
}, 60_000);

test('a table that a JSON file describes is trained on, by the model for tables', () => {
  expect(trained.err).not.toMatch(/error/);
  expect(JSON.parse(trained.out)).toMatchObject({ dataset: join(folder, 'tasks.json'), model: 'mlp', tasks: [{ name: 'sepsis', metric: 'auroc' }, { name: 'days', metric: 'rmse' }] });
  const { splits, encodings } = JSON.parse(readFileSync(join(run, 'data.json'), 'utf8')) as { splits: object; encodings: TaskEncoding[] };
  expect(Object.keys(splits)).toEqual(['sepsis', 'days']);
  expect(encodings.map(({ name }) => name)).toEqual(['sepsis', 'days']);
});

test('new rows without labels are predicted, in their order', async () => {
  const extremes = [{ patient: 900, age: 78, ward: 'north' }, { patient: 901, age: 22, ward: 'south' }];
  writeFileSync(join(folder, 'new.csv'), csv(extremes, false));
  const { code, out } = await lazygrad(folder, ['predict', 'run', '--input', 'new.csv', '--adapter', 'swiftshader']);
  expect(code).toBe(0);
  const [header, old, young] = out.trim().split('\n').map((line) => line.split(','));
  expect(header).toEqual(['sepsis', 'sepsis.p(yes)', 'days']);
  expect([old![0], young![0]]).toEqual(['yes', 'no']);
  expect(Number(old![1])).toBeGreaterThan(0.5);
  expect(Number(old![2]) - Number(young![2])).toBeGreaterThan(3);
}, 60_000);

test('evaluation finds what training measured, and more', async () => {
  const { code, out } = await lazygrad(folder, ['evaluate', 'run', '--adapter', 'swiftshader', '--json', '--resamples', '50']);
  expect(code).toBe(0);
  const { tasks } = JSON.parse(out) as { tasks: { name: string; interval: { value: number; low: number; high: number }; metrics: Record<string, number> }[] };
  const measured = (JSON.parse(trained.out) as { tasks: { test: number }[] }).tasks;
  tasks.forEach(({ interval }, i) => {
    expect(interval.value).toBe(measured[i]!.test);
    expect(interval.low <= interval.value && interval.value <= interval.high).toBe(true);
  });
  expect(Object.keys(tasks[0]!.metrics)).toEqual(expect.arrayContaining(['auroc', 'auprc', 'f1', 'logLoss', 'ece']));
}, 60_000);

test('a column that is missing, and rows of another kind of file, are errors in the data', async () => {
  writeFileSync(join(folder, 'other.csv'), 'age\n40\n');
  const missing = await lazygrad(folder, ['predict', 'run', '--input', 'other.csv', '--adapter', 'swiftshader']);
  expect([missing.code, missing.out]).toEqual([3, '']);
  expect(missing.err).toMatch(/other.csv.*ward/);
}, 60_000);

describe('predictedColumns', () => {
  const task = (kind: TaskInfo['kind'], classes: number): TaskInfo => ({ name: 't', kind, classes, inputShape: [1] });
  const log = Math.log;

  test('classes and the probability of each', () => {
    expect(predictedColumns(task('multiclass', 2), Float32Array.of(0, log(3), log(4), 0))).toEqual([
      { name: 't', values: [1, 0] }, { name: 't.p(0)', values: [expect.closeTo(0.25, 6), expect.closeTo(0.8, 6)] }, { name: 't.p(1)', values: [expect.closeTo(0.75, 6), expect.closeTo(0.2, 6)] },
    ]);
  });

  test('labels by their columns, numbers by theirs', () => {
    const encoding: TaskEncoding = { name: 't', kind: 'multilabel', inputs: [], columns: ['a', 'b'], classes: [['0'], ['1']] };
    expect(predictedColumns(task('multilabel', 2), Float32Array.of(0, log(3), -log(3), 0), encoding)).toEqual([{ name: 't.a.p', values: [0.5, expect.closeTo(0.25, 6)] }, { name: 't.b.p', values: [expect.closeTo(0.75, 6), 0.5] }]);
    expect(predictedColumns(task('regression', 2), Float32Array.of(1, 2, 3, 4))).toEqual([{ name: 't.0', values: [1, 3] }, { name: 't.1', values: [2, 4] }]);
    expect(predictedColumns(task('regression', 1), Float32Array.of(5))).toEqual([{ name: 't', values: [5] }]);
  });
});

describe('what the data of a run was', () => {
  test('is compared when the run goes on', () => {
    const path = mkdtempSync(join(folder, 'data-'));
    expect(readData(path)).toBeNull();
    recordData(path, toyDataset, false);
    recordData(path, toyDataset, true);
    const [first, ...rest] = toyDataset.tasks;
    const changed = { ...toyDataset, tasks: [{ ...first!, validation: first!.test }, ...rest] };
    expect(() => recordData(path, changed, true)).toThrow(DataError);
    expect(() => recordData(path, changed, true)).toThrow(/other samples of the task .* for validation: go on with the same data/);
  });
});
