/** How alike the representations of a run's model are to those of single-task learning: figure 3 of the paper, for any data set. */
import { take } from '../data/index.ts';
import type { Dataset, Split, Task } from '../data/index.ts';
import { ConfigError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { compareRepresentations } from '../experiments/representations.ts';
import type { Rows } from '../experiments/representations.ts';
import { rowsOfStays } from '../experiments/similarity.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { Likeness } from './report/analysis.ts';

/** Samples of a batch, and batches, at most. */
const SIZE = 128;
const COUNT = 10;
/** Smaller batches say nothing. */
const LEAST = 4;

/**
 * On test samples. Undefined where some task has too few of them.
 * @param stays whether samples are of stays, the same and in the same order for all tasks, with one or more windows each
 * @param label of the shared model
 */
export async function likenessOf({ device, shared, alone, dataset: { tasks }, stays, label }: { readonly device: Device; readonly shared: MultiTaskModel; readonly alone: MultiTaskModel; readonly dataset: Dataset; readonly stays: boolean; readonly label: string }): Promise<Likeness | undefined> {
  const least = Math.min(...tasks.map(({ test }) => test.length));
  const size = Math.min(SIZE, Math.floor(least / 2));
  if (size < LEAST) return undefined;
  const aligned = stays ? stayRows(tasks, least, size * COUNT) : null;
  const rows = aligned ?? new Map(tasks.map((task) => [task.name, { task, split: first(task.test, size * COUNT) }]));
  const pairs = tasks.flatMap((a, i) => tasks.slice(i + 1).filter((b) => aligned !== null || sameInputs(a, b)).map((b): [string, string] => [a.name, b.name]));
  return { size, ...await compareRepresentations({ device, shared, alone, label, rows, pairs, size }) };
}

/** Null where some task has not so many windows for each stay. */
function stayRows(tasks: readonly Task[], all: number, stays: number): Rows | null {
  try {
    return new Map(tasks.map((task) => [task.name, { task, split: rowsOfStays(task, all, stays) }]));
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

const first = (split: Split, count: number): Split => take(split, Uint32Array.from({ length: Math.min(count, split.length) }, (_, i) => i));

/** Whether the test samples of both tasks are the same, row by row, as those of a table are that has a column for each task. */
function sameInputs({ test: a }: Task, { test: b }: Task): boolean {
  if (a.inputs === b.inputs) return true;
  if (a.length !== b.length || !ArrayBuffer.isView(a.inputs) || !ArrayBuffer.isView(b.inputs)) return false;
  const [x, y]: readonly ArrayLike<number>[] = [a.inputs, b.inputs];
  return x?.length === y?.length && Array.from(x ?? []).every((value, i) => Object.is(value, y?.[i]));
}
