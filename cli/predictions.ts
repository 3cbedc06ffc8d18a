/** What a model's outputs say, row by row. */
import { sigmoid, softmax } from '../analysis/index.ts';
import type { TaskEncoding, TaskInfo } from '../data/index.ts';

/** A column of the answer: a value for each row. */
export interface PredictedColumn {
  readonly name: string;
  readonly values: readonly (string | number)[];
}

/**
 * - `multiclass`: the class, and the probability of each.
 * - `binary`: 0 or 1 (or what they were called), and the probability of 1.
 * - `multilabel`: the probability of each label.
 * - `regression`: each number.
 *
 * Columns are called by the task, and behind a point by the class, label or number.
 * @param outputs of the task's head, `[rows, classes]`
 * @param encoding what classes and labels are called; default their numbers
 */
export function predictedColumns({ name, kind, classes }: TaskInfo, outputs: Float32Array, encoding?: TaskEncoding): PredictedColumn[] {
  const rows = outputs.length / classes;
  const at = (row: number, c: number): number => outputs[row * classes + c] ?? NaN;
  const each = <T>(of: (row: number) => T): T[] => Array.from({ length: rows }, (_, row) => of(row));
  const called = (c: number): string | number => encoding?.classes[c]?.[0] ?? c;
  const part = (c: number): string => `${name}.${encoding?.columns[c] ?? c}`;
  switch (kind) {
    case 'multiclass': {
      const probabilities = each((row) => softmax(outputs.subarray(row * classes, (row + 1) * classes), classes));
      return [
        { name, values: probabilities.map((p) => called(p.indexOf(Math.max(...p)))) },
        ...Array.from({ length: classes }, (_, c) => ({ name: `${name}.p(${called(c)})`, values: probabilities.map((p) => p[c] ?? NaN) })),
      ];
    }
    case 'binary': {
      const probabilities = each((row) => sigmoid(at(row, 0)));
      return [{ name, values: probabilities.map((p) => called(p > 0.5 ? 1 : 0)) }, { name: `${name}.p(${called(1)})`, values: probabilities }];
    }
    case 'multilabel':
      return Array.from({ length: classes }, (_, c) => ({ name: `${part(c)}.p`, values: each((row) => sigmoid(at(row, c))) }));
    case 'regression':
      return Array.from({ length: classes }, (_, c) => ({ name: classes === 1 ? name : part(c), values: each((row) => at(row, c)) }));
  }
}
