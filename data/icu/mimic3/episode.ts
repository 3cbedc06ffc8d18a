/** Episodes of the MIMIC-III benchmarks: `NNN_episodeK_timeseries.csv`, one row for each moment at which something was charted. */
import { DataError } from '../../../engine/errors.ts';
import { numberIn } from '../../tables/cells.ts';
import { columnsOf, decimal, eachRow, quote } from '../../tables/csv-rows.ts';
import { VARIABLES, type Variable } from './variables.ts';

export interface Episode {
  /** Hours since admission to the unit, rising. */
  readonly hours: Float64Array;
  /** `[moments, 17]`: numbers, or numbers of categories; NaN where nothing was charted. */
  readonly values: Float32Array;
}

/** What the pipeline's own comparisons of times tolerate: it writes them after sums in floating point. */
export const TOLERANCE = 1e-6;

/**
 * Reads an episode. Its columns are `Hours` and the 17 variables, in any order; an empty field is a value that is missing.
 * @param file the name that errors mention
 * @throws {DataError} a column that is missing, another or there twice, a value that is no number or no category of its variable, a time before 0 or before the one above it, no row at all
 */
export function parseEpisode(bytes: Uint8Array, file: string): Episode {
  const hours: number[] = [];
  const values: number[] = [];
  eachRow(bytes, file, (header) => {
    const [time = 0] = columnsOf(header, ['Hours'], file);
    const columns = columnsOf(header, VARIABLES.map(({ name }) => name), file);
    const unknown = header.find((name) => name !== 'Hours' && !VARIABLES.some((variable) => variable.name === name));
    if (unknown !== undefined) throw new DataError(`${file}: line 1: expected Hours and the 17 variables of the benchmarks, got a column ${quote(unknown)}`);
    return (fields, line) => {
      const hour = decimal(fields[time] ?? '', 'Hours', file, line);
      if (hour <= -TOLERANCE) throw new DataError(`${file}: line ${line}: expected hours from 0, got ${hour}`);
      const before = hours.at(-1) ?? 0;
      if (hour < before - TOLERANCE) throw new DataError(`${file}: line ${line}: expected hours in rising order, got ${hour} after ${before}`);
      hours.push(Math.max(hour, 0));
      for (const [i, variable] of VARIABLES.entries()) values.push(valueOf(fields[columns[i] ?? 0] ?? '', variable, file, line));
    };
  });
  return { hours: Float64Array.from(hours), values: Float32Array.from(values) };
}

function valueOf(text: string, { name, categories }: Variable, file: string, line: number): number {
  if (text === '') return NaN;
  if (!categories) return decimal(text, name, file, line);
  const category = categories.indexOf(text);
  // Numbers among the categories are written as `15` or `15.0`, depending on what wrote the table.
  const same = category >= 0 || numberIn(text) === null ? category : categories.findIndex((other) => Number(other) === Number(text));
  if (same < 0) throw new DataError(`${file}: line ${line}: expected one of the categories of ${name} (${categories.join(', ')}), got ${quote(text)}`);
  return same;
}
