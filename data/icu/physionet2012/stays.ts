/**
 * Stays of the PhysioNet/CinC Challenge 2012: rows of `Time,Parameter,Value`, in one text file for each stay (`132539.txt`), or all of a set behind
 * one another in one table with a column `RecordID` in front.
 */
import { DataError } from '../../../engine/errors.ts';
import { columnsOf, decimal, eachRow, quote } from '../../tables/csv-rows.ts';
import { OrganFailureWatch } from './organ-failure.ts';
import { DESCRIPTORS, HOURS, SERIES, seriesIndex, type Parameter } from './parameters.ts';

export interface Stay {
  readonly record: number;
  /** Age, gender, height and kind of unit; NaN where unknown. */
  readonly descriptors: Float32Array;
  /** `[48, 37]`: the last plausible value of each hour, of urine the sum; NaN where nothing was measured. The hour 47 has minute 48:00 too. */
  readonly grid: Float32Array;
  /** The eight labels of `ORGAN_FAILURES`. */
  readonly organFailure: Float32Array;
}

type Progress = (done: number, total: number) => void;

const RECORD = 'RecordID';
const URINE = seriesIndex('Urine');
const SERIES_BY_NAME = new Map(SERIES.map(({ name }, index) => [name, index]));
const DESCRIPTORS_BY_NAME = new Map(DESCRIPTORS.map(({ name }, index) => [name, index]));

/**
 * Reads the file of one stay.
 * @param file the name that errors mention
 * @throws {DataError} as {@link parseStays}, and for a file without its record's number
 */
export function parseStay(bytes: Uint8Array, file: string): Stay {
  let stay: StayBuilder | null = null;
  let early: (() => void)[] = [];
  eachRow(bytes, file, (header) => {
    const [time = 0, parameter = 0, value = 0] = columnsOf(header, ['Time', 'Parameter', 'Value'], file);
    return (fields, line) => {
      const name = fields[parameter] ?? '';
      const add = (to: StayBuilder): void => to.add(fields[time] ?? '', name, fields[value] ?? '', line);
      if (name === RECORD && stay === null) {
        stay = new StayBuilder(recordOf(fields[value] ?? '', file, line), file);
        for (const earlier of early) earlier();
        early = [];
      }
      if (stay) add(stay);
      // The number of the record is among the descriptors of 00:00, in whatever order they are.
      else early.push(() => stay && add(stay));
      if (early.length > LATEST) throw new DataError(`${file}: line ${line}: expected a RecordID among the descriptors at the beginning, got none`);
    };
  });
  const built = stay as StayBuilder | null;
  if (!built) throw new DataError(`${file}: expected a row with the parameter RecordID, got none`);
  return built.finish();
}

/** Rows of descriptors at most before the record's number. */
const LATEST = 10;

/**
 * Reads the table of a whole set, in which the rows of a stay are together.
 * @param file the name that errors mention
 * @param onProgress told how many bytes of how many are done, now and then
 * @throws {DataError} a column that is missing, a time that is not `HH:MM` from 00:00 to 48:00, one before that above it, a parameter that the challenge does not have, a value that is no number, a record that comes back after another, no row at all
 */
export function parseStays(bytes: Uint8Array, file: string, onProgress?: Progress): Stay[] {
  const stays: Stay[] = [];
  const seen = new Set<number>();
  let text = '';
  let stay: StayBuilder | null = null;
  eachRow(
    bytes,
    file,
    (header) => {
      const [id = 0, time = 0, parameter = 0, value = 0] = columnsOf(header, [RECORD, 'Time', 'Parameter', 'Value'], file);
      return (fields, line) => {
        if (fields[id] !== text || !stay) {
          text = fields[id] ?? '';
          const record = recordOf(text, file, line);
          if (seen.has(record)) throw new DataError(`${file}: line ${line}: record ${record} comes back after another one`);
          seen.add(record);
          if (stay) stays.push(stay.finish());
          stay = new StayBuilder(record, file);
        }
        stay.add(fields[time] ?? '', fields[parameter] ?? '', fields[value] ?? '', line);
      };
    },
    onProgress,
  );
  const last = stay as StayBuilder | null;
  if (last) stays.push(last.finish());
  return stays;
}

class StayBuilder {
  readonly #record: number;
  readonly #file: string;
  readonly #descriptors = new Float32Array(DESCRIPTORS.length).fill(NaN);
  readonly #grid = new Float32Array(HOURS * SERIES.length).fill(NaN);
  readonly #watch = new OrganFailureWatch();
  #minute = 0;

  constructor(record: number, file: string) {
    this.#record = record;
    this.#file = file;
  }

  add(time: string, name: string, text: string, line: number): void {
    const minute = this.#advance(time, line);
    const value = decimal(text, name, this.#file, line);
    const series = SERIES_BY_NAME.get(name);
    const descriptor = DESCRIPTORS_BY_NAME.get(name);
    if (series !== undefined) {
      if (!plausible(SERIES[series], value)) return;
      const at = Math.min(Math.floor(minute / 60), HOURS - 1) * SERIES.length + series;
      const before = this.#grid[at] ?? NaN;
      this.#grid[at] = series === URINE && !Number.isNaN(before) ? before + value : value;
      this.#watch.measure(series, value, minute);
    } else if (descriptor !== undefined) {
      if (plausible(DESCRIPTORS[descriptor], value)) this.#descriptors[descriptor] = value;
    } else if (name !== RECORD) {
      throw new DataError(`${this.#file}: line ${line}: expected a parameter of the challenge, got ${quote(name)}`);
    } else if (value !== this.#record) {
      throw new DataError(`${this.#file}: line ${line}: expected the record ${this.#record}, got ${value}`);
    }
  }

  finish(): Stay {
    this.#watch.end();
    return { record: this.#record, descriptors: this.#descriptors, grid: this.#grid, organFailure: this.#watch.labels };
  }

  #advance(time: string, line: number): number {
    const minute = minuteOf(time);
    if (!(minute <= HOURS * 60)) throw new DataError(`${this.#file}: line ${line}: expected a time from 00:00 to 48:00, got ${quote(time)}`);
    if (minute < this.#minute) throw new DataError(`${this.#file}: line ${line}: expected times in rising order, got ${time} after ${clock(this.#minute)}`);
    this.#minute = minute;
    return minute;
  }
}

const plausible = (parameter: Parameter | undefined, value: number): boolean => parameter !== undefined && value >= parameter.least && value <= parameter.most;

/** Minutes of `HH:MM`, NaN for anything else. Not by a pattern: it is asked millions of times. */
function minuteOf(time: string): number {
  if (time.length !== 5 || time[2] !== ':') return NaN;
  const digit = (at: number, most: number): number => {
    const value = time.charCodeAt(at) - 48;
    return value >= 0 && value <= most ? value : NaN;
  };
  return 60 * (10 * digit(0, 9) + digit(1, 9)) + 10 * digit(3, 5) + digit(4, 9);
}

const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

function recordOf(text: string, file: string, line: number): number {
  const record = decimal(text, RECORD, file, line);
  // Kept as int32 in a cache.
  if (!(Number.isInteger(record) && record >= 1 && record < 2 ** 31)) throw new DataError(`${file}: line ${line}: expected a RecordID from 1, got ${quote(text)}`);
  return record;
}
