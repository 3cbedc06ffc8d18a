import { describe, expect, test } from 'vitest';
import { parseCsv } from '../../../data/tables/csv.ts';
import { tableOf } from '../../../data/tables/table.ts';
import { encodeRows, encodedTypes, tabularTasks, type TabularEncoding, type TabularSpec } from '../../../data/tables/tabular.ts';
import { ConfigError, DataError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';

const csv = (text: string, options = {}): ReturnType<typeof parseCsv> => parseCsv(new TextEncoder().encode(text), 'x.csv', options);
const SMALL = `id,age,sex,part,dead,days,stage,a,b
1,10,m,train,0,3.5,II,0,1
2,?,f,train,1,4,I,1,?
3,30,?,train,?,?,?,0,0
4,50,x,dev,1,-1,II,1,1
5,?,m,test,0,2,I,0,0
`;
const SPEC: TabularSpec = {
  seed: 1, split: 'part', inputs: ['age', 'sex'],
  tasks: [
    { name: 'dead', kind: 'binary', column: 'dead' },
    { name: 'days', kind: 'regression', column: 'days' },
    { name: 'stage', kind: 'multiclass', column: 'stage' },
    { name: 'both', kind: 'multilabel', columns: ['a', 'b'], where: { column: 'dead', equals: 1 } },
    { name: 'late', kind: 'binary', column: 'stage', classes: ['I', ['II', 'III']], inputs: [{ column: 'sex', as: 'integer' }] },
  ],
};

test('inputs are fitted on training rows alone: by hand', () => {
  const { tasks, encoding } = tabularTasks(csv(SMALL), SPEC);
  const dead = tasks[0]!;
  // Ages 10 and 30 in training: mean 20, deviation 10; categories f and m; one age is missing.
  expect(dead.inputShape).toEqual([4]);
  expect([...dead.train.inputs as Float32Array]).toEqual([-1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0]);
  expect([...dead.validation.inputs as Float32Array]).toEqual([3, 0, 0, 0]);
  expect([...dead.test.inputs as Float32Array]).toEqual([0, 1, 0, 1]);
  expect(encoding.tasks[0]!.inputs).toEqual([{ column: 'age', as: 'number', mean: 20, scale: 10, indicator: true }, { column: 'sex', as: 'one-hot', categories: ['f', 'm'] }]);
});

test('targets of every kind, missing ones marked', () => {
  const [dead, days, stage, both, late] = tabularTasks(csv(SMALL), SPEC).tasks;
  expect([...dead!.train.targets]).toEqual([0, 1, NaN]);
  expect([...days!.train.targets]).toEqual([3.5, 4, NaN]);
  expect(stage!.classes).toBe(2);
  expect([...stage!.train.targets]).toEqual([1, 0, -1]);
  expect([...stage!.validation.targets]).toEqual([1]);
  expect([both!.train.length, both!.validation.length, both!.test.length]).toEqual([1, 1, 0]);
  expect([...both!.train.targets]).toEqual([1, NaN]);
  expect([...late!.train.targets]).toEqual([1, 0, NaN]);
  expect([...late!.train.inputs as Float32Array]).toEqual([2, 1, 0]);
  expect([...late!.validation.inputs as Float32Array]).toEqual([0]);
});

test('an encoding survives JSON and gives new rows what training gave them', () => {
  const { tasks, encoding } = tabularTasks(csv(SMALL), SPEC);
  const stored = JSON.parse(JSON.stringify(encoding)) as TabularEncoding;
  expect(stored).toEqual(encoding);
  const again = csv('sex,age\nx,50\nm,\n', { types: encodedTypes(stored.tasks[0]!) });
  expect([...encodeRows(stored.tasks[0]!, again)]).toEqual([...tasks[0]!.validation.inputs as Float32Array, ...tasks[0]!.test.inputs as Float32Array]);
  expectError(() => encodeRows(encoding.tasks[0]!, csv('age\n1\n')), DataError, 'x.csv', "no column 'sex'");
  expectError(() => encodeRows(encoding.tasks[0]!, csv('age,sex\n1,m\nold,f\n')), DataError, 'x.csv: line 3', "'age'", "'old'");
});

test('by default every column that is no label is an input; a constant one stays finite', () => {
  const [task] = tabularTasks(csv('a,b,y\n1,7,0\n2,7,1\n3,7,0\n4,7,1\n'), { seed: 0, shares: [1, 0, 0], tasks: [{ name: 'y', kind: 'binary', column: 'y' }] }).tasks;
  expect(task!.inputShape).toEqual([2]);
  const expected = [1, 2, 3, 4].flatMap((value) => [Math.fround((value - 2.5) / Math.sqrt(1.25)), 0]);
  expect([...task!.train.inputs as Float32Array]).toEqual(expected);
});

describe('the split', () => {
  const values = Float64Array.from({ length: 300 }, (_, row) => row);
  const table = tableOf('t', [
    { type: 'number', name: 'x', values },
    { type: 'number', name: 'patient', values: values.map((row) => Math.floor(row / 3)) },
    { type: 'number', name: 'y', values: values.map((row) => row) },
  ]);
  const rowsOf = (seed: number, group?: string): number[][] => {
    const [task] = tabularTasks(table, { seed, ...(group === undefined ? {} : { group }), inputs: ['x'], tasks: [{ name: 'y', kind: 'regression', column: 'y' }] }).tasks;
    return [task!.train, task!.validation, task!.test].map(({ targets }) => [...targets]);
  };

  test('has every row once, is the seed\'s, and keeps patients together', () => {
    const parts = rowsOf(3, 'patient');
    expect(parts.flat().sort((a, b) => a - b)).toEqual([...values]);
    expect(parts.map(({ length }) => length)).toEqual([210, 30, 60]);
    const patients = parts.map((rows) => new Set(rows.map((row) => Math.floor(row / 3))));
    expect(patients.reduce((sum, { size }) => sum + size, 0)).toBe(100);
    expect(rowsOf(3, 'patient')).toEqual(parts);
    expect(rowsOf(4, 'patient')).not.toEqual(parts);
    expect(rowsOf(3).map(({ length }) => length)).toEqual([210, 30, 60]);
  });

  test('validation comes out of the training rows when a column has none', () => {
    const text = `x,part,y\n${Array.from({ length: 60 }, (_, row) => `${row},${row < 48 ? 'train' : 'test'},0\n`).join('')}`;
    const [task] = tabularTasks(csv(text), { seed: 0, split: 'part', tasks: [{ name: 'y', kind: 'binary', column: 'y' }] }).tasks;
    expect([task!.train.length, task!.validation.length, task!.test.length]).toEqual([40, 8, 12]);
  });
});

const one = (task: object, more: object = {}): TabularSpec => ({ seed: 0, tasks: [{ name: 't', kind: 'binary', ...task }], ...more });
test.each<[string, TabularSpec, typeof DataError, (string | RegExp)[]]>([
  ['a label that is none', one({ column: 'stage', classes: ['I', 'III'] }), DataError, ['x.csv: line 2', "'stage'", "'I', 'III'", "got 'II'"]],
  ['a number that is no class', one({ kind: 'multiclass', column: 'days' }), DataError, ['x.csv: line 2', "'days'", "'3.5'"]],
  ['text for a number', one({ kind: 'regression', column: 'sex' }), DataError, ['line 2', "'sex'", 'a number', "'m'"]],
  ['an unknown column', one({ column: 'z' }), DataError, ["no column 'z'"]],
  ['an unknown split', one({ column: 'dead' }, { split: 'sex' }), DataError, ['line 2', "'sex'", 'train, validation or test']],
  ['a group in two parts', one({ column: 'dead' }, { split: 'part', group: 'sex' }), DataError, ['line 6', "group 'm'", 'test', 'train']],
  ['a label among the inputs', one({ column: 'dead', inputs: ['dead'] }), ConfigError, ['task t', "'dead'"]],
  ['no column', one({}), ConfigError, ['task t', 'a column']],
  ['two columns for one label', one({ columns: ['a', 'b'] }), ConfigError, ['one column for binary']],
  ['three classes for a binary task', one({ column: 'a', classes: [0, 1, 2] }), ConfigError, ['two classes', '3']],
  ['a class twice', one({ kind: 'multiclass', column: 'a', classes: [0, [0, 1]] }), ConfigError, ['differ']],
  ['no tasks', { seed: 0, tasks: [] }, ConfigError, ['at least one']],
])('refuses %s', (_, spec, type, parts) => expectError(() => tabularTasks(csv(SMALL), spec), type, ...parts));
