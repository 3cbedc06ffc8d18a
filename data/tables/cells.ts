/** What a cell of a text file says, and the columns that cells make. */
import type { Column } from './table.ts';

/** What stands for a missing value when nothing else is said. */
export const MISSING_MARKERS: readonly string[] = ['', 'NA', 'NaN', '?', 'null'];

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d+$/;
const LEADING_ZERO = /^0\d+$/;

/** The finite number that a cell says in decimal notation, or null when it says none. */
export function numberIn(cell: string): number | null {
  if (!NUMBER.test(cell)) return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value : null;
}

/**
 * Whether a cell is better kept as text: it is no number, or it is a name made of digits, which a number would change. These are whole numbers with
 * a leading zero ('007') and those past 2^53.
 */
export function isName(cell: string): boolean {
  const value = numberIn(cell);
  return value === null || LEADING_ZERO.test(cell) || (WHOLE.test(cell) && !Number.isSafeInteger(value));
}

/** The cells of one column of which the length and the type are known. */
export interface ColumnWriter {
  /** Puts a cell into a row, null for a missing one. False, and nothing is put, when a number was expected. */
  put(row: number, cell: string | null): boolean;
  readonly column: Column;
}

/** Numbers are held as `float32` or else in double precision. */
export function columnWriter(name: string, type: Column['type'], length: number, float32 = false): ColumnWriter {
  return type === 'text' ? textWriter(name, length) : numberWriter(name, length, float32);
}

function numberWriter(name: string, length: number, float32: boolean): ColumnWriter {
  const values = (float32 ? new Float32Array(length) : new Float64Array(length)).fill(NaN);
  return {
    column: { type: 'number', name, values },
    put(row, cell) {
      if (cell === null) return true;
      const value = numberIn(cell);
      if (value !== null) values[row] = value;
      return value !== null;
    },
  };
}

function textWriter(name: string, length: number): ColumnWriter {
  const codes = new Int32Array(length).fill(-1);
  const texts: string[] = [];
  const known = new Map<string, number>();
  return {
    column: { type: 'text', name, codes, texts },
    put(row, cell) {
      if (cell === null) return true;
      let code = known.get(cell);
      if (code === undefined) {
        // A part of a string holds on to the whole of it, which is a chunk of the file.
        const own = ` ${cell}`.slice(1);
        code = texts.push(own) - 1;
        known.set(own, code);
      }
      codes[row] = code;
      return true;
    },
  };
}
