import { existsSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { loadDescription } from '../../../../data/node/tables/description.ts';
import { loadTable, openTabular } from '../../../../data/node/tables/table.ts';
import { countTargets } from '../../../../data/task.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { DATA as data } from '../../../support/real-data.ts';

const ROWS = 'x,y,z\n1,0,2.5\n2,1,3\n3,0,4\n4,1,5\n';

test('loadTable reads each format by its ending, also compressed', async () => {
  const folder = await temporaryFolder();
  const contents: [string, string | Uint8Array][] = [
    ['a.csv', ROWS], ['a.csv.gz', gzipSync(ROWS)], ['a.tsv', ROWS.replaceAll(',', '\t')], ['a.data', ROWS],
    ['a.jsonl', '{"x":1,"y":0,"z":2.5}\n{"x":2,"y":1,"z":3}\n{"x":3,"y":0,"z":4}\n{"x":4,"y":1,"z":5}\n'],
    ['a.arff', `@relation r\n${['x', 'y', 'z'].map((name) => `@attribute ${name} numeric\n`).join('')}@data\n${ROWS.slice(6)}`],
    ['a.parquet', new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'x', data: [1, 2, 3, 4], type: 'DOUBLE' }, { name: 'y', data: [0, 1, 0, 1], type: 'INT32' }, { name: 'z', data: [2.5, 3, 4, 5], type: 'DOUBLE' }], codec: 'GZIP', compressors: { GZIP: (bytes) => new Uint8Array(gzipSync(bytes)) } }))],
  ];
  for (const [name, content] of contents) {
    await writeFile(join(folder, name), content);
    const table = await loadTable(join(folder, name));
    expect(table.columns).toEqual(['x', 'y', 'z']);
    expect(table.column('z')).toMatchObject({ values: Float64Array.of(2.5, 3, 4, 5) });
  }
  for (const name of ['a.csv', 'a.csv.gz']) {
    const seen: [number, number, string][] = [];
    await loadTable(join(folder, name), {}, (...of) => seen.push(of));
    const { size } = await stat(join(folder, name));
    // Once for the names and types, once for the values.
    expect(seen).toEqual([[size, size, name], [size, size, name]]);
  }
  await writeFile(join(folder, 'cut.csv.gz'), gzipSync(ROWS).subarray(0, 20));
  await expectRejection(loadTable(join(folder, 'cut.csv.gz')), DataError, 'cut.csv.gz', 'cannot be read');
  await expectRejection(loadTable(join(folder, 'none.csv')), DataError, 'none.csv', 'ENOENT');
  await expectRejection(loadTable(join(folder, 'none.csv.gz')), DataError, 'none.csv.gz', 'ENOENT');
  await expectRejection(loadTable(join(folder, 'a.xlsx')), DataError, 'a.xlsx', '.parquet');
});

const description = { name: 'mine', file: 'a.csv', shares: [2, 1, 1], tasks: [{ name: 'y', kind: 'binary', column: 'y' }, { name: 'z', kind: 'regression', column: 'z', file: 'b.csv' }] };

test('loadDescription', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a.csv'), ROWS);
  await writeFile(join(folder, 'b.csv'), ROWS);
  await writeFile(join(folder, 'tasks.json'), JSON.stringify(description));
  const { name, tasks, encodings } = await loadDescription(join(folder, 'tasks.json'), { seed: 1 });
  expect(name).toBe('mine');
  expect(tasks.map((task) => [task.name, task.inputShape, task.train.length, task.test.length])).toEqual([['y', [2], 2, 1], ['z', [2], 2, 1]]);
  expect(encodings.map((encoding) => encoding.inputs.map(({ column }) => column))).toEqual([['x', 'z'], ['x', 'y']]);
});

const task = (changes: object): object => ({ ...description, tasks: [{ name: 'y', kind: 'binary', column: 'y', ...changes }] });
test.each<[string, string | object, string[]]>([
  ['no JSON', '{"name":', ['not JSON']],
  ['a list', '[]', ['expected an object']],
  ['no tasks', { name: 'a', file: 'a.csv' }, ['tasks: ', 'got nothing']],
  ['an unknown key', { ...description, inptus: [] }, ['inptus: unknown', 'inputs']],
  ['a key of Object.prototype', '{"name":"a","tasks":[{}],"toString":1}', ['toString: unknown']],
  ['an unknown kind', task({ kind: 'ordinal' }), ['tasks[0].kind', 'multilabel', 'ordinal']],
  ['column and columns', task({ columns: ['y'] }), ['tasks[0].column', 'either']],
  ['a name twice', { ...description, tasks: [description.tasks[0], description.tasks[0]] }, ['tasks[1].name', "'y'"]],
  ['shares of two', { ...description, shares: [1, 1] }, ['shares: ', 'three numbers']],
  ['no file', { name: 'a', tasks: [description.tasks[0]] }, ['tasks[0].file']],
  ['an unknown option of CSV', { ...description, csv: { quote: '"' } }, ['csv.quote: unknown']],
  ['classes that are none', task({ classes: [{}] }), ['tasks[0].classes']],
  ['inputs that are none', { ...description, inputs: [{ column: 'x', as: 'colour' }] }, ['inputs: ', 'one-hot']],
])('a description with %s is refused', async (_, content, parts) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'tasks.json'), typeof content === 'string' ? content : JSON.stringify(content));
  await expectRejection(loadDescription(join(folder, 'tasks.json'), { seed: 0 }), DataError, 'tasks.json: ', ...parts);
});

describe('real tables', () => {
  const tabular = join(data, 'tabular');
  const has = (path: string): boolean => existsSync(join(tabular, path));

  test.skipIf(!has('heart-disease'))('heart disease: four hospitals', async () => {
    const names = ['age', 'sex', 'cp', 'trestbps', 'chol', 'fbs', 'restecg', 'thalach', 'exang', 'oldpeak', 'slope', 'ca', 'thal', 'num'];
    const folder = await temporaryFolder();
    const hospitals = ['cleveland', 'hungarian', 'switzerland', 'va'];
    await writeFile(join(folder, 'heart.json'), JSON.stringify({
      name: 'heart', csv: { names },
      tasks: hospitals.map((name) => ({ name, kind: 'binary', column: 'num', classes: [0, [1, 2, 3, 4]], file: join(tabular, 'heart-disease', `processed.${name}.data`) })),
    }));
    const { tasks } = await loadDescription(join(folder, 'heart.json'), { seed: 0 });
    const count = (of: typeof tasks[number]): number[] => {
      const targets = [of.train, of.validation, of.test].flatMap((part) => [...part.targets]);
      return [targets.length, targets.filter((label) => label === 1).length];
    };
    // As heart-disease.names has it: instances, and those of classes 1 to 4.
    expect(tasks.map(count)).toEqual([[303, 139], [294, 106], [123, 115], [200, 149]]);
  });

  test.skipIf(!has('parkinsons'))('Parkinson\'s: two targets, 42 people', async () => {
    const { tasks } = await openTabular(join(tabular, 'parkinsons/parkinsons_updrs.data'), {
      seed: 0, group: 'subject#',
      tasks: ['motor_UPDRS', 'total_UPDRS'].map((column) => ({ name: column, kind: 'regression' as const, column })),
    });
    expect(tasks.map((each) => [each.inputShape, each.train.length + each.validation.length + each.test.length])).toEqual([[[19], 5875], [[19], 5875]]);
  });

  test.skipIf(!has('school'))('school: 139 tasks', async () => {
    const path = join(tabular, 'school/school.csv.gz');
    const { tasks } = await openTabular(path, { seed: 0, tasks: Array.from({ length: 139 }, (_, school) => ({ name: `school-${school}`, kind: 'regression' as const, column: 'score', where: { column: 'school', equals: school } })) });
    expect(tasks.reduce((sum, each) => sum + countTargets(each.train.targets) + countTargets(each.validation.targets) + countTargets(each.test.targets), 0)).toBe(15362);
    expect(new Set(tasks.map(({ inputShape }) => inputShape.join())).size).toBe(1);
  });
});
