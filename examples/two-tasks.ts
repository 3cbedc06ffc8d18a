/** A data set made up on the spot: which of four numbers is the largest, and which the smallest. */
import type { Dataset, Split, Task } from 'lazygrad/data';

function split(length: number, start: number, pick: (values: readonly number[]) => number): Split {
  const rows = Array.from({ length }, (_, i) => Array.from({ length: 4 }, (_unused, j) => Math.sin(1 + 12.9898 * (start + i) + 78.233 * j) * 2));
  return { length, inputs: Float32Array.from(rows.flat()), targets: Int32Array.from(rows, (row) => row.indexOf(pick(row))) };
}

export function twoTasks(): Dataset {
  const task = (name: string, pick: (values: readonly number[]) => number): Task => ({
    name, kind: 'multiclass', classes: 4, inputShape: [4], train: split(64, 0, pick), validation: split(32, 100, pick), test: split(32, 200, pick),
  });
  return { name: 'extremes', tasks: [task('largest', (values) => Math.max(...values)), task('smallest', (values) => Math.min(...values))] };
}
