/** A table of named columns, as files of rows are read into one. */
import { DataError } from '../../engine/errors.ts';

export interface NumberColumn {
  readonly type: 'number';
  readonly name: string;
  /** A number for each row, NaN where it is missing. */
  readonly values: Float64Array | Float32Array;
}

export interface TextColumn {
  readonly type: 'text';
  readonly name: string;
  /** For each row the index of its text in `texts`, -1 where it is missing. */
  readonly codes: Int32Array;
  /** Each text once, in the order in which they first come. */
  readonly texts: readonly string[];
}

export type Column = NumberColumn | TextColumn;

export interface Table {
  /** The name that errors mention. */
  readonly file: string;
  /** Names of the columns, each once, in the file's order. */
  readonly columns: readonly string[];
  /** Number of rows. */
  readonly length: number;
  /**
   * The column of that name.
   * @throws {DataError} there is none; the message lists those that are there
   */
  column(name: string): Column;
  /** Where a row stands in its file, for messages: `line 7`. */
  place(row: number): string;
}

/**
 * A table of columns that are there already: the way in for data from elsewhere.
 * @param place default: `row N`, counted from 1
 * @throws {DataError} two columns have one name, or they are not equally long
 */
export function tableOf(file: string, columns: readonly Column[], place: (row: number) => string = (row) => `row ${row + 1}`): Table {
  const byName = new Map<string, Column>();
  const length = columns[0] ? lengthOf(columns[0]) : 0;
  for (const column of columns) {
    if (byName.has(column.name)) throw new DataError(`${file}: the column '${column.name}' is there twice`);
    if (lengthOf(column) !== length) throw new DataError(`${file}: the column '${column.name}': expected ${length} rows, as the first column has, got ${lengthOf(column)}`);
    byName.set(column.name, column);
  }
  return {
    file, length, place,
    columns: [...byName.keys()],
    column(name) {
      const column = byName.get(name);
      if (!column) throw new DataError(`${file}: there is no column '${name}': expected one of ${listed([...byName.keys()])}`);
      return column;
    },
  };
}

/** What stands in a row as text, a number as JavaScript writes it; null where it is missing. */
export function textAt(column: Column, row: number): string | null {
  if (column.type === 'text') return column.texts[column.codes[row] ?? -1] ?? null;
  const value = column.values[row] ?? NaN;
  return Number.isNaN(value) ? null : String(value);
}

/** The error for a value in a row that is not what was expected. */
export function wrongValue(table: Table, row: number, column: Column, expected: string): DataError {
  const value = textAt(column, row);
  return new DataError(`${table.file}: ${table.place(row)}: column '${column.name}': expected ${expected}, got ${value === null ? 'nothing' : `'${shortened(value)}'`}`);
}

/** At most 20 names in quotes. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => `'${shortened(name)}'`).join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown || 'none';
}

/** At most 60 characters of a text that may be a whole note. */
export const shortened = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

const lengthOf = (column: Column): number => (column.type === 'number' ? column.values : column.codes).length;
