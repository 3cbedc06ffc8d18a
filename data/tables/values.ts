/** Columns from values that have types of their own, as JSON and Parquet have them. */
import { DataError } from '../../engine/errors.ts';
import { columnWriter } from './cells.ts';
import type { Column } from './table.ts';

/** Cells of all columns together, past which a table is refused: a file of a few bytes a row could claim any number of columns. */
const LARGEST = 2 ** 28;

/**
 * Gathers values by row and name; a name that a row lacks is missing there.
 *
 * Null is missing, and so is a number that is NaN. Booleans are 0 and 1. A column is of numbers when all of its values are numbers, booleans or whole numbers up to
 * 2^53; else it is text: numbers as JavaScript writes them, dates in ISO 8601, lists and objects as JSON.
 */
export class ValueColumns {
  readonly #file: string;
  readonly #columns = new Map<string, { readonly rows: number[]; readonly values: unknown[] }>();

  constructor(file: string) {
    this.#file = file;
  }

  add(row: number, name: string, value: unknown): void {
    let column = this.#columns.get(name);
    if (!column) this.#columns.set(name, (column = { rows: [], values: [] }));
    if (value === null || value === undefined || Number.isNaN(value)) return;
    column.rows.push(row);
    column.values.push(value);
  }

  /**
   * @param place where a row stands, for messages
   * @throws {DataError} an infinite number or bytes, or more than 2^28 cells
   */
  columns(length: number, place: (row: number) => string): Column[] {
    if (this.#columns.size * length > LARGEST) throw new DataError(`${this.#file}: expected at most ${LARGEST} cells, got ${length} rows of ${this.#columns.size} names`);
    return [...this.#columns].map(([name, { rows, values }]) => {
      values.forEach((value, at) => this.#check(value, name, () => place(rows[at] ?? 0)));
      const writer = columnWriter(name, values.every(isNumber) ? 'number' : 'text', length);
      values.forEach((value, at) => writer.put(rows[at] ?? 0, cellOf(value)));
      return writer.column;
    });
  }

  #check(value: unknown, name: string, place: () => string): void {
    if (value === Infinity || value === -Infinity) throw new DataError(`${this.#file}: ${place()}: column '${name}': expected a finite number, got ${value}`);
    if (value instanceof Uint8Array) throw new DataError(`${this.#file}: ${place()}: column '${name}': expected a number, text or a boolean, got bytes`);
  }
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'bigint' && Number.isSafeInteger(Number(value)));

/** As the text of a cell; a number's is the shortest that gives the number back. */
function cellOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}
