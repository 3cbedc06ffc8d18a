/** Tasks from a table: columns to inputs and targets, rows to splits. */
import { ConfigError } from '../../engine/errors.ts';
import { checkTask } from '../check-task.ts';
import { encodeInputs, fitInputs, inputWidth, type InputColumn, type InputEncoding } from './tabular-inputs.ts';
import { divideRows, type Division, type DivisionSpec } from './tabular-split.ts';
import { encodeTargets, targetEncoding, type TargetEncoding, type TargetSpec } from './tabular-targets.ts';
import { textAt, type Table } from './table.ts';
import type { Split, Task, TaskKind } from '../task.ts';

export interface TabularTask extends TargetSpec {
  /** The task's own inputs. Default: those of all. */
  readonly inputs?: readonly InputColumn[];
  /** Only rows with this value in that column are the task's. */
  readonly where?: { readonly column: string; readonly equals: string | number };
}

export interface TabularSpec extends DivisionSpec {
  readonly tasks: readonly TabularTask[];
  /** Default: every column that no task predicts or chooses its rows by, and that is neither the group nor the split. */
  readonly inputs?: readonly InputColumn[];
}

/** What was learned about one task's columns: JSON, to be kept with a model. */
export interface TaskEncoding extends TargetEncoding {
  readonly name: string;
  readonly kind: TaskKind;
  readonly inputs: readonly InputEncoding[];
}

export interface TabularEncoding {
  readonly tasks: readonly TaskEncoding[];
}

export interface Tabular {
  readonly tasks: readonly Task[];
  readonly encoding: TabularEncoding;
}

/**
 * - The split is one for all tasks; a task whose `where` leaves some rows out is smaller.
 * - Inputs are fitted on the training rows of the whole table, so that tasks with the same inputs get the same values: numbers are standardised, a missing one is the mean and, where
 *   any is missing in training, has a second value that says so; text is one-hot by the training rows' categories.
 * - Targets of a regression stay in their units. Rows without a label stay, with the label missing.
 * @throws {DataError} a column that is not there, a label or a number that is none, with its line
 * @throws {ConfigError} a description that contradicts itself
 */
export function tabularTasks(table: Table, spec: TabularSpec): Tabular {
  const { tasks, inputs } = spec;
  if (tasks.length === 0) throw new ConfigError('tasks: expected at least one');
  if (new Set(tasks.map(({ name }) => name)).size < tasks.length) throw new ConfigError('tasks: expected names that differ');
  const division = divideRows(table, spec);
  const common = inputs ?? defaultInputs(table, spec);
  const fitted = new Map<readonly InputColumn[], InputEncoding[]>();
  const made = tasks.map((task) => {
    const target = targetEncoding(table, task);
    const columns = task.inputs ?? common;
    for (const input of columns) {
      const name = typeof input === 'string' ? input : input.column;
      if (target.columns.includes(name)) throw new ConfigError(`task ${task.name}: expected inputs beside its labels, got the label '${name}' among them`);
    }
    const learned = fitted.get(columns) ?? fitInputs(table, columns, division.train);
    fitted.set(columns, learned);
    const encoding: TaskEncoding = { name: task.name, kind: task.kind, inputs: learned, ...target };
    return { encoding, task: taskOf(table, task, encoding, division) };
  });
  return { tasks: made.map(({ task }) => task), encoding: { tasks: made.map(({ encoding }) => encoding) } };
}

/**
 * New rows as a task's inputs `[rows, width]`, as they were in training; labels need not be there.
 * @throws {DataError} a column that is not there, or text where numbers were
 */
export function encodeRows(encoding: TaskEncoding, table: Table): Float32Array {
  return encodeInputs(encoding.inputs, table);
}

/** The types with which new rows have to be read, for `CsvOptions.types`: a file without a category may look like numbers. */
export function encodedTypes({ inputs }: TaskEncoding): Record<string, 'number' | 'text'> {
  return Object.fromEntries(inputs.map(({ column, as }) => [column, as === 'number' ? 'number' : 'text'] as const));
}

function taskOf(table: Table, task: TabularTask, encoding: TaskEncoding, division: Division): Task {
  const mine = chooser(table, task);
  // In the order of the file, so that the first wrong label is the one that is named.
  encodeTargets(table, task.kind, encoding, Uint32Array.from({ length: table.length }, (_, row) => row).filter(mine));
  const split = (all: Uint32Array): Split => {
    const rows = all.filter(mine);
    return { length: rows.length, inputs: encodeInputs(encoding.inputs, table, rows), targets: encodeTargets(table, task.kind, encoding, rows) };
  };
  return checkTask({
    name: task.name, kind: task.kind,
    classes: task.kind === 'multiclass' ? encoding.classes.length : encoding.columns.length,
    inputShape: [inputWidth(encoding.inputs)],
    train: split(division.train), validation: split(division.validation), test: split(division.test),
  });
}

function chooser(table: Table, { where }: TabularTask): (row: number) => boolean {
  if (!where) return () => true;
  const column = table.column(where.column);
  return (row) => textAt(column, row) === String(where.equals);
}

function defaultInputs(table: Table, { tasks, group, split }: TabularSpec): string[] {
  const taken = new Set([group, split, ...tasks.flatMap(({ column, columns = [], where }) => [column, ...columns, where?.column])]);
  return table.columns.filter((name) => !taken.has(name));
}
