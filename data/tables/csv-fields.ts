/** Some columns of a small CSV file, as text. */
import { DataError } from '../../engine/errors.ts';
import { eachRecord } from './csv-records.ts';
import { shortened } from './table.ts';

export interface CsvRow {
  /** The fields of the columns that were asked for, without the spaces around them. */
  readonly fields: readonly string[];
  /** The line on which the row begins, counted from 1. */
  readonly line: number;
}

/**
 * The named columns of all rows.
 * @param columns in the order in which fields are returned; a file without a header has them and no others
 * @param header whether the first row names the columns. Default true
 * @throws {DataError} a quote that does not match, a column that is not there, a row that is longer or shorter than the first, or no row
 */
export function csvFields(text: string, file: string, columns: readonly string[], header = true): CsvRow[] {
  const rows: CsvRow[] = [];
  let width = columns.length;
  let places = header ? null : columns.map((_, at) => at);
  eachRecord(text, file, (fields, line) => {
    if (!places) {
      width = fields.length;
      places = placesOf(fields.map((name) => name.trim()), columns, `${file}: line ${line}`);
      return;
    }
    if (fields.length !== width) throw new DataError(`${file}: line ${line}: expected ${width} fields, got ${fields.length}`);
    rows.push({ line, fields: places.map((at) => (fields[at] ?? '').trim()) });
  });
  if (rows.length === 0) throw new DataError(`${file}: expected rows${header ? ' below the header' : ''}, got none`);
  return rows;
}

/**
 * Where the columns are in a header.
 * @param where the file and the line that errors mention
 * @throws {DataError} one of them is not in the header, or is there twice
 */
export function placesOf(header: readonly string[], columns: readonly string[], where: string): number[] {
  return columns.map((name) => {
    const at = header.indexOf(name);
    if (at < 0) throw new DataError(`${where}: expected a column '${name}', got ${shortened(header.join(','))}`);
    if (header.includes(name, at + 1)) throw new DataError(`${where}: the column '${name}' is there twice`);
    return at;
  });
}
