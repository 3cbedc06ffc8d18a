/**
 * The PhysioNet/CinC Challenge 2017: 8,528 electrocardiograms of 9 to 61 s with one lead at 300 Hz, and three labels, each against all other records.
 * https://physionet.org/content/challenge-2017/
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CINC2017_LABELS, parseCinc2017, type Cinc2017Label } from '../../ecg/cinc2017.ts';
import type { EcgRecords, EcgWindow } from '../../ecg/ecg.ts';
import { divideByGroup } from '../../grouped-split.ts';
import { datasetInfo } from '../../registry.ts';
import { streamKey } from '../../shuffle.ts';
import type { Task } from '../../task.ts';
import { ecgTasks, type EcgTask } from '../ecg/ecg-tasks.ts';
import { readBytes } from '../files.ts';
import type { ReadOptions, SetLoader } from '../set.ts';
import { wfdbRecords } from '../ecg/wfdb-record.ts';

const NAME = 'cinc2017';
const RECORDS = 'training2017';
/** Version 3 of the labels, which the challenge was scored by, counts before the first. */
const REFERENCES = ['REFERENCE-v3.csv', join(RECORDS, 'REFERENCE-v3.csv'), 'REFERENCE.csv', join(RECORDS, 'REFERENCE.csv')];
const WINDOW: EcgWindow = { rate: 128, seconds: 30 };
const RECORD = { leads: 1, rate: 300, extension: 'mat' };
/** Of training, validation and test. */
const SHARES = [70, 10, 20];
const POSITIVE: ReadonlyMap<string, Cinc2017Label> = new Map([
  ['AF', 'A'],
  ['other', 'O'],
  ['noise', '~'],
]);

/** In `DIR/cinc2017/`, as the set is published: `training2017/A00001.hea` with its `.mat`, and in one of the two folders `REFERENCE-v3.csv` or `REFERENCE.csv`. */
export const cinc2017: SetLoader = {
  name: NAME,
  wanted: `put the folder ${RECORDS} of the challenge's data, with REFERENCE-v3.csv or REFERENCE.csv in it or beside it, into DIR/${NAME}`,
  find(folders) {
    for (const folder of folders) {
      const path = join(folder, NAME);
      const reference = REFERENCES.map((name) => join(path, name)).find((file) => existsSync(file));
      if (reference === undefined || !existsSync(join(path, RECORDS))) continue;
      return {
        path,
        async load(options) {
          const table = parseCinc2017(new TextDecoder().decode(await readBytes(reference)), reference);
          return cinc2017Tasks(await wfdbRecords(table.map(({ record }) => join(path, RECORDS, record)), RECORD), table.map(({ label }) => label), options);
        },
      };
    }
    return null;
  },
};

/**
 * The tasks over records with these labels: each has all records, those of its own label against all others.
 *
 * 70, 10 and 20 % of the records are drawn by the seed, each label in proportion. Who was recorded is not published, so records stand for themselves.
 */
export function cinc2017Tasks(records: EcgRecords, labels: readonly Cinc2017Label[], { seed, onProgress }: ReadOptions): Promise<Task[]> {
  const tasks = datasetInfo(NAME).tasks.map((info): EcgTask => ({ info, labels: Float32Array.from(labels, (label) => (label === POSITIVE.get(info.name) ? 1 : 0)) }));
  const strata = labels.map((label) => CINC2017_LABELS.indexOf(label));
  const [train = new Uint32Array(), validation = new Uint32Array(), test = new Uint32Array()] = divideByGroup(labels.map((_, i) => i), SHARES, streamKey(seed, 'split', NAME), strata);
  return ecgTasks(records, WINDOW, tasks, { train, validation, test }, onProgress);
}
