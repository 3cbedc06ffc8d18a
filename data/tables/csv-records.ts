/** The records of a CSV file whose text comes in pieces: all that reads such files reads them with this. papaparse does the parsing (RFC 4180 and what is common beside it). */
import Papa from 'papaparse';
import { DataError } from '../../engine/errors.ts';

/** Characters that are parsed at once, at least: of few enough records that they are gone before the garbage collector looks. */
const PIECE = 2 ** 16;
/** A record longer than that is a quote that was never closed. */
const LARGEST_RECORD = 2 ** 24;

/** Told the fields of a record, and the line on which it begins, counted from 1. */
export type OnRecord = (fields: readonly string[], line: number) => void;

interface Parsed {
  readonly data: readonly (readonly string[])[];
  readonly errors: readonly { readonly message: string }[];
  readonly meta: { readonly cursor: number };
}

/**
 * Takes text and gives records, holding no more than a few pieces of it.
 *
 * A byte order mark is passed over. Line ends of all kinds are read as `\n`, also within quotes. Lines with nothing but spaces in them are no records.
 */
export class CsvRecords {
  readonly #file: string;
  readonly #onRecord: OnRecord;
  /** Fields of every record; null before the first. */
  #width: number | null;
  #delimiter: string | null;
  #pending = '';
  /** Parse when there are so many characters. Doubled for a record that does not end, so that the work stays linear. */
  #enough = PIECE;
  #endsInReturn = false;
  #begun = false;
  #line = 1;

  /**
   * @param delimiter null: guessed, see {@link guessDelimiter}
   * @param width fields of a record; null: as many as the first has
   * @param onRecord takes the fields as they are written, spaces and all
   */
  constructor(file: string, delimiter: string | null, width: number | null, onRecord: OnRecord) {
    this.#file = file;
    this.#delimiter = delimiter;
    this.#width = width;
    this.#onRecord = onRecord;
  }

  /** The line that is read next. */
  get line(): number {
    return this.#line;
  }

  /** @throws {DataError} a quote that is wrong, or is not closed within 16 Mi characters; a record that is longer or shorter than the others */
  push(text: string): void {
    this.#pending += this.#withoutReturns(!this.#begun && text.startsWith('\ufeff') ? text.slice(1) : text);
    this.#begun ||= text !== '';
    if (this.#pending.length < this.#enough) return;
    this.#parse(false);
    if (this.#pending.length > LARGEST_RECORD) throw new DataError(`${this.#file}: line ${this.#line}: expected a record of at most ${LARGEST_RECORD} characters, got more: is a quote not closed?`);
    this.#enough = Math.max(PIECE, 2 * this.#pending.length);
  }

  /** @throws {DataError} a quote that is wrong or not closed, a record that is longer or shorter than the others */
  end(): void {
    if (this.#endsInReturn) this.#pending += '\n';
    this.#parse(true);
  }

  #withoutReturns(text: string): string {
    const whole = this.#endsInReturn ? `\r${text}` : text;
    this.#endsInReturn = whole.endsWith('\r');
    if (!whole.includes('\r')) return whole;
    return (this.#endsInReturn ? whole.slice(0, -1) : whole).replace(/\r\n?/g, '\n');
  }

  #parse(last: boolean): void {
    const text = this.#pending;
    this.#delimiter ??= guessDelimiter(text);
    this.#pending = text.includes('"') ? this.#parseQuoted(text, this.#delimiter, last) : this.#parseLines(text, this.#delimiter, last);
  }

  /** Where no quote is, a line is a record: many times faster. Returns what is left. */
  #parseLines(text: string, delimiter: string, last: boolean): string {
    const end = last ? text.length : text.lastIndexOf('\n') + 1;
    const { data } = Papa.parse<string[]>(text.slice(0, text[end - 1] === '\n' ? end - 1 : end), { delimiter, newline: '\n', fastMode: true });
    for (const fields of data) this.#give(fields, this.#line++);
    // An array that has grown old would keep its records alive until all of the heap is looked at.
    data.length = 0;
    return text.slice(end);
  }

  #parseQuoted(text: string, delimiter: string, last: boolean): string {
    let from = 0;
    const step = ({ data, errors, meta }: Parsed): void => {
      const [error] = errors;
      if (error) throw new DataError(`${this.#file}: line ${this.#line}: ${error.message}`);
      this.#give(data[0] ?? [], this.#line);
      for (let at = text.indexOf('\n', from); at >= 0 && at < meta.cursor; at = text.indexOf('\n', at + 1)) this.#line++;
      from = meta.cursor;
    };
    const parser = new Papa.Parser({ delimiter, newline: '\n', step: step as (row: unknown) => void });
    parser.parse(text, 0, !last);
    return text.slice(from);
  }

  #give(fields: readonly string[], line: number): void {
    if (fields.length <= 1 && (fields[0] ?? '').trim() === '') return;
    this.#width ??= fields.length;
    if (fields.length !== this.#width) throw new DataError(`${this.#file}: line ${line}: expected ${this.#width} fields, got ${fields.length}`);
    this.#onRecord(fields, line);
  }
}

/**
 * The records of a text that is there as a whole.
 * @param width fields of a record; null: as many as the first has
 * @param onProgress told how many characters of how many are done, now and then
 * @returns the line behind the last record
 * @throws {DataError} a quote that is wrong or not closed, a record that is longer or shorter than the others
 */
export function eachRecord(text: string, file: string, width: number | null, onRecord: OnRecord, onProgress?: (done: number, total: number) => void): number {
  const records = new CsvRecords(file, ',', width, onRecord);
  for (let at = 0; at < text.length; at += PIECE) {
    records.push(text.slice(at, at + PIECE));
    if (at + PIECE < text.length) onProgress?.(at + PIECE, text.length);
  }
  records.end();
  onProgress?.(text.length, text.length);
  return records.line;
}

const DELIMITERS = [',', ';', '\t', '|'];
const LOOKED_AT = 20;

/** Of `,` `;` tab `|` the one that cuts each of the first 20 records into the same number of fields, into the most; when none does, the one that cuts the first record into the most. */
function guessDelimiter(text: string): string {
  const candidates = DELIMITERS.map((delimiter) => {
    const { data } = Papa.parse<string[]>(text.slice(0, PIECE), { delimiter, newline: '\n', preview: LOOKED_AT, skipEmptyLines: true });
    // The last record may be cut off where the piece ends.
    const whole = text.length > PIECE && data.length < LOOKED_AT ? data.slice(0, -1) : data;
    const fields = whole[0]?.length ?? 1;
    return { delimiter, fields, even: fields > 1 && whole.every((record) => record.length === fields) };
  });
  const even = candidates.filter((candidate) => candidate.even);
  return (even.length > 0 ? even : candidates).reduce((best, other) => (other.fields > best.fields ? other : best)).delimiter;
}
