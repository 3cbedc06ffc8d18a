/** The rows of a CSV file in memory, one by one, each with its line: files of millions of rows never become millions of objects. */
import { DataError } from '../../engine/errors.ts';
import { numberIn } from './cells.ts';
import { placesOf } from './csv-fields.ts';
import { eachRecord, type OnRecord } from './csv-records.ts';
import { shortened } from './table.ts';

/** Told the fields of a row, as many as the header has, and the line on which it begins, counted from 1. */
export type OnRow = OnRecord;

/**
 * Goes through a file whose first row names the columns. A byte order mark and all ends of line are accepted, blank lines are passed over.
 * @param bytes UTF-8
 * @param file the name that errors mention
 * @param open is told the header and returns what takes the rows
 * @param onProgress told how many characters of how many are done, now and then
 * @throws {DataError} bytes that are no UTF-8, a file without a header or without a row, quotes that do not match, a row that is longer or shorter than the header; and what `open` and its result throw
 */
export function eachRow(bytes: Uint8Array, file: string, open: (header: readonly string[]) => OnRow, onProgress?: (done: number, total: number) => void): void {
  let onRow: OnRow | null = null;
  let width = 0;
  let records = 0;
  const last = eachRecord(decode(bytes, file), file, (fields, line) => {
    records++;
    if (!onRow) {
      onRow = open(fields);
      width = fields.length;
      return;
    }
    if (fields.length !== width) throw new DataError(`${file}: line ${line}: expected ${width} fields, as in the header, got ${fields.length}`);
    onRow(fields, line);
  }, onProgress);
  if (records < 2) throw new DataError(`${file}: line ${last}: expected a header and rows, got ${records === 1 ? 'a header alone' : 'an empty file'}`);
}

/**
 * Where the columns are.
 * @throws {DataError} one of them is not in the header, or is there twice
 */
export const columnsOf = (header: readonly string[], names: readonly string[], file: string): number[] => placesOf(header, names, `${file}: line 1`);

/**
 * The decimal number that a text is.
 * @throws {DataError} it is none, or too large
 */
export function decimal(text: string, name: string, file: string, line: number): number {
  const value = numberIn(text);
  if (value === null) throw new DataError(`${file}: line ${line}: expected a number for ${name}, got ${quote(text)}`);
  return value;
}

/** Text of a file for a message: quoted, and cut when it is long. */
export const quote = (text: string): string => JSON.stringify(shortened(text));

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(`${file}: expected text in UTF-8`, { cause });
  }
}
