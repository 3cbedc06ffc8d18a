/** Listfiles of the MIMIC-III benchmarks: which stays, or windows of stays, are a task's samples, and their labels. */
import { DataError } from '../../../engine/errors.ts';
import { columnsOf, decimal, eachRow, quote } from '../../tables/csv-rows.ts';

export interface ListedSample {
  /** The episode's file. */
  readonly stay: string;
  /** The patient: the number with which the file's name begins. */
  readonly subject: string;
  /** Hours from admission that may be looked at; 48 for in-hospital mortality, which has no such column. */
  readonly hours: number;
  /** 0 or 1 for each label, NaN where it is empty: missing. */
  readonly labels: readonly number[];
}

export interface ListfileFormat {
  /** Whether there is a column `period_length`. */
  readonly periods: boolean;
  /** `y_true`, or null for every other column, which have the names of the labels then. */
  readonly label: 'y_true' | null;
  /** Labels that a row has. */
  readonly labels: number;
}

export type BenchmarkTask = 'in-hospital-mortality' | 'decompensation' | 'phenotyping';

/** In-hospital mortality looks at the first 48 hours. */
export const MORTALITY_HOURS = 48;

/** Columns of each task's listfile, beside `stay`. */
export const LISTFILES: Readonly<Record<BenchmarkTask, ListfileFormat>> = {
  'in-hospital-mortality': { periods: false, label: 'y_true', labels: 1 },
  decompensation: { periods: true, label: 'y_true', labels: 1 },
  phenotyping: { periods: true, label: null, labels: 25 },
};

const STAY = /^(\d+)_[A-Za-z0-9_.-]+\.csv$/;
/** About two years: what is longer is a mistake, not a stay, and would cost memory. */
const LONGEST = 20_000;

/**
 * Reads a listfile.
 * @param file the name that errors mention
 * @throws {DataError} a column that is missing or one too many, a stay that is not the name of an episode's file, a length that is no number above 0, a label other than 0, 1 and nothing, the same sample twice, no row at all
 */
export function parseListfile(bytes: Uint8Array, file: string, { periods, label, labels }: ListfileFormat): ListedSample[] {
  const samples: ListedSample[] = [];
  const lines = new Map<string, number>();
  eachRow(bytes, file, (header) => {
    const known = ['stay', ...(periods ? ['period_length'] : [])];
    const names = label === null ? header.filter((name) => !known.includes(name)) : [label];
    const [stayAt = 0, periodAt] = columnsOf(header, known, file);
    const columns = columnsOf(header, names, file);
    if (columns.length !== labels) throw new DataError(`${file}: line 1: expected ${labels} columns with labels, got ${columns.length}`);
    return (fields, line) => {
      const stay = fields[stayAt] ?? '';
      const subject = STAY.exec(stay)?.[1];
      if (subject === undefined) throw new DataError(`${file}: line ${line}: expected a stay's file such as 1234_episode1_timeseries.csv, got ${quote(stay)}`);
      const hours = periodAt === undefined ? MORTALITY_HOURS : decimal(fields[periodAt] ?? '', 'period_length', file, line);
      if (!(hours > 0 && hours <= LONGEST)) throw new DataError(`${file}: line ${line}: expected a period_length above 0 and up to ${LONGEST} hours, got ${hours}`);
      const key = `${stay} ${label === null ? '' : hours}`;
      const earlier = lines.get(key);
      if (earlier !== undefined) throw new DataError(`${file}: line ${line}: ${stay} is there twice${label === null || !periods ? '' : ` with ${hours} hours`}, first on line ${earlier}`);
      lines.set(key, line);
      samples.push({ stay, subject, hours, labels: columns.map((at, i) => labelOf(fields[at] ?? '', names[i] ?? '', file, line)) });
    };
  });
  return samples;
}

function labelOf(text: string, name: string, file: string, line: number): number {
  if (text === '') return NaN;
  const value = decimal(text, name, file, line);
  if (value !== 0 && value !== 1) throw new DataError(`${file}: line ${line}: expected 0 or 1 for ${name}, or nothing where it is missing, got ${quote(text)}`);
  return value;
}
