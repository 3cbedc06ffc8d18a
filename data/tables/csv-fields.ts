/** Some columns of a small CSV file (RFC 4180), as text. */
import Papa from 'papaparse';
import { DataError } from '../../engine/errors.ts';

/**
 * The fields of the named columns, row after row.
 * @param columns in the order in which fields are returned; a file without a header has them and no others
 * @param header whether the first row names the columns. Default true
 * @throws {DataError} a quote that does not match, a column that is not there, a row that is longer or shorter than the first, or no row
 */
export function csvFields(text: string, file: string, columns: readonly string[], header = true): string[][] {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ',', skipEmptyLines: true });
  const [error] = errors;
  if (error) throw new DataError(`${file}: row ${(error.row ?? 0) + 1}: ${error.message}`);
  const names = header ? (data[0] ?? []) : columns;
  const places = columns.map((column) => {
    const place = names.indexOf(column);
    if (place < 0) throw new DataError(`${file}: row 1: expected a column '${column}', got ${names.join(',').slice(0, 80)}`);
    return place;
  });
  const rows = header ? data.slice(1) : data;
  if (rows.length === 0) throw new DataError(`${file}: expected rows${header ? ' below the header' : ''}, got none`);
  return rows.map((row, index) => {
    if (row.length !== names.length) throw new DataError(`${file}: row ${index + (header ? 2 : 1)}: expected ${names.length} fields, got ${row.length}`);
    return places.map((place) => (row[place] ?? '').trim());
  });
}
