/** Tasks from texts with labels: clinical notes as token numbers. */
import { checkTask } from '../check-task.ts';
import { divideRows, type DivisionSpec } from '../tables/tabular-split.ts';
import { encodeTargets, targetEncoding, type TargetSpec } from '../tables/tabular-targets.ts';
import { wrongValue, textAt, type Table } from '../tables/table.ts';
import type { Split, Task } from '../task.ts';

export interface NotesSpec extends DivisionSpec {
  readonly tasks: readonly TargetSpec[];
}

/** Texts as `TextTokenizer.encode` gives them. */
export interface Tokens {
  /** `[texts, length]`, row-major, filled up with the padding. */
  readonly ids: Int32Array;
  readonly length: number;
  /** How many texts lost their end. */
  readonly truncated: number;
}

/**
 * The texts of a column, to be tokenised.
 * @throws {DataError} a row without a text, with its line
 */
export function textsOf(table: Table, name: string): string[] {
  const column = table.column(name);
  return Array.from({ length: table.length }, (_, row) => {
    const text = textAt(column, row);
    if (text === null) throw wrongValue(table, row, column, 'a text');
    return text;
  });
}

/**
 * One task for each group of labels, all with the same token inputs `[length]` and one split, as for `tabularTasks`.
 * @param tokens of the table's rows
 * @throws {DataError} a column that is not there, or a label that is none, with its line
 * @throws {ConfigError} a description that contradicts itself
 */
export function noteTasks(table: Table, { ids, length }: Tokens, spec: NotesSpec): Task[] {
  const division = divideRows(table, spec);
  return spec.tasks.map((task) => {
    const encoding = targetEncoding(table, task);
    const split = (rows: Uint32Array): Split => {
      const inputs = new Int32Array(rows.length * length);
      rows.forEach((row, i) => inputs.set(ids.subarray(row * length, (row + 1) * length), i * length));
      return { length: rows.length, inputs, targets: encodeTargets(table, task.kind, encoding, rows) };
    };
    const classes = task.kind === 'multiclass' ? encoding.classes.length : encoding.columns.length;
    return checkTask({ name: task.name, kind: task.kind, classes, inputShape: [length], train: split(division.train), validation: split(division.validation), test: split(division.test) });
  });
}
