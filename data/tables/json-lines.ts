/** Tables from JSON lines: one object a line. https://jsonlines.org */
import { DataError } from '../../engine/errors.ts';
import { shortened, tableOf, type Table } from './table.ts';
import { ValueColumns } from './values.ts';

const NEWLINE = 0x0a;

/**
 * The objects' names are the columns, in the order in which they first come; what an object lacks, and null, is missing there. Booleans become 0 and 1, lists and objects their
 * JSON. Whole numbers past 2^53 are only exact as strings. Lines of spaces are skipped.
 * @param file the name that errors mention
 * @throws {DataError} naming the line: it is not UTF-8, not JSON or no object
 */
export function parseJsonLines(bytes: Uint8Array, file: string): Table {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const columns = new ValueColumns(file);
  const lines: number[] = [];
  const place = (row: number): string => `line ${lines[row] ?? '?'}`;
  let line = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    line++;
    const object = parseLine(bytes.subarray(start, end), decoder, `${file}: line ${line}`);
    start = end + 1;
    if (!object) continue;
    const row = lines.push(line) - 1;
    for (const [name, value] of Object.entries(object)) columns.add(row, name, value);
  }
  return tableOf(file, columns.columns(lines.length, place), place);
}

function parseLine(bytes: Uint8Array, decoder: TextDecoder, where: string): object | null {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new DataError(`${where}: not text in UTF-8`, { cause });
  }
  if (text.trim() === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${where}: not JSON: '${shortened(text)}'`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DataError(`${where}: expected an object, got '${shortened(text)}'`);
  return value;
}
