/**
 * PTB-XL: 21,799 electrocardiograms of 10 s with 12 leads, here at 100 Hz, and four diagnoses, each against all other records.
 * https://physionet.org/content/ptb-xl/
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { divideByGroup } from '../../grouped-split.ts';
import { parsePtbxl, type PtbxlRecord } from '../../ecg/ptbxl.ts';
import { datasetInfo } from '../../registry.ts';
import { streamKey } from '../../shuffle.ts';
import type { EcgRecords, EcgWindow } from '../../ecg/ecg.ts';
import type { Task } from '../../task.ts';
import { ecgTasks, type EcgSplit, type EcgTask } from '../ecg/ecg-tasks.ts';
import { readBytes } from '../files.ts';
import type { ReadOptions, SetLoader } from '../set.ts';
import { wfdbRecords } from '../ecg/wfdb-record.ts';

const NAME = 'ptbxl';
const DATABASE = 'ptbxl_database.csv';
const STATEMENTS = 'scp_statements.csv';
const RECORDS = 'records100';
const WINDOW: EcgWindow = { rate: 100, seconds: 10 };
const RECORD = { leads: 12, rate: 100, extension: 'dat' };
/** Records that each task must have of either label in each part for the official folds to be the parts. */
const LEAST = 10;
/** Of training, validation and test, where the official folds are too small. */
const SHARES = [60, 20, 20];

/** In `DIR/ptbxl/`, as the set is published: `ptbxl_database.csv`, `scp_statements.csv` and `records100/00000/00001_lr.hea` with its `.dat`. */
export const ptbxl: SetLoader = {
  name: NAME,
  wanted: `put ${DATABASE}, ${STATEMENTS} and the folder ${RECORDS} of PTB-XL into DIR/${NAME}`,
  find(folders) {
    const path = folders.map((folder) => join(folder, NAME)).find((folder) => [DATABASE, STATEMENTS, RECORDS].every((name) => existsSync(join(folder, name))));
    if (path === undefined) return null;
    return {
      path,
      async load(options) {
        const text = async (name: string): Promise<string> => new TextDecoder().decode(await readBytes(join(path, name)));
        const table = parsePtbxl(await text(DATABASE), await text(STATEMENTS), join(path, DATABASE), join(path, STATEMENTS));
        return ptbxlTasks(await wfdbRecords(table.map(({ file }) => join(path, file)), RECORD), table, options);
      },
    };
  },
};

/**
 * The tasks over records of that table. A record without a statement of the task's superclass is of the others.
 *
 * The official folds are the parts, 1 to 8 for training, 9 for validation and 10 for testing, when each part has at least 10 records with and 10 without
 * each diagnosis. In a smaller selection 60, 20 and 20 % are drawn by the seed, all records of a patient into one part.
 */
export function ptbxlTasks(records: EcgRecords, table: readonly Omit<PtbxlRecord, 'file'>[], { seed, onProgress }: ReadOptions): Promise<Task[]> {
  const tasks = datasetInfo(NAME).tasks.map((info): EcgTask => ({ info, labels: Float32Array.from(table, ({ classes }) => (classes.has(info.name) ? 1 : 0)) }));
  return ecgTasks(records, WINDOW, tasks, divide(table, tasks, seed), onProgress);
}

function divide(table: readonly Omit<PtbxlRecord, 'file'>[], tasks: readonly EcgTask[], seed: number): EcgSplit {
  const official = [(fold: number): boolean => fold < 9, (fold: number): boolean => fold === 9, (fold: number): boolean => fold === 10].map((within) =>
    Uint32Array.from(table.flatMap(({ fold }, i) => (within(fold) ? [i] : []))),
  );
  const enough = official.every((part) => tasks.every(({ labels }) => [0, 1].every((label) => part.filter((i) => labels[i] === label).length >= LEAST)));
  const [train = new Uint32Array(), validation = new Uint32Array(), test = new Uint32Array()] = enough ? official : drawn(table, tasks, seed);
  return { train, validation, test };
}

function drawn(table: readonly Omit<PtbxlRecord, 'file'>[], tasks: readonly EcgTask[], seed: number): Uint32Array[] {
  // The rarest diagnosis of a record counts: its few records are spread over the parts in proportion.
  const byCount = tasks.map(({ labels }) => ({ labels, count: labels.reduce((sum, label) => sum + label, 0) })).sort((a, b) => b.count - a.count);
  const strata = table.map((_, i) => byCount.findLastIndex(({ labels }) => labels[i] === 1) + 1);
  return divideByGroup(table.map(({ patient }) => patient), SHARES, streamKey(seed, 'split', NAME), strata);
}
