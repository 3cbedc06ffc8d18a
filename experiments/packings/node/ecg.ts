/** PTB-XL and CinC 2017 as packed records with a `labels.csv`, for the data sets' own tasks. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CINC2017_LABELS, type Cinc2017Label } from '../../../data/cinc2017.ts';
import { csvFields } from '../../../data/csv-fields.ts';
import type { EcgRecords } from '../../../data/ecg.ts';
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
  readonly columns: readonly string[];
  load(records: Packed, rows: readonly (readonly string[])[], file: string, options: ReadOptions): Promise<Task[]>;
}

/** Records of one length; `trimmed` ones are the middle `lengths[i]` samples, without the zeros around them. */
interface Packed extends EcgRecords {
  trimmed(lengths: readonly number[]): EcgRecords;
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
  load(records, rows, file, options) {
    const labels = rows.map(([text], i): Cinc2017Label => {
      const label = CINC2017_LABELS.find((each) => each === text);
      if (!label) throw new DataError(`${file}: row ${i + 2}: expected a label of ${CINC2017_LABELS.join(' ')}, got '${text ?? ''}'`);
      return label;
    });
    return cinc2017Tasks(records.trimmed(rows.map(([, samples]) => Number(samples))), labels, options);
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
        const rows = csvFields(new TextDecoder().decode(await readBytes(file)), file, packing.columns);
        const records = await packedRecords(path, packing);
        if (rows.length !== records.count) throw new DataError(`${file}: expected ${records.count} rows, one a record, got ${rows.length}`);
        return packing.load(records, rows, file, options);
      },
    };
  },
}));

async function packedRecords(path: string, { file, leads, rate, length, step }: Packing): Promise<Packed> {
  const bytes = await readBytes(join(path, file));
  const samples = unpackDeltaPlanes(bytes, length, join(path, file));
  const size = leads * length;
  if (samples.length % size !== 0) throw new DataError(`${join(path, file)}: expected records of ${leads} leads, got ${samples.length / length} rows`);
  const content = createHash('sha256').update(bytes).digest('hex');
  const read = (i: number): Float32Array => Float32Array.from(samples.subarray(i * size, (i + 1) * size), (value) => value * step);
  const records = { leads, rate, count: samples.length / size };
  return {
    ...records,
    id: content,
    read: (i) => Promise.resolve(read(i)),
    trimmed: (lengths) => ({
      ...records,
      id: createHash('sha256').update(JSON.stringify([content, lengths])).digest('hex'),
      read(i) {
        const start = Math.floor((length - (lengths[i] ?? length)) / 2);
        return Promise.resolve(read(i).subarray(start, start + (lengths[i] ?? length)));
      },
    }),
  };
}
