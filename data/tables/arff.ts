/** Tables from Weka's attribute-relation file format. https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/ */
import { DataError } from '../../engine/errors.ts';
import { columnWriter, type ColumnWriter } from './cells.ts';
import { shortened, tableOf, type Table } from './table.ts';

interface Attribute {
  readonly name: string;
  /** What a nominal attribute may be; null for a number or text of any kind. */
  readonly values: ReadonlySet<string> | null;
  readonly type: 'number' | 'text';
}

/** A value in quotes, with backslashes, or bare: up to a comma, or up to white space where that ends a value too. */
const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const BARE_NAME = /[^\s{}]+/y;
const BARE_VALUE = /[^,{}]*/y;
const SPACE = /\s*/y;

/**
 * Reads `@relation`, `@attribute NAME numeric|real|integer|string|{a, b}` and the rows after `@data`. A `?` is missing.
 * @param file the name that errors mention
 * @throws {DataError} naming the line: another declaration or type (dates, relations), a name twice, a sparse row, a row of another length, a value that is
 *   no number or none of its attribute's
 */
export function parseArff(bytes: Uint8Array, file: string): Table {
  const lines = decode(bytes, file).split(/\r\n|\n|\r/);
  const attributes: Attribute[] = [];
  const known = new Set<string>();
  let at = 0;
  for (let data = false; !data; at++) {
    const text = lines[at]?.trim();
    const where = `${file}: line ${at + 1}`;
    if (text === undefined) throw new DataError(`${where}: expected @data after ${attributes.length} attributes, got the end of the file`);
    if (text === '' || text.startsWith('%')) continue;
    const [keyword = ''] = /^\S+/.exec(text) ?? [];
    if (keyword.toLowerCase() === '@attribute') {
      const attribute = parseAttribute(text.slice(keyword.length), where);
      if (known.has(attribute.name)) throw new DataError(`${where}: the attribute '${shortened(attribute.name)}' is there twice`);
      known.add(attribute.name);
      attributes.push(attribute);
    } else if (keyword.toLowerCase() === '@data') data = true;
    else if (keyword.toLowerCase() !== '@relation') throw new DataError(`${where}: expected @relation, @attribute or @data, got '${shortened(text)}'`);
  }
  return readRows(lines, at, attributes, file);
}

function readRows(lines: readonly string[], first: number, attributes: readonly Attribute[], file: string): Table {
  const rows: number[] = [];
  for (let at = first; at < lines.length; at++) {
    const text = lines[at]?.trim() ?? '';
    if (text !== '' && !text.startsWith('%')) rows.push(at);
  }
  const writers = attributes.map(({ name, type }) => columnWriter(name, type, rows.length));
  rows.forEach((at, row) => {
    const where = `${file}: line ${at + 1}`;
    const cells = splitRow(lines[at] ?? '', where);
    if (cells.length !== attributes.length) throw new DataError(`${where}: expected ${attributes.length} values, got ${cells.length}`);
    cells.forEach((cell, column) => putCell(attributes[column], writers[column], row, cell, where));
  });
  return tableOf(file, writers.map(({ column }) => column), (row) => `line ${(rows[row] ?? 0) + 1}`);
}

function putCell(attribute: Attribute | undefined, writer: ColumnWriter | undefined, row: number, cell: string | null, where: string): void {
  if (cell !== null && attribute?.values && !attribute.values.has(cell)) {
    throw new DataError(`${where}: attribute '${attribute.name}': expected one of ${shortened([...attribute.values].join(', '))}, got '${shortened(cell)}'`);
  }
  if (!writer?.put(row, cell)) throw new DataError(`${where}: attribute '${attribute?.name ?? ''}': expected a number, got '${shortened(cell ?? '')}'`);
}

function parseAttribute(text: string, where: string): Attribute {
  const scan = new Scanner(text, where);
  const name = scan.value(BARE_NAME);
  const rest = scan.rest();
  if (name === '') throw new DataError(`${where}: expected a name after @attribute, got '${shortened(text.trim())}'`);
  if (/^(numeric|real|integer)$/i.test(rest)) return { name, values: null, type: 'number' };
  if (/^string$/i.test(rest)) return { name, values: null, type: 'text' };
  if (rest.startsWith('{') && rest.endsWith('}')) return { name, values: new Set(splitRow(rest.slice(1, -1), where).map((value) => value ?? '?')), type: 'text' };
  throw new DataError(`${where}: attribute '${shortened(name)}': expected numeric, real, integer, string or {...}, got '${shortened(rest)}'`);
}

/** Values between commas, null for a `?` that is not in quotes. */
function splitRow(text: string, where: string): (string | null)[] {
  const scan = new Scanner(text, where);
  const cells: (string | null)[] = [];
  do cells.push(scan.cell());
  while (scan.skip(','));
  if (scan.rest().startsWith('{')) throw new DataError(`${where}: sparse rows are not supported: write every value of the row`);
  if (scan.rest() !== '') throw new DataError(`${where}: expected a comma, got '${shortened(scan.rest())}'`);
  return cells;
}

class Scanner {
  readonly #text: string;
  readonly #where: string;
  #at = 0;

  constructor(text: string, where: string) {
    this.#text = text;
    this.#where = where;
  }

  rest(): string {
    return this.#text.slice(this.#at).trim();
  }

  skip(mark: string): boolean {
    this.#match(SPACE);
    if (!this.#text.startsWith(mark, this.#at)) return false;
    this.#at += mark.length;
    return true;
  }

  /** A value in quotes or bare. */
  value(bare: RegExp): string {
    this.#match(SPACE);
    const quoted = this.#match(QUOTED);
    if (quoted) return (quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1');
    if (/['"]/.test(this.#text[this.#at] ?? '')) throw new DataError(`${this.#where}: a quote is not closed: '${shortened(this.rest())}'`);
    return (this.#match(bare)?.[0] ?? '').trim();
  }

  cell(): string | null {
    this.#match(SPACE);
    const inQuotes = /['"]/.test(this.#text[this.#at] ?? '');
    const value = this.value(BARE_VALUE);
    return !inQuotes && (value === '?' || value === '') ? null : value;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(`${file}: not text in utf-8`, { cause });
  }
}
