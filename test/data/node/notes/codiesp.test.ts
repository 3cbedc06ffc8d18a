import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { loadDataset } from '../../../../data/node/load.ts';
import { codiesp, loadCodiesp } from '../../../../data/node/sets/codiesp.ts';
import { ConfigError, DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { DATA as data } from '../../../support/real-data.ts';

beforeEach(async () => void vi.stubEnv('XDG_CACHE_HOME', await temporaryFolder()));
afterEach(() => vi.unstubAllEnvs());

const note = (i: number, changes: object = {}): object => ({ id: `n${i}`, split: i < 12 ? 'train' : 'dev', text: `fever ${i}`, dx: [], px: i % 2 ? ['0abc'] : ['b0'], chapters: i % 3 ? ['I', 'XVIII'] : ['II'], ...changes });
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'fever', '1'];

async function folderOf(notes: readonly object[]): Promise<string> {
  const folder = join(await temporaryFolder(), 'codiesp');
  await mkdir(folder);
  await writeFile(join(folder, 'labelled.jsonl'), notes.map((each) => JSON.stringify(each)).join('\n'));
  await writeFile(join(folder, 'vocab.txt'), VOCABULARY.join('\n'));
  return folder;
}

test('labels and tokens, and the same again from the cache', async () => {
  const folder = await folderOf(Array.from({ length: 15 }, (_, i) => note(i, i === 1 ? { text: 'fever fever 1' } : {})));
  const loaded = await loadCodiesp(folder, { seed: 0, length: 4 });
  expect(loaded.vocabulary).toBe(6);
  expect(loaded.truncated).toBe(1);
  expect(loaded.tasks.map(({ name, kind, classes, train, validation, test: held }) => [name, kind, classes, train.length, validation.length, held.length])).toEqual([
    ['chapters', 'multilabel', 10, 10, 2, 3], ['infection', 'binary', 1, 10, 2, 3], ['neoplasm', 'binary', 1, 10, 2, 3], ['surgery', 'binary', 1, 10, 2, 3],
  ]);
  const [, infection, neoplasm, surgery] = loaded.tasks;
  expect([...infection!.test.targets]).toEqual([0, 1, 1]);
  expect([...neoplasm!.test.targets]).toEqual([1, 0, 0]);
  expect([...surgery!.test.targets]).toEqual([0, 1, 0]);
  expect([...infection!.test.inputs as Int32Array]).toEqual([2, 4, 1, 3, 2, 4, 1, 3, 2, 4, 1, 3]);
  expect(await loadCodiesp(folder, { seed: 0, length: 4 })).toEqual(loaded);
  expect(codiesp.find(['/none', join(folder, '..')])?.path).toBe(folder);
  expect(codiesp.find(['/none'])).toBeNull();
});

test('notes that are cut are told of, with how many', async () => {
  const folder = await folderOf([note(0, { text: 'fever '.repeat(511) }), ...Array.from({ length: 14 }, (_, i) => note(i + 1))]);
  const told: string[] = [];
  const seen: [number, number, string][] = [];
  const { tasks } = await loadDataset('codiesp', { seed: 0, directory: join(folder, '..'), onNote: (text) => told.push(text), onProgress: (...of) => seen.push(of) });
  expect(tasks).toHaveLength(4);
  expect(told).toEqual(['1 of 15 notes were cut at 512 tokens']);
  expect(seen).toEqual([[15, 15, 'notes to tokens']]);
});

test('notes are cut where the caller says', async () => {
  const directory = join(await folderOf(Array.from({ length: 15 }, (_, i) => note(i, i === 1 ? { text: 'fever fever 1' } : {}))), '..');
  const told: string[] = [];
  const { tasks } = await loadDataset('codiesp', { seed: 0, directory, tokens: 4, onNote: (text) => told.push(text) });
  expect(tasks.map(({ inputShape }) => inputShape)).toEqual(Array(4).fill([4]));
  expect(told).toEqual(['1 of 15 notes were cut at 4 tokens']);
  for (const tokens of [0, 513, 1.5]) await expectRejection(loadDataset('codiesp', { seed: 0, directory, tokens }), ConfigError, 'tokens', '1 to 512', `${tokens}`);
});

test.each<[string, object, string[]]>([
  ['no text', { text: null }, ['line 2', "'text'", 'a text', 'nothing']],
  ['no list', { chapters: 'I' }, ['line 2', "'chapters'", 'a list of codes', "'I'"]],
  ['another split', { split: 'test' }, ['line 2', "'split'", 'train or dev', "'test'"]],
])('refuses a note with %s', async (_, changes, parts) => {
  await expectRejection(loadCodiesp(await folderOf([note(0), note(1, changes)]), { seed: 0 }), DataError, 'labelled.jsonl', ...parts);
});

test.skipIf(!existsSync(join(data, 'codiesp/labelled.jsonl.gz')))('the real notes', async () => {
  const { tasks, vocabulary, truncated } = await loadCodiesp(join(data, 'codiesp'), { seed: 0 });
  const positive = (at: number): number[] => [tasks[at]!.train, tasks[at]!.validation, tasks[at]!.test].map(({ targets }) => targets.filter((label) => label === 1).length);
  expect(tasks.map(({ train, validation, test: held }) => [train.length + validation.length, held.length])).toEqual(Array(4).fill([500, 250]));
  const total = ([train = 0, validation = 0, held = 0]: number[]): number[] => [train + validation, held];
  expect(total(positive(1))).toEqual([145, 67]);
  expect(positive(2).reduce((a, b) => a + b)).toBe(279);
  expect(positive(3).reduce((a, b) => a + b)).toBe(483);
  expect(vocabulary).toBe(8000);
  expect(truncated).toBe(174);
});
