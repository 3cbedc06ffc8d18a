/** What was measured on a trained model, as kept in `analysis.json` of its run. */
import { DataError } from '../../engine/errors.ts';

export interface Matrix {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Row by row, in [-1, 1]; NaN (in JSON: null) where there is no value. */
  readonly values: readonly (readonly number[])[];
}

export interface RunAnalysis {
  /** Cosines between the gradients of the tasks' losses in the shared parameters. */
  readonly gradientCosines?: { readonly tasks: readonly string[]; readonly values: Matrix['values'] };
  /** How alike representations are, by centred kernel alignment, in [0, 1]. */
  readonly cka?: readonly (Matrix & { readonly title: string })[];
}

/** @param found as read from JSON, null for NaN or NaN itself @throws DataError naming the part that is not as `RunAnalysis` says */
export function checkAnalysis(found: unknown, file: string): RunAnalysis {
  const given = record(found, file, 'the document');
  const { gradientCosines, cka } = given;
  return {
    ...gradientCosines === undefined ? {} : { gradientCosines: cosines(gradientCosines, file) },
    ...cka === undefined ? {} : { cka: items(cka, file, 'cka').map((each, i) => alignment(each, file, `cka[${i}]`)) },
  };
}

function cosines(found: unknown, file: string): NonNullable<RunAnalysis['gradientCosines']> {
  const given = record(found, file, 'gradientCosines');
  const tasks = names(given.tasks, file, 'gradientCosines.tasks');
  return { tasks, values: numbers(given.values, file, 'gradientCosines.values', tasks.length, tasks.length) };
}

function alignment(found: unknown, file: string, where: string): NonNullable<RunAnalysis['cka']>[number] {
  const given = record(found, file, where);
  if (typeof given.title !== 'string') throw wrong(file, `${where}.title`, 'a text', given.title);
  const rows = names(given.rows, file, `${where}.rows`);
  const columns = names(given.columns, file, `${where}.columns`);
  return { title: given.title, rows, columns, values: numbers(given.values, file, `${where}.values`, rows.length, columns.length) };
}

const wrong = (file: string, where: string, expected: string, got: unknown): DataError =>
  new DataError(`${file}: ${where}: expected ${expected}, got ${Array.isArray(got) ? `a list of ${got.length}` : got === null ? 'null' : typeof got === 'number' ? String(got) : `a value of type ${typeof got}`}`);

function record(found: unknown, file: string, where: string): Readonly<Record<string, unknown>> {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw wrong(file, where, 'an object', found);
  return found as Readonly<Record<string, unknown>>;
}

function items(found: unknown, file: string, where: string): readonly unknown[] {
  if (!Array.isArray(found)) throw wrong(file, where, 'a list', found);
  return found;
}

const names = (found: unknown, file: string, where: string): string[] => items(found, file, where).map((name, i) => {
  if (typeof name !== 'string') throw wrong(file, `${where}[${i}]`, 'a text', name);
  return name;
});

function numbers(found: unknown, file: string, where: string, rows: number, columns: number): number[][] {
  const lines = items(found, file, where);
  if (lines.length !== rows) throw wrong(file, where, `${rows} rows`, found);
  return lines.map((line, i) => {
    const row = items(line, file, `${where}[${i}]`);
    if (row.length !== columns) throw wrong(file, `${where}[${i}]`, `${columns} numbers`, row);
    return row.map((value, j) => {
      if (value === null) return NaN;
      if (typeof value !== 'number' || value < -1.0001 || value > 1.0001) throw wrong(file, `${where}[${i}][${j}]`, 'a number from -1 to 1', value);
      return value;
    });
  });
}
