import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isSource } from '../../../../data/input-source.ts';
import { loadDataset } from '../../../../data/node/load.ts';
import { readBytes } from '../../../../data/node/files.ts';
import { physionet2012 } from '../../../../data/node/sets/physionet2012.ts';
import { ORGAN_FAILURES } from '../../../../data/icu/physionet2012/organ-failure.ts';
import { HOURS, seriesIndex } from '../../../../data/icu/physionet2012/parameters.ts';
import { parseStay, parseStays } from '../../../../data/icu/physionet2012/stays.ts';
import { datasetInfo } from '../../../../data/registry.ts';
import type { Split, Task } from '../../../../data/task.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { descriptors, outcomesText, stayText, tableText, utf8, type Row } from '../../icu/physionet2012/challenge-writer.ts';
import { temporaryFolder } from '../temporary.ts';
import { DATA as real } from '../../../support/real-data.ts';

const WIDTH = 81;

let cache = '';
beforeEach(async () => {
  cache = await temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.stubEnv('LAZYGRAD_DATA', '');
});
afterEach(() => vi.unstubAllEnvs());

/** The heart rate of every hour is the record's own, so that a sample tells its stay. */
const rowsOf = (record: number): Row[] => [...descriptors(record), ...Array.from({ length: HOURS }, (_, hour): Row => [`${String(hour).padStart(2, '0')}:30`, 'HR', 50 + (record % 100)])];

/** Stay number i dies on day 9 when it is a multiple of 3. */
const outcome = (record: number): [number, number, number, number] => [record, 5 + (record % 4), record % 3 === 0 ? 9 : -1, 0];

interface Layout {
  readonly a?: readonly number[];
  readonly b?: readonly number[];
  readonly texts?: boolean;
  readonly outcomes?: (record: number) => [number, number, number, number];
}

const range = (start: number, count: number): number[] => Array.from({ length: count }, (_, i) => start + i);

async function folderOf({ a = range(1, 40), b = range(1001, 10), texts = false, outcomes = outcome }: Layout = {}): Promise<string> {
  const folder = await temporaryFolder();
  const path = join(folder, 'physionet2012');
  await mkdir(path);
  for (const [letter, records] of [['a', a], ['b', b]] as const) {
    await writeFile(join(path, `Outcomes-${letter}.txt`), outcomesText(records.map(outcomes)));
    if (texts) {
      await mkdir(join(path, `set-${letter}`));
      for (const record of records) await writeFile(join(path, `set-${letter}`, `${record}.txt`), stayText(rowsOf(record)));
    } else await writeFile(join(path, `set-${letter}.csv.gz`), gzipSync(tableText(records.map((record) => [record, rowsOf(record)]))));
  }
  return folder;
}

const load = async (folder: string, seed = 0): Promise<readonly Task[]> => physionet2012.find([folder])!.load({ seed });

async function samplesOf({ inputs, length }: Split, [steps = 0]: readonly number[]): Promise<Float32Array[]> {
  if (!isSource(inputs)) throw new Error('expected a source');
  const into = new Float32Array(length * steps * WIDTH);
  await inputs.read(Uint32Array.from({ length }, (_, i) => i), into);
  return Array.from({ length }, (_, i) => into.subarray(i * steps * WIDTH, (i + 1) * steps * WIDTH));
}

describe('files written here', () => {
  test('tables and text files give the same tasks, which are those of the registry', async () => {
    const [table, texts] = [await load(await folderOf()), await load(await folderOf({ texts: true }))];
    const declared = (tasks: readonly Pick<Task, 'name' | 'kind' | 'classes' | 'inputShape'>[]): unknown => tasks.map(({ name, kind, classes, inputShape }) => ({ name, kind, classes, inputShape }));
    expect(declared(table)).toEqual(declared(datasetInfo('physionet2012').tasks));
    for (const [i, task] of table.entries()) {
      for (const part of ['train', 'validation', 'test'] as const) {
        expect(texts[i]![part].targets).toEqual(task[part].targets);
        const [one, other] = [await samplesOf(texts[i]![part], task.inputShape), await samplesOf(task[part], task.inputShape)];
        expect(one.length === other.length && one.every((sample, at) => Buffer.from(sample.buffer).equals(Buffer.from(other[at]!.buffer)))).toBe(true);
      }
    }
  });

  test('a stay is in one part of all tasks', async () => {
    const tasks = await load(await folderOf(), 5);
    const inPart = new Map<number, string>();
    for (const task of tasks) {
      for (const part of ['train', 'validation', 'test'] as const) {
        for (const sample of await samplesOf(task[part], task.inputShape)) {
          // Standardised with the same numbers everywhere; different in every stay, but for set B's.
          const key = part === 'test' ? -1000 - sample[seriesIndex('HR')]! : sample[seriesIndex('HR')]!;
          expect(inPart.get(key) ?? part).toBe(part);
          inPart.set(key, part);
        }
      }
    }
    expect([...inPart.values()].filter((part) => part === 'train').length).toBe(34);
    expect([...inPart.values()].filter((part) => part === 'validation').length).toBe(6);
    const other = await load(await folderOf(), 6);
    expect(other[0]!.train.inputs).not.toHaveProperty('id', (tasks[0]!.train.inputs as { id: string }).id);
  });

  test('values are standardised by the training stays alone', async () => {
    const [task] = await load(await folderOf());
    const of = async (part: 'train' | 'validation'): Promise<number[]> => (await samplesOf(task![part], [48])).map((sample) => sample[seriesIndex('HR')]!);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(await of('train'))).toBeCloseTo(0, 5);
    expect(Math.abs(mean(await of('validation')))).toBeGreaterThan(1e-3);
  });

  test('decompensation: windows up to every sixth hour, a death within seven days of their end', async () => {
    const [, organs, decompensation, longStay] = await load(await folderOf({ a: range(1, 20), b: [3, 4].map((i) => 1000 + i) }));
    const { test: held, inputShape } = decompensation!;
    // Record 1003 does not die; 1004 is no multiple of 3 either: 1002 would be.
    expect([...held.targets]).toEqual(Array<number>(14).fill(0));
    const dying = (await load(await folderOf({ a: range(1, 20), b: [1002] })))[2]!;
    // Day 9 is hour 216: 168 hours before it is hour 48.
    expect([...dying.test.targets]).toEqual([0, 0, 0, 0, 0, 0, 1]);
    const padding = (await samplesOf(held, inputShape)).map((sample) => range(0, 48).map((hour) => sample.subarray(hour * WIDTH, (hour + 1) * WIDTH).every(Number.isNaN)));
    expect(padding.map((steps) => steps.filter((empty) => !empty).length)).toEqual([12, 18, 24, 30, 36, 42, 48, 12, 18, 24, 30, 36, 42, 48]);
    expect(padding.every((steps) => steps.lastIndexOf(false) < (steps.includes(true) ? steps.indexOf(true) : 48))).toBe(true);
    expect([...longStay!.test.targets]).toEqual([1003, 1004].map((record) => Number(5 + (record % 4) >= 7)));
    expect(organs!.test.targets.length).toBe(16);
    const organSteps = (await samplesOf(organs!.test, [48])).map((sample) => range(0, 48).filter((hour) => !Number.isNaN(sample[hour * WIDTH]!)));
    expect(organSteps).toEqual([range(0, 24), range(0, 24)]);
  });

  test('labels that are not known are missing', async () => {
    const tasks = await load(await folderOf({ outcomes: (record) => (record > 1000 ? [record, -1, -5, 1] : outcome(record)) }));
    const [died, , decompensation, stay] = tasks.map((task) => [...new Set(task.test.targets)]);
    expect([died, decompensation, stay]).toEqual([[1], [NaN], [NaN]]);
  });

  test('the cache is used, and not once a file has changed', async () => {
    const folder = await folderOf({ a: range(1, 20), b: [1001] });
    const first = await load(folder);
    const names = await readdir(join(cache, 'lazygrad'));
    expect(names.length).toBe(2);
    expect((await load(folder))[0]!.train.inputs).toHaveProperty('id', (first[0]!.train.inputs as { id: string }).id);
    expect(await readdir(join(cache, 'lazygrad'))).toEqual(names);
    const table = join(folder, 'physionet2012', 'set-b.csv.gz');
    await writeFile(table, gzipSync(tableText([[1001, [...rowsOf(1001), ['47:59', 'HR', 200]]]])));
    await utimes(table, 1, 1);
    const changed = await samplesOf((await load(folder))[0]!.test, [48]);
    expect(changed).not.toEqual(await samplesOf(first[0]!.test, [48]));
    // What lies in the cache under the right name, but is something else, is not taken.
    for (const name of names) await writeFile(join(cache, 'lazygrad', name), 'something else');
    expect(await samplesOf((await load(folder))[0]!.test, [48])).toEqual(changed);
  });

  test('progress is told', async () => {
    const told: string[] = [];
    await physionet2012.find([await folderOf()])!.load({ seed: 0, onProgress: (done, total, what) => told.push(`${Math.floor(done / total)} ${what.slice(0, 7)}`) });
    expect(told).toEqual(['1 reading', '1 reading']);
  });

  test('limits are kept by the loader of all sets', async () => {
    const { tasks } = await loadDataset('physionet2012', { directory: await folderOf(), seed: 0, limit: 8 });
    expect(tasks.map(({ train, validation, test: held }) => [train.length, validation.length, held.length])).toEqual(Array<number[]>(4).fill([8, 2, 4]));
    expect((await samplesOf(tasks[2]!.train, [48])).length).toBe(8);
  });

  test.each<[string, Layout, string[]]>([
    ['a record in both sets', { b: [5] }, ['Outcomes-b.txt: record 5 is in set A too']],
    ['an outcome that is not there', { outcomes: (record) => outcome(record === 7 ? 70 : record) }, ['Outcomes-a.txt: expected an outcome for each stay, got none for record 7']],
  ])('%s is an error', async (_, layout, parts) => {
    await expectRejection(load(await folderOf(layout)), DataError, ...parts);
  });

  test('files that are missing, empty or foreign', async () => {
    const folder = await folderOf({ texts: true, a: range(1, 3), b: [1001] });
    const path = join(folder, 'physionet2012');
    await rm(join(path, 'set-a', '2.txt'));
    await expectRejection(load(folder), DataError, 'Outcomes-a.txt: expected as many outcomes as stays, got one for record 2 without a stay (1 such)');
    await writeFile(join(path, 'set-a', '2.txt'), stayText(rowsOf(1)));
    await expectRejection(load(folder), DataError, '2.txt: record 1 is in', '1.txt too');
    await writeFile(join(path, 'set-a', '2.txt'), '');
    await expectRejection(load(folder), DataError, '2.txt: line 1', 'empty file');
    await rm(join(path, 'set-a'), { recursive: true });
    await mkdir(join(path, 'set-a'));
    await expectRejection(load(folder), DataError, 'set-a: expected text files named by their records');
    await rm(join(path, 'Outcomes-b.txt'));
    expect(physionet2012.find([folder, '/nowhere'])).toBeNull();
    await expectRejection(loadDataset('physionet2012', { directory: folder, seed: 0 }), DataError, 'physionet2012: not found', 'set-a/ and set-b/');
  });
});

describe('the challenge itself', () => {
  const set = (letter: string): string => join(real, 'physionet2012', `set-${letter}.csv.gz`);
  const texts = join(real, 'raw', 'physionet2012', 'set-a');
  const has = existsSync(set('a')) && existsSync(set('b'));

  test.skipIf(!has)('8,000 stays, 554 and 568 deaths, labels with known frequencies', { timeout: 120_000 }, async () => {
    const tasks = (await physionet2012.find([real])!.load({ seed: 0 })).map((task) => {
      const count = (part: 'train' | 'validation' | 'test'): number[] => Array.from({ length: task.classes }, (_, label) => task[part].targets.filter((target, i) => i % task.classes === label && target === 1).length);
      return { sizes: [task.train.length, task.validation.length, task.test.length], a: count('train').map((ones, i) => ones + count('validation')[i]!), b: count('test') };
    });
    // Organ failure, decompensation and long stays were counted once by a program in Python over the same files.
    expect(tasks).toEqual([
      { sizes: [3400, 600, 4000], a: [554], b: [568] },
      { sizes: [3400, 600, 4000], a: [599, 598, 240, 1627, 1136, 1114, 1951, 119], b: [592, 622, 265, 1639, 1149, 1076, 1951, 130] },
      { sizes: [23_800, 4200, 28_000], a: [2122], b: [2250] },
      { sizes: [3400, 600, 4000], a: [2869], b: [2881] },
    ]);
  });

  test.skipIf(!has || !existsSync(texts))('text files say what the table says', { timeout: 60_000 }, async () => {
    const names = (await readdir(texts)).filter((name) => name.endsWith('.txt'));
    // They are the first of the table; the last that a part of it has may be cut.
    const start = new TextDecoder().decode((await readBytes(set('a'))).subarray(0, 600_000));
    const wanted = new Set(names.map((name) => Number(name.replace('.txt', ''))));
    const table = parseStays(utf8(start.slice(0, start.lastIndexOf('\n'))), 'a').slice(0, -1).filter(({ record }) => wanted.has(record));
    expect(table.length).toBe(names.length);
    const files = await Promise.all(names.map(async (name) => parseStay(await readBytes(join(texts, name)), name)));
    expect(new Map(files.map((stay) => [stay.record, stay]))).toEqual(new Map(table.map((stay) => [stay.record, stay])));
    expect(ORGAN_FAILURES.length).toBe(files[0]!.organFailure.length);
  });
});
