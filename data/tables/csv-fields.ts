/** Some columns of a small CSV file, as text. */
import { DataError } from '../../engine/errors.ts';
import { eachRecord } from './csv-records.ts';
import { columnsOf, eachRowOf, type OnRow } from './csv-rows.ts';

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
  const take = (places: readonly number[]): OnRow => (fields, line) => {
    rows.push({ line, fields: places.map((at) => (fields[at] ?? '').trim()) });
  };
  if (header) {
    eachRowOf(text, file, (names, line) => take(columnsOf(names.map((name) => name.trim()), columns, file, line)));
  } else {
    eachRecord(text, file, columns.length, take(columns.map((_, at) => at)));
    if (rows.length === 0) throw new DataError(`${file}: expected rows, got none`);
  }
  return rows;
}
