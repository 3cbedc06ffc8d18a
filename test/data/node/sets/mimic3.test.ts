import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { isSource } from '../../../../data/input-source.ts';
import { COLUMNS } from '../../../../data/icu/mimic3/variables.ts';
import { loadDataset } from '../../../../data/node/load.ts';
import { mimic3 } from '../../../../data/node/sets/mimic3.ts';
import { datasetInfo } from '../../../../data/registry.ts';
import type { Split, Task } from '../../../../data/task.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { episodeText } from '../../icu/mimic3/episode-writer.ts';
import { temporaryFolder } from '../temporary.ts';

let cache = '';
beforeEach(async () => {
  cache = await temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.stubEnv('LAZYGRAD_DATA', '');
});
afterEach(() => vi.unstubAllEnvs());

const TRAIN = Array.from({ length: 20 }, (_, i) => 100 + i);
const TEST = [500, 501];
const WEIGHT = COLUMNS.indexOf('Weight');
const RATE = COLUMNS.indexOf('Heart Rate');

const stay = (subject: number): string => `${subject}_episode1_timeseries.csv`;
const PHENOTYPES = Array.from({ length: 25 }, (_, i) => `p${i}`);

/** A stay of 110 hours with the subject's number for a weight, and the hour for a heart rate. */
const episode = (subject: number): string => episodeText(Array.from({ length: 110 }, (_, hour) => [hour + 0.5, { 'Heart Rate': hour, ...(hour === 0 ? { Weight: subject } : {}) }]));

const LISTS: Readonly<Record<string, (subjects: readonly number[]) => string>> = {
  'in-hospital-mortality': (subjects) => `stay,y_true\n${subjects.map((subject) => `${stay(subject)},${subject % 2}\n`).join('')}`,
  decompensation: (subjects) => `stay,period_length,y_true\n${subjects.flatMap((subject) => [5, 100].map((hours) => `${stay(subject)},${hours}.000000,${hours === 5 ? 0 : ''}\n`)).join('')}`,
  phenotyping: (subjects) => `stay,period_length,${PHENOTYPES.join(',')}\n${subjects.map((subject) => `${stay(subject)},${subject % 2 ? 109.2 : 20.5},${PHENOTYPES.map((_, i) => (i === 24 ? 1 : 0)).join(',')}\n`).join('')}`,
};

/** The folders as the pipeline leaves them, with lists for validation where `validation` says whose. */
async function folderOf(validation: Readonly<Record<string, readonly number[]>> = {}): Promise<string> {
  const folder = await temporaryFolder();
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, 'mimic3', path)), { recursive: true });
    await writeFile(join(folder, 'mimic3', path), text);
  };
  for (const [task, list] of Object.entries(LISTS)) {
    for (const subject of TRAIN) await write(`${task}/train/${stay(subject)}`, episode(subject));
    for (const subject of TEST) await write(`${task}/test/${stay(subject)}`, episode(subject));
    await write(`${task}/train/listfile.csv`, list(TRAIN));
    await write(`${task}/test/listfile.csv`, list(TEST));
    const chosen = validation[task];
    if (!chosen) continue;
    await write(`${task}/train_listfile.csv`, list(TRAIN.filter((subject) => !chosen.includes(subject))));
    await write(`${task}/val_listfile.csv`, list(chosen));
    await write(`${task}/test_listfile.csv`, list(TEST));
  }
  return folder;
}

const load = async (folder: string, seed = 0): Promise<readonly Task[]> => mimic3.find([folder])!.load({ seed });

async function samplesOf({ inputs, length }: Split, [steps = 0]: readonly number[]): Promise<Float32Array[]> {
  if (!isSource(inputs)) throw new Error('expected a source');
  const into = new Float32Array(length * steps * 76);
  await inputs.read(Uint32Array.from({ length }, (_, i) => i), into);
  return Array.from({ length }, (_, i) => into.subarray(i * steps * 76, (i + 1) * steps * 76));
}

/** Weights, on the scale of the task, of every part's samples: they tell the subjects. */
async function weightsOf(tasks: readonly Task[], part: 'train' | 'validation' | 'test'): Promise<Set<number>> {
  const all = await Promise.all(tasks.map(async (task) => (await samplesOf(task[part], task.inputShape)).map((sample) => sample[WEIGHT]!)));
  return new Set(all.flat());
}

const hash = (samples: readonly Float32Array[]): string => samples.reduce((all, sample) => all.update(sample), createHash('sha256')).digest('hex');

const hoursOf = (sample: Float32Array): number => Array.from({ length: sample.length / 76 }, (_, step) => sample[step * 76]!).filter((value) => !Number.isNaN(value)).length;

test('tasks are those of the registry, and never downloaded', async () => {
  const declared = (tasks: readonly Pick<Task, 'name' | 'kind' | 'classes' | 'inputShape'>[]): unknown => tasks.map(({ name, kind, classes, inputShape }) => ({ name, kind, classes, inputShape }));
  const info = datasetInfo('mimic3');
  expect(declared(await load(await folderOf()))).toEqual(declared(info.tasks));
  expect(info.access).toBe('credentialed');
});

test('no subject is in two parts, in whichever tasks, and the seed decides', async () => {
  const folder = await folderOf();
  const tasks = await load(folder, 1);
  const [train, validation, held] = await Promise.all((['train', 'validation', 'test'] as const).map((part) => weightsOf(tasks, part)));
  expect([train!.size, validation!.size, held!.size]).toEqual([17, 3, 2]);
  expect(new Set([...train!, ...validation!, ...held!]).size).toBe(22);
  expect(tasks.map((task) => [task.train.length, task.validation.length, task.test.length])).toEqual([[17, 3, 2], [34, 6, 4], [17, 3, 2]]);
  expect(await weightsOf(await load(folder, 1), 'validation')).toEqual(validation);
  const ids = new Set((await Promise.all([1, 2, 3].map((seed) => load(folder, seed)))).map(([task]) => (task!.validation.inputs as { id: string }).id));
  expect(ids.size).toBe(3);
});

test('the pipeline\'s lists for validation, of one task for all', async () => {
  const tasks = await load(await folderOf({ decompensation: [103, 110] }));
  expect(tasks.map((task) => [task.train.length, task.validation.length])).toEqual([[18, 2], [36, 4], [18, 2]]);
  expect((await weightsOf(tasks, 'validation')).size).toBe(2);
  await expectRejection(load(await folderOf({ decompensation: [103], phenotyping: [104] })), DataError, 'subject 10', 'two parts');
});

test('hours: 48, whole stays, the last 96 of longer windows; the rest is padding', async () => {
  const folder = await folderOf();
  // Statistics that leave everything as it is.
  await writeFile(join(folder, 'mimic3', 'normalizer.json'), JSON.stringify({ means: COLUMNS.map(() => 0), stds: COLUMNS.map(() => 1) }));
  const [mortality, decompensation, phenotyping] = await load(folder);
  const rates = (sample: Float32Array): number[] => Array.from({ length: hoursOf(sample) }, (_, step) => sample[step * 76 + RATE]!);
  const hours = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
  expect((await samplesOf(mortality!.test, [96])).map(rates)).toEqual([hours(0, 48), hours(0, 48)]);
  expect((await samplesOf(decompensation!.test, [96])).map(rates)).toEqual([hours(0, 5), hours(4, 100), hours(0, 5), hours(4, 100)]);
  // What is charted after the period, within its last hour, is not seen.
  expect((await samplesOf(phenotyping!.test, [96])).map(rates)).toEqual([hours(0, 21), [...hours(14, 109), 108]]);
  const weights = (await samplesOf(decompensation!.test, [96])).map((sample) => [sample[WEIGHT], sample[59 + 15]]);
  expect(weights).toEqual([[500, 1], [500, 0], [501, 1], [501, 0]]);
  expect([...mortality!.test.targets]).toEqual([0, 1]);
  expect([...decompensation!.test.targets]).toEqual([0, NaN, 0, NaN]);
  expect([...phenotyping!.test.targets.subarray(23, 26)]).toEqual([0, 1, 0]);
});

test('values are standardised by the training subjects\' hours', async () => {
  const [mortality, decompensation, phenotyping] = await load(await folderOf({ decompensation: [101, 119], phenotyping: [101, 119], 'in-hospital-mortality': [101, 119] }));
  // Every hour of the grids: 48, 100, and 21 or 110 of the training subjects.
  const hours = TRAIN.filter((subject) => subject !== 101 && subject !== 119).flatMap((subject) => Array<number>(48 + 100 + (subject % 2 ? 110 : 21)).fill(subject));
  const mean = hours.reduce((sum, value) => sum + value, 0) / hours.length;
  const deviation = Math.sqrt(hours.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (hours.length - 1));
  for (const [task, steps] of [[mortality!, 96], [decompensation!, 96], [phenotyping!, 96]] as const) expect((await samplesOf(task.test, [steps]))[0]![WEIGHT]).toBeCloseTo((500 - mean) / deviation, 4);
});

test('the cache is used, and limits and progress too', async () => {
  const folder = await folderOf();
  const first = await load(folder);
  const names = await readdir(join(cache, 'lazygrad'));
  expect(names.length).toBe(3);
  const again = await load(folder);
  for (const [i, task] of first.entries()) expect(hash(await samplesOf(again[i]!.train, task.inputShape))).toBe(hash(await samplesOf(task.train, task.inputShape)));
  await writeFile(join(folder, 'mimic3', 'decompensation', 'test', stay(500)), episode(777));
  await load(folder);
  expect((await readdir(join(cache, 'lazygrad'))).length).toBe(4);
  const { tasks } = await loadDataset('mimic3', { directory: folder, seed: 0, limit: 8 });
  expect(tasks.map((task) => [task.train.length, task.validation.length, task.test.length])).toEqual([[8, 2, 2], [8, 2, 4], [8, 2, 2]]);
});

test('what is missing or damaged is named', async () => {
  const folder = await folderOf();
  const path = join(folder, 'mimic3');
  await writeFile(join(path, 'decompensation', 'test', 'listfile.csv'), LISTS.decompensation!(TEST).replace('100.000000', '59.5'));
  await expectRejection(load(folder), DataError, stay(500), 'whole hours', '59.5');
  await writeFile(join(path, 'decompensation', 'test', 'listfile.csv'), LISTS.decompensation!([...TEST, 100]));
  await expectRejection(load(folder), DataError, 'subject 100 is listed for train, and for test in', 'decompensation');
  await writeFile(join(path, 'decompensation', 'test', 'listfile.csv'), LISTS.decompensation!(TEST));
  await writeFile(join(path, 'phenotyping', 'train', stay(104)), episodeText([[3, {}], [2, {}]]));
  await expectRejection(load(folder), DataError, `${stay(104)}: line 3`, 'rising order');
  await rm(join(path, 'phenotyping', 'train', stay(104)));
  await expectRejection(load(folder), DataError, stay(104), 'listed as an episode');
  await rm(join(path, 'phenotyping', 'test', 'listfile.csv'));
  expect(mimic3.find([folder])).toBeNull();
  await expectRejection(loadDataset('mimic3', { directory: folder, seed: 0 }), DataError, 'mimic3: not found', 'public pipeline');
});
