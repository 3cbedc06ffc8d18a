/** The rows of a CSV file in memory, one by one, each with its line: files of millions of rows never become millions of objects. */
import { DataError } from '../../engine/errors.ts';
import { numberIn } from './cells.ts';
import { eachRecord, type OnRecord } from './csv-records.ts';
import { shortened } from './table.ts';

/** Told the fields of a row, as many as the header has, and the line on which it begins, counted from 1. */
export type OnRow = OnRecord;

/** Told the header and its line; returns what takes the rows. */
export type OnHeader = (header: readonly string[], line: number) => OnRow;
type OnProgress = (done: number, total: number) => void;

/**
 * Goes through a file whose first row names the columns. A byte order mark and all ends of line are accepted, blank lines are passed over.
 * @param bytes UTF-8
 * @param file the name that errors mention
 * @param onProgress told how many characters of how many are done, now and then
 * @throws {DataError} bytes that are no UTF-8, and for what {@link eachRowOf} throws
 */
export function eachRow(bytes: Uint8Array, file: string, open: OnHeader, onProgress?: OnProgress): void {
  eachRowOf(decode(bytes, file), file, open, onProgress);
}

/**
 * As {@link eachRow}, of text.
 * @throws {DataError} a file without a header or without a row, quotes that do not match, a row that is longer or shorter than the header; and what `open` and its result throw
 */
export function eachRowOf(text: string, file: string, open: OnHeader, onProgress?: OnProgress): void {
  let onRow: OnRow | null = null;
  let records = 0;
  const last = eachRecord(text, file, null, (fields, line) => {
    records++;
    if (onRow) onRow(fields, line);
    else onRow = open(fields, line);
  }, onProgress);
  if (records < 2) throw new DataError(`${file}: line ${last}: expected a header and rows, got ${records === 1 ? 'a header alone' : 'an empty file'}`);
}

/**
 * Where the columns are in a header.
 * @param line of the header
 * @throws {DataError} one of them is not in it, or is there twice
 */
export function columnsOf(header: readonly string[], names: readonly string[], file: string, line = 1): number[] {
  return names.map((name) => {
    const at = header.indexOf(name);
    if (at < 0) throw new DataError(`${file}: line ${line}: expected a column '${name}', got ${shortened(header.join(','))}`);
    if (header.includes(name, at + 1)) throw new DataError(`${file}: line ${line}: the column '${name}' is there twice`);
    return at;
  });
}

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
