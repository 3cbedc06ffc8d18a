import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadDataset } from '../../../../data/node/load.ts';
import { ptbxlTasks } from '../../../../data/node/sets/ptbxl.ts';
import type { EcgRecords } from '../../../../data/ecg/ecg.ts';
import type { Task } from '../../../../data/task.ts';
import { temporaryFolder } from '../temporary.ts';
import { beats, writeRecord } from '../ecg/wfdb-files.ts';

beforeEach(async () => {
  vi.stubEnv('LAZYGRAD_DATA', '');
  vi.stubEnv('XDG_CACHE_HOME', await temporaryFolder());
});
afterEach(() => vi.unstubAllEnvs());

const CODES: Readonly<Record<string, string>> = { IMI: 'MI', LVH: 'HYP', NDT: 'STTC', LAFB: 'CD', NORM: 'NORM' };
const PARTS = ['train', 'validation', 'test'] as const;

/** Ten records of ten seconds with two records a patient; record i has the i-th code. */
async function writeSet(folder: string): Promise<void> {
  const names = Object.keys(CODES);
  const rows = Array.from({ length: 10 }, (_, i) => `${i + 1},${Math.floor(i / 2)}.0,"{'${names[i % 5]!}': ${i % 3 === 0 ? '0.0' : '100.0'}, 'SR': 0.0}",${1 + (i % 8)},records100/00000/0000${i}_lr`);
  await mkdir(join(folder, 'ptbxl'), { recursive: true });
  await writeFile(join(folder, 'ptbxl', 'ptbxl_database.csv'), `ecg_id,patient_id,scp_codes,strat_fold,filename_lr\n${rows.join('\n')}\n`);
  await writeFile(join(folder, 'ptbxl', 'scp_statements.csv'), `,diagnostic,diagnostic_class\n${names.map((name) => `${name},1.0,${CODES[name]!}`).join('\n')}\nSR,,\n`);
  for (let i = 0; i < 10; i++) await writeRecord(join(folder, 'ptbxl', `records100/00000/0000${i}_lr`), { rate: 100, signals: Array.from({ length: 12 }, (_, lead) => beats(1000, i + lead)) });
}

/** Records that are their number, for splits. */
const numbered = (count: number): EcgRecords => ({
  leads: 12,
  rate: 100,
  count,
  id: `numbered ${count}`,
  read: (i) => Promise.resolve(Float32Array.from({ length: 12 * 64 }, (_, at) => Math.sin(at * (1 + i)))),
});
/** What the test samples end on. */
const ends = ([task]: readonly Task[]): number[] => Array.from({ length: task!.test.length }, (_, i) => (task!.test.inputs as Float32Array)[(i + 1) * 12 * 33 * 30 - 1]!);

describe('ptbxl', () => {
  test('reads the official layout', async () => {
    const directory = await temporaryFolder();
    await writeSet(directory);
    const { tasks } = await loadDataset('ptbxl', { directory, seed: 3 });
    expect(tasks.map(({ name, kind, inputShape }) => [name, kind, inputShape])).toEqual(['MI', 'CD', 'HYP', 'STTC'].map((name) => [name, 'binary', [12, 33, 30]]));
    for (const task of tasks) {
      // Two records of each patient, in one part.
      expect(PARTS.map((part) => task[part].length % 2)).toEqual([0, 0, 0]);
      expect(PARTS.reduce((sum, part) => sum + task[part].length, 0)).toBe(10);
      expect(PARTS.map((part) => task[part].targets.filter((target) => target === 1).length).reduce((a, b) => a + b)).toBe(2);
      for (const part of PARTS) expect(task[part].inputs).toBe(tasks[0]![part].inputs);
    }
  });

  test('is not found without its records, and says what to put where', async () => {
    const directory = await temporaryFolder();
    await mkdir(join(directory, 'ptbxl'));
    await writeFile(join(directory, 'ptbxl', 'ptbxl_database.csv'), '');
    await expect(loadDataset('ptbxl', { directory, seed: 0 })).rejects.toThrow('put ptbxl_database.csv, scp_statements.csv and the folder records100 of PTB-XL into DIR/ptbxl');
  });

  test('a record of the table without its file is named', async () => {
    const directory = await temporaryFolder();
    await writeSet(directory);
    const file = join(directory, 'ptbxl', 'ptbxl_database.csv');
    await writeFile(file, 'ecg_id,patient_id,scp_codes,strat_fold,filename_lr\n1,1,{},1,records100/00000/77777_lr\n');
    await expect(loadDataset('ptbxl', { directory, seed: 0 })).rejects.toThrow(/77777_lr\.hea: expected a file of the record, found none/);
  });
});

describe('ptbxlTasks', () => {
  const classes = ['MI', 'CD', 'HYP', 'STTC', 'NORM'];
  /** Ten records of each class in folds 4, 9 and 10, a patient in each pair of records. */
  const table = Array.from({ length: 150 }, (_, i) => ({ patient: `p${Math.floor(i / 2)}`, fold: [4, 9, 10][Math.floor(i / 50)]!, classes: new Set([classes[i % 5]!]) }));
  const sizes = ([task]: readonly Task[]): number[] => PARTS.map((part) => task![part].length);

  test('official folds are the parts where each has ten of either label for each task', async () => {
    const tasks = await ptbxlTasks(numbered(150), table, { seed: 0 });
    expect(sizes(tasks)).toEqual([50, 50, 50]);
    expect([...tasks[1]!.test.targets]).toEqual(Array.from({ length: 50 }, (_, i) => (i % 5 === 1 ? 1 : 0)));
    expect(ends(await ptbxlTasks(numbered(150), table, { seed: 1 }))).toEqual(ends(tasks));
  });

  test('with fewer, patients are drawn by the seed, the rarest diagnosis in proportion', async () => {
    const rows = table.map((row, i) => (i === 148 ? { ...row, classes: new Set<string>() } : row));
    const tasks = await ptbxlTasks(numbered(150), rows, { seed: 0 });
    // Diagnoses are drawn one by one, each in whole patients.
    sizes(tasks).forEach((size, i) => expect(Math.abs(size - [90, 30, 30][i]!)).toBeLessThanOrEqual(8));
    expect(ends(await ptbxlTasks(numbered(150), rows, { seed: 1 }))).not.toEqual(ends(tasks));
    for (const { test: held } of tasks) expect(Math.abs(held.targets.filter((target) => target === 1).length - 6)).toBeLessThanOrEqual(1);
  });
});
