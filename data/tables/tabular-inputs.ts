/** Columns as numbers that a model can take: fitted on some rows, kept as plain JSON, applied to any. */
import { ConfigError } from '../../engine/errors.ts';
import { numberIn } from './cells.ts';
import { textAt, wrongValue, type Column, type Table } from './table.ts';

/** What a column becomes; all of it is JSON. */
export type InputEncoding =
  | {
      readonly column: string;
      readonly as: 'number';
      /** Of the values that are there in the rows fitted on; 0 when there are none. */
      readonly mean: number;
      /** Their standard deviation, over n; 1 when it is 0. */
      readonly scale: number;
      /** Whether a second value says 1 where the first is missing: when any is, in the rows fitted on. */
      readonly indicator: boolean;
    }
  | {
      readonly column: string;
      /** `one-hot`: a value per category. `integer`: the number of the category from 1, 0 for what is missing or unknown. */
      readonly as: 'one-hot' | 'integer';
      /** Those of the rows fitted on, in the order of their UTF-16 code units. */
      readonly categories: readonly string[];
    };

/** A column by its name, numbers as such and text one-hot, or with what to make of it. */
export type InputColumn = string | { readonly column: string; readonly as: InputEncoding['as'] };

/** One-hot columns wider than that are names, not categories. */
const MOST_CATEGORIES = 1000;

/**
 * Learns what {@link encodeInputs} does.
 * @param rows to fit on: those of the training split
 * @throws {DataError} no such column, or text in a column that is to be numbers
 * @throws {ConfigError} a one-hot column with more than 1,000 categories
 */
export function fitInputs(table: Table, inputs: readonly InputColumn[], rows: Uint32Array): InputEncoding[] {
  return inputs.map((input) => {
    const column = table.column(typeof input === 'string' ? input : input.column);
    const as = typeof input === 'string' ? (column.type === 'number' ? 'number' : 'one-hot') : input.as;
    if (as === 'number') return fitNumber(table, column, rows);
    const categories = [...new Set(Array.from(rows, (row) => textAt(column, row)))].filter((text) => text !== null).sort();
    if (as === 'one-hot' && categories.length > MOST_CATEGORIES) throw new ConfigError(`${table.file}: column '${column.name}' has ${categories.length} different texts, more than ${MOST_CATEGORIES}: leave it out of the inputs, or take it as integer`);
    return { column: column.name, as, categories };
  });
}

/** Values that one row becomes. */
export function inputWidth(encodings: readonly InputEncoding[]): number {
  return encodings.reduce((sum, each) => sum + widthOf(each), 0);
}

/**
 * Rows as `[rows, inputWidth]`, row-major. A number becomes (value - mean) / scale and 0 where it is missing; a category that was not fitted
 * on, and a missing one, is all zeros.
 * @param rows default: all
 * @throws {DataError} a column that is not there, or text where numbers were fitted
 */
export function encodeInputs(encodings: readonly InputEncoding[], table: Table, rows: Uint32Array = Uint32Array.from({ length: table.length }, (_, row) => row)): Float32Array {
  const width = inputWidth(encodings);
  const out = new Float32Array(rows.length * width);
  let at = 0;
  for (const encoding of encodings) {
    const column = table.column(encoding.column);
    const put = putter(encoding, table, column);
    rows.forEach((row, i) => put(row, out, i * width + at));
    at += widthOf(encoding);
  }
  return out;
}

const widthOf = (encoding: InputEncoding): number => (encoding.as === 'one-hot' ? encoding.categories.length : encoding.as === 'number' && encoding.indicator ? 2 : 1);

function putter(encoding: InputEncoding, table: Table, column: Column): (row: number, out: Float32Array, at: number) => void {
  if (encoding.as === 'number') {
    const { mean, scale, indicator } = encoding;
    const values = numbersOf(table, column);
    return (row, out, at) => {
      const value = values(row);
      out[at] = Number.isNaN(value) ? 0 : (value - mean) / scale;
      if (indicator) out[at + 1] = Number.isNaN(value) ? 1 : 0;
    };
  }
  const numbers = new Map(encoding.categories.map((category, number) => [category, number]));
  return (row, out, at) => {
    const number = numbers.get(textAt(column, row) ?? '');
    if (encoding.as === 'integer') out[at] = number === undefined ? 0 : number + 1;
    else if (number !== undefined) out[at + number] = 1;
  };
}

function fitNumber(table: Table, column: Column, rows: Uint32Array): InputEncoding {
  const value = numbersOf(table, column);
  const there = Float64Array.from(rows, value).filter((each) => !Number.isNaN(each));
  const average = (of: Float64Array): number => (of.length === 0 ? 0 : of.reduce((sum, each) => sum + each, 0) / of.length);
  const mean = average(there);
  const scale = Math.sqrt(average(there.map((each) => (each - mean) ** 2)));
  return { column: column.name, as: 'number', mean, scale: scale > 0 ? scale : 1, indicator: there.length < rows.length };
}

/** A column's numbers, also of one that is text because of others. @throws {DataError} for a row with text that is no number, when it is asked for */
export function numbersOf(table: Table, column: Column): (row: number) => number {
  return (row) => {
    if (column.type === 'number') return column.values[row] ?? NaN;
    const text = textAt(column, row);
    const value = text === null ? NaN : numberIn(text);
    if (value === null) throw wrongValue(table, row, column, 'a number');
    return value;
  };
}
