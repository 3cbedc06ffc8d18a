/** Tables from comma-separated values, also from files larger than memory. */
import { ConfigError, DataError } from '../../engine/errors.ts';
import { MISSING_MARKERS, columnWriter, isName, type ColumnWriter } from './cells.ts';
import { CsvRecords } from './csv-records.ts';
import { shortened, tableOf, type Column, type Table } from './table.ts';

export interface CsvOptions {
  /** What separates the fields of a line, one character. Default: guessed from the first lines (`,` `;` tab `|`). */
  readonly delimiter?: string;
  /** Names of the columns of a file that does not begin with them. */
  readonly names?: readonly string[];
  /** What stands for a missing value; default `MISSING_MARKERS`. Nothing at all is always missing. */
  readonly missing?: readonly string[];
  /** Types of columns that must not be guessed from their values. */
  readonly types?: Readonly<Record<string, Column['type']>>;
  /** Hold numbers in single precision: half the memory. Default false. */
  readonly float32?: boolean;
  /** Of the text, as the Encoding standard names it. Default `utf-8`. */
  readonly encoding?: string;
}

const SLICE = 2 ** 18;

/**
 * Reads a whole file that is in memory.
 *
 * A column is of numbers when every value in it is one, in decimal notation with a point, and none is a name made of digits: '007' and whole numbers past 2^53
 * stay text. Spaces around values are no part of them; lines with nothing in them are skipped.
 * @param file the name that errors mention
 * @throws {DataError} naming the line: text in another encoding, no line of names, a name that is empty or there twice, a line with more or fewer
 *   fields than names, a wrong quote, a value that is no number in a column that must be of numbers
 * @throws {ConfigError} a delimiter that is not one character, or an unknown encoding
 */
export function parseCsv(bytes: Uint8Array, file: string, options: CsvOptions = {}): Table {
  const first = new FirstPass(file, options);
  for (let at = 0; at < bytes.length; at += SLICE) first.push(bytes.subarray(at, at + SLICE));
  first.end();
  const second = new SecondPass(file, options, first);
  for (let at = 0; at < bytes.length; at += SLICE) second.push(bytes.subarray(at, at + SLICE));
  return second.end();
}

/**
 * Reads a file that need not fit into memory, as {@link parseCsv} does: once to learn its types and its length, and once more to fill
 * columns of exactly that length. Beside the columns no more than some pieces of the file are held, and no object for each row.
 * @param open opens the file from its beginning; called twice
 */
export async function readCsv(open: () => AsyncIterable<Uint8Array>, file: string, options: CsvOptions = {}): Promise<Table> {
  const first = new FirstPass(file, options);
  for await (const piece of open()) first.push(piece);
  first.end();
  const second = new SecondPass(file, options, first);
  for await (const piece of open()) second.push(piece);
  return second.end();
}

/** What both passes do: bytes to records of one width. */
abstract class Pass {
  readonly #decoder: TextDecoder;
  readonly #records: CsvRecords;
  protected readonly file: string;
  protected readonly missing: ReadonlySet<string>;
  names: readonly string[] | null;

  constructor(file: string, { delimiter, names, missing = MISSING_MARKERS, encoding = 'utf-8' }: CsvOptions) {
    if (delimiter !== undefined && (delimiter.length !== 1 || '"\r\n'.includes(delimiter))) throw new ConfigError(`delimiter: expected one character that is no quote and no line end, got ${JSON.stringify(delimiter)}`);
    this.file = file;
    this.missing = new Set(['', ...missing]);
    this.names = names ? checkNames(names, `${file}: names`) : null;
    this.#decoder = decoderOf(encoding);
    this.#records = new CsvRecords(file, delimiter ?? null, names?.length ?? null, (untrimmed, line) => {
      const fields = untrimmed.map((field) => field.trim());
      if (this.names) this.row(fields, line);
      else this.names = checkNames(fields, `${file}: line ${line}`);
    });
  }

  push(bytes: Uint8Array): void {
    this.#records.push(this.#decode(bytes, true));
  }

  protected finish(): void {
    this.#records.push(this.#decode(new Uint8Array(), false));
    this.#records.end();
    if (!this.names) throw new DataError(`${this.file}: expected a first line with the names of the columns, got an empty file`);
  }

  protected abstract row(fields: readonly string[], line: number): void;

  #decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream });
    } catch (cause) {
      throw new DataError(`${this.file}: at or after line ${this.#records.line}: not text in ${this.#decoder.encoding}`, { cause });
    }
  }
}

/** Finds the names, the number of rows and which columns are text. */
class FirstPass extends Pass {
  length = 0;
  readonly text = new Set<number>();

  end(): void {
    this.finish();
  }

  protected override row(fields: readonly string[]): void {
    this.length++;
    fields.forEach((cell, at) => {
      if (!this.text.has(at) && !this.missing.has(cell) && isName(cell)) this.text.add(at);
    });
  }
}

/** Fills the columns. */
class SecondPass extends Pass {
  readonly #writers: readonly ColumnWriter[];
  readonly #lines: Uint32Array;
  #row = 0;

  constructor(file: string, options: CsvOptions, { names, length, text }: FirstPass) {
    super(file, options);
    const types = new Map(Object.entries(options.types ?? {}));
    for (const name of types.keys()) if (!names?.includes(name)) throw new DataError(`${file}: there is no column '${name}', for which a type is given`);
    this.#writers = (names ?? []).map((name, at) => columnWriter(name, types.get(name) ?? (text.has(at) ? 'text' : 'number'), length, options.float32));
    this.#lines = new Uint32Array(length);
  }

  end(): Table {
    this.finish();
    if (this.#row !== this.#lines.length) throw this.#changed();
    return tableOf(this.file, this.#writers.map(({ column }) => column), (row) => `line ${this.#lines[row] ?? '?'}`);
  }

  protected override row(fields: readonly string[], line: number): void {
    if (this.#row >= this.#lines.length) throw this.#changed();
    this.#writers.forEach((writer, at) => {
      const cell = fields[at] ?? '';
      if (!writer.put(this.#row, this.missing.has(cell) ? null : cell)) {
        throw new DataError(`${this.file}: line ${line}: column '${writer.column.name}': expected a number, got '${shortened(cell)}'`);
      }
    });
    this.#lines[this.#row++] = line;
  }

  #changed(): DataError {
    return new DataError(`${this.file}: expected ${this.#lines.length} rows, as it had a moment ago: the file changed while it was read`);
  }
}

function checkNames(names: readonly string[], where: string): readonly string[] {
  const known = new Map<string, number>();
  names.forEach((name, at) => {
    if (name === '') throw new DataError(`${where}: column ${at + 1} has no name`);
    const before = known.get(name);
    known.set(name, at);
    if (before !== undefined) throw new DataError(`${where}: the column '${shortened(name)}' is there twice, as column ${before + 1} and ${at + 1}`);
  });
  return names;
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    throw new ConfigError(`encoding: expected one of the Encoding standard's names, such as utf-8, got '${encoding}'`, { cause });
  }
}
