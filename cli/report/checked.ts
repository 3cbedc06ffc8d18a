/** Parts of a document read from JSON, each checked to be what it should. */
import { DataError } from '../../engine/errors.ts';

/** @returns the error: what was expected where, and what is there */
export const wrong = (file: string, where: string, expected: string, got: unknown): DataError =>
  new DataError(`${file}: ${where}: expected ${expected}, got ${Array.isArray(got) ? `a list of ${got.length}` : got === null ? 'null' : typeof got === 'number' ? String(got) : `a value of type ${typeof got}`}`);

export function record(found: unknown, file: string, where: string): Readonly<Record<string, unknown>> {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw wrong(file, where, 'an object', found);
  return found as Readonly<Record<string, unknown>>;
}

export function items(found: unknown, file: string, where: string): readonly unknown[] {
  if (!Array.isArray(found)) throw wrong(file, where, 'a list', found);
  return found;
}

export function text(found: unknown, file: string, where: string): string {
  if (typeof found !== 'string') throw wrong(file, where, 'a text', found);
  return found;
}

export const names = (found: unknown, file: string, where: string): string[] => items(found, file, where).map((name, i) => text(name, file, `${where}[${i}]`));

/** Null is NaN. @param most the largest magnitude; default: any */
export function number(found: unknown, file: string, where: string, most?: number): number {
  if (found === null) return NaN;
  if (typeof found !== 'number' || (most !== undefined && Math.abs(found) > most + 1e-4)) throw wrong(file, where, most === undefined ? 'a number' : `a number from ${-most} to ${most}`, found);
  return found;
}

/** A matrix. @param most the largest magnitude; default: any */
export function numbers(found: unknown, file: string, where: string, rows: number, columns: number, most?: number): number[][] {
  const lines = items(found, file, where);
  if (lines.length !== rows) throw wrong(file, where, `${rows} rows`, found);
  return lines.map((line, i) => {
    const row = items(line, file, `${where}[${i}]`);
    if (row.length !== columns) throw wrong(file, `${where}[${i}]`, `${columns} numbers`, row);
    return row.map((value, j) => number(value, file, `${where}[${i}][${j}]`, most));
  });
}
