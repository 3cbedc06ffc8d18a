/** Label columns as a task's targets. */
import { ConfigError } from '../../engine/errors.ts';
import { numbersOf } from './tabular-inputs.ts';
import { listed, textAt, wrongValue, type Column, type Table } from './table.ts';
import { MISSING_CLASS, type TaskKind } from '../task.ts';

/** A class by the value that stands for it, or by several that are one class. */
export type ClassValues = string | number | readonly (string | number)[];

export interface TargetSpec {
  readonly name: string;
  readonly kind: TaskKind;
  /** The label's column, or several: of a `multilabel` one for each label, of a `regression` one for each number. */
  readonly column?: string;
  readonly columns?: readonly string[];
  /**
   * The classes in their order. `binary` and `multilabel`: what means 0 and what means 1, default 0 and 1. `multiclass`: default 0, 1, 2, ... up to
   * the largest in a column of numbers, in one of text its values, sorted.
   */
  readonly classes?: readonly ClassValues[];
}

/** Of a task, as plain JSON. */
export interface TargetEncoding {
  readonly columns: readonly string[];
  /** The values that stand for each class; empty for a regression. */
  readonly classes: readonly (readonly string[])[];
}

/** @throws {ConfigError} columns or classes that do not suit the kind @throws {DataError} no such column */
export function targetEncoding(table: Table, { name, kind, column, columns = column === undefined ? [] : [column], classes }: TargetSpec): TargetEncoding {
  const wrong = (expected: string): ConfigError => new ConfigError(`task ${name}: expected ${expected}`);
  if (columns.length === 0) throw wrong('a column or columns');
  if ((kind === 'binary' || kind === 'multiclass') && columns.length !== 1) throw wrong(`one column for ${kind}, got ${columns.length}`);
  const found = columns.map((each) => table.column(each));
  if (kind === 'regression') {
    if (classes) throw wrong('no classes for a regression');
    return { columns, classes: [] };
  }
  const values = (classes ?? (kind === 'multiclass' ? classesOf(table, found[0]) : [0, 1])).map((each) => (typeof each === 'object' ? each : [each]).map(String));
  if (kind !== 'multiclass' && values.length !== 2) throw wrong(`two classes, what means 0 and what means 1, got ${values.length}`);
  if (new Set(values.flat()).size < values.flat().length || values.flat().length === 0) throw wrong(`classes that differ, got ${listed(values.flat())}`);
  return { columns, classes: values };
}

/**
 * Targets of these rows, as a split holds them, missing ones marked.
 * @throws {DataError} a label that is none, with its line
 */
export function encodeTargets(table: Table, kind: TaskKind, { columns, classes }: TargetEncoding, rows: Uint32Array): Int32Array | Float32Array {
  const width = columns.length;
  const out = kind === 'multiclass' ? new Int32Array(rows.length) : new Float32Array(rows.length * width);
  const numbers = new Map(classes.flatMap((values, number) => values.map((value) => [value, number] as const)));
  columns.forEach((name, at) => {
    const column = table.column(name);
    const number = numbersOf(table, column);
    rows.forEach((row, i) => {
      const text = textAt(column, row);
      let target: number | undefined = kind === 'regression' ? number(row) : numbers.get(text ?? '');
      if (text === null) target = kind === 'multiclass' ? MISSING_CLASS : NaN;
      if (target === undefined) throw wrongValue(table, row, column, `one of ${listed([...numbers.keys()])}`);
      out[i * width + at] = target;
    });
  });
  return out;
}

function classesOf(table: Table, column: Column | undefined): (string | number)[] {
  if (!column) return [];
  if (column.type === 'text') return [...column.texts].sort();
  let largest = -1;
  column.values.forEach((value, row) => {
    if (Number.isNaN(value)) return;
    if (!Number.isInteger(value) || value < 0 || value > 1e6) throw wrongValue(table, row, column, 'a class from 0, or classes to be given');
    largest = Math.max(largest, value);
  });
  return Array.from({ length: largest + 1 }, (_, label) => label);
}
