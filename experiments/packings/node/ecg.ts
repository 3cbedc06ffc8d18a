/** PTB-XL and CinC 2017 as packed records with a `labels.csv`, for the data sets' own tasks. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CINC2017_LABELS, type Cinc2017Label } from '../../../data/ecg/cinc2017.ts';
import { csvFields } from '../../../data/tables/csv-fields.ts';
import type { EcgRecords } from '../../../data/ecg/ecg.ts';
import { readBytes } from '../../../data/node/files.ts';
import type { ReadOptions, SetLoader } from '../../../data/node/set.ts';
import { cinc2017Tasks } from '../../../data/node/sets/cinc2017.ts';
import { ptbxlTasks } from '../../../data/node/sets/ptbxl.ts';
import type { Task } from '../../../data/task.ts';
import { DataError } from '../../../engine/index.ts';
import { unpackDeltaPlanes } from '../ecg.ts';

interface Packing {
  readonly name: string;
  readonly file: string;
  readonly leads: number;
  readonly rate: number;
  /** Samples of a lead. */
  readonly length: number;
  /** Millivolts in one step. */
  readonly step: number;
  /** Of `labels.csv`. */
  readonly columns: readonly string[];
  /** Samples of a record that are its own, in the middle of zeros. */
  ownSamples(row: readonly string[]): number;
  load(records: EcgRecords, rows: readonly (readonly string[])[], file: string, options: ReadOptions): Promise<Task[]>;
}

const CLASSES = ['NORM', 'MI', 'STTC', 'CD', 'HYP'];

const PTBXL: Packing = {
  name: 'ptbxl',
  file: 'ecg12_100hz_i16_uV_delta_planes.bin.gz',
  leads: 12,
  rate: 100,
  length: 1000,
  step: 0.001,
  columns: ['patient_id', 'strat_fold', ...CLASSES],
  ownSamples: () => 1000,
  load(records, rows, _file, options) {
    const table = rows.map(([patient = '', fold, ...labels]) => ({ patient, fold: Number(fold), classes: new Set(CLASSES.filter((_, i) => labels[i] === '1')) }));
    return ptbxlTasks(records, table, options);
  },
};

const CINC2017: Packing = {
  name: 'cinc2017',
  file: 'ecg_128hz_i16_delta_planes.bin.gz',
  leads: 1,
  rate: 128,
  length: 3840,
  step: 0.005,
  columns: ['label', 'samples_used'],
  ownSamples: ([, samples]) => Number(samples),
  load(records, rows, file, options) {
    const labels = rows.map(([text], i): Cinc2017Label => {
      const label = CINC2017_LABELS.find((each) => each === text);
      if (!label) throw new DataError(`${file}: row ${i + 2}: expected a label of ${CINC2017_LABELS.join(' ')}, got '${text ?? ''}'`);
      return label;
    });
    return cinc2017Tasks(records, labels, options);
  },
};

/** In `DIR/ptbxl/` and `DIR/cinc2017/`: the packed file and `labels.csv`. */
export const ECG_PACKINGS: readonly SetLoader[] = [PTBXL, CINC2017].map((packing): SetLoader => ({
  name: packing.name,
  wanted: `put ${packing.file} and labels.csv into DIR/${packing.name}`,
  find(folders) {
    const path = folders.map((folder) => join(folder, packing.name)).find((folder) => [packing.file, 'labels.csv'].every((name) => existsSync(join(folder, name))));
    if (path === undefined) return null;
    return {
      path,
      async load(options) {
        const file = join(path, 'labels.csv');
        const rows = csvFields(new TextDecoder().decode(await readBytes(file)), file, packing.columns).map(({ fields }) => fields);
        const records = await packedRecords(join(path, packing.file), packing, rows.map((row) => packing.ownSamples(row)));
        if (rows.length !== records.count) throw new DataError(`${file}: expected ${records.count} rows, one a record, got ${rows.length}`);
        return packing.load(records, rows, file, options);
      },
    };
  },
}));

async function packedRecords(file: string, { leads, rate, length, step }: Packing, own: readonly number[]): Promise<EcgRecords> {
  const bytes = await readBytes(file);
  const samples = unpackDeltaPlanes(bytes, length, file);
  const size = leads * length;
  if (samples.length % size !== 0) throw new DataError(`${file}: expected records of ${leads} leads, got ${samples.length / length} rows`);
  return {
    leads,
    rate,
    count: samples.length / size,
    id: createHash('sha256').update(bytes).update(own.join()).digest('hex'),
    read(i) {
      const kept = own[i] ?? length;
      const start = Math.floor((length - kept) / 2);
      const record = new Float32Array(leads * kept);
      for (let lead = 0; lead < leads; lead++) {
        const from = i * size + lead * length + start;
        record.set(Float32Array.from(samples.subarray(from, from + kept), (value) => value * step), lead * kept);
      }
      return Promise.resolve(record);
    },
  };
}
