/** The rows of a CSV file (RFC 4180), one by one, each with its line: files of millions of rows never become millions of objects. */
import Papa from 'papaparse';
import { DataError } from '../../engine/errors.ts';

/** Told the fields of a row, as many as the header has, and the line on which it begins, counted from 1. */
export type OnRow = (fields: readonly string[], line: number) => void;

/** Characters that are split at a time: rows of few enough that they are gone before the garbage collector looks. */
const PIECE = 1 << 16;
const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

/** Whether a text is a decimal number; spaces, hexadecimal and infinities are none. */
export const isDecimal = (text: string): boolean => DECIMAL.test(text);

/**
 * Goes through a file whose first row names the columns. A byte order mark and both ends of line are accepted, blank lines are passed over.
 * @param bytes UTF-8
 * @param file the name that errors mention
 * @param open is told the header and returns what takes the rows
 * @param onProgress told how many characters of how many are done, now and then
 * @throws {DataError} bytes that are no UTF-8, a file without a header or without a row, quotes that do not match, a row that is longer or shorter than the header; and what `open` and its result throw
 */
export function eachRow(bytes: Uint8Array, file: string, open: (header: readonly string[]) => OnRow, onProgress?: (done: number, total: number) => void): void {
  let onRow: OnRow | null = null;
  let width = 0;
  let line = 1;
  let rows = 0;
  const text = decode(bytes, file);
  const quoted = text.includes('"');
  // Guessing the ends of lines takes as long as splitting them: it is done where quotes may hide some.
  const newline = quoted ? undefined : endOfLine(text);
  for (const { piece, end } of pieces(text, quoted)) {
    const { data, errors } = Papa.parse<string[]>(piece, { delimiter: ',', ...(newline === undefined ? { fastMode: false } : { newline, fastMode: true }) });
    const [error] = errors;
    for (let i = 0; i < data.length; i++) {
      const fields = data[i] ?? [];
      if (error?.row === i) throw new DataError(`${file}: line ${line}: ${error.message}`);
      const start = line;
      line += quoted ? 1 + inner(fields) : 1;
      if (fields.length === 1 && fields[0] === '') continue;
      if (!onRow) {
        onRow = open(fields);
        width = fields.length;
        continue;
      }
      if (fields.length !== width) throw new DataError(`${file}: line ${start}: expected ${width} fields, as in the header, got ${fields.length}`);
      rows++;
      onRow(fields, start);
    }
    // An array that has grown old would keep its rows alive until all of the heap is looked at.
    data.length = 0;
    onProgress?.(end, text.length);
  }
  if (rows === 0) throw new DataError(`${file}: line ${line}: expected a header and rows, got ${onRow ? 'a header alone' : 'an empty file'}`);
}

/**
 * Where the columns are.
 * @throws {DataError} one of them is not in the header, or is there twice
 */
export function columnsOf(header: readonly string[], names: readonly string[], file: string): number[] {
  return names.map((name) => {
    const at = header.indexOf(name);
    if (at < 0) throw new DataError(`${file}: line 1: expected a column '${name}', got ${shorten(header.join(','))}`);
    if (header.includes(name, at + 1)) throw new DataError(`${file}: line 1: the column '${name}' is there twice`);
    return at;
  });
}

/**
 * The decimal number that a text is.
 * @throws {DataError} it is none, or too large
 */
export function decimal(text: string, name: string, file: string, line: number): number {
  const value = isDecimal(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) throw new DataError(`${file}: line ${line}: expected a number for ${name}, got ${quote(text)}`);
  return value;
}

/** Text of a file for a message: quoted, and cut when it is long. */
export const quote = (text: string): string => JSON.stringify(shorten(text));

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}...` : text);

/** The text in pieces of whole lines. With quotes in it, which may hide ends of line, it is one piece. */
function* pieces(text: string, whole: boolean): Generator<{ readonly piece: string; readonly end: number }, void, undefined> {
  for (let start = 0; start < text.length; ) {
    const cut = whole ? -1 : text.indexOf('\n', start + PIECE);
    const end = cut < 0 ? text.length : cut;
    yield { piece: text.slice(start, text[end - 1] === '\r' ? end - 1 : end), end: Math.min(end + 1, text.length) };
    start = end + 1;
  }
}

/** That of the first line. */
function endOfLine(text: string): '\n' | '\r' | '\r\n' {
  const at = text.indexOf('\n');
  if (at < 0) return text.includes('\r') ? '\r' : '\n';
  return text[at - 1] === '\r' ? '\r\n' : '\n';
}

/** Ends of line inside of quoted fields. */
function inner(fields: readonly string[]): number {
  let count = 0;
  for (const field of fields) for (let at = field.indexOf('\n'); at >= 0; at = field.indexOf('\n', at + 1)) count++;
  return count;
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(`${file}: expected text in UTF-8`, { cause });
  }
}
