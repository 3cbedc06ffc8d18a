/** Small tasks of every kind over the same sort of inputs: points in a cube, whose coordinates decide. */
import type { Dataset, Split, Task, TaskKind } from '../../data/index.ts';
import { random32 } from '../../data/index.ts';

export const KINDS: readonly TaskKind[] = ['multiclass', 'binary', 'multilabel', 'regression'];
const WIDTH: Readonly<Record<TaskKind, number>> = { multiclass: 3, binary: 1, multilabel: 3, regression: 2 };

/** What a point of at least three coordinates in [-1, 1] has for its target. */
const TARGETS: Readonly<Record<TaskKind, (x: readonly number[]) => number[]>> = {
  multiclass: ([a = 0, b = 0, c = 0]) => [[a, b, c].indexOf(Math.max(a, b, c))],
  binary: ([a = 0, b = 0]) => [a + b > 0 ? 1 : 0],
  multilabel: ([a = 0, b = 0, c = 0]) => [a > 0 ? 1 : 0, b > c ? 1 : 0, c > 0 ? 1 : 0],
  regression: ([a = 0, b = 0, c = 0]) => [a - b, 2 * c],
};

export interface KindOptions {
  readonly features?: number;
  readonly train?: number;
  /** Share of the targets that is missing. */
  readonly missing?: number;
}

function split(kind: TaskKind, length: number, key: number, { features = 6, missing = 0 }: KindOptions): Split {
  const inputs = Float32Array.from({ length: length * features }, (_, i) => (random32(key, i) % 2001) / 1000 - 1);
  const all = Array.from({ length }, (_, i) => TARGETS[kind]([...inputs.subarray(i * features, (i + 1) * features)])).flat();
  const lost = (i: number): boolean => (random32(key + 1, i) % 1000) / 1000 < missing;
  return { length, inputs, targets: kind === 'multiclass' ? Int32Array.from(all, (target, i) => lost(i) ? -1 : target) : Float32Array.from(all, (target, i) => lost(i) ? NaN : target) };
}

export function kindTask(kind: TaskKind, key: number, options: KindOptions = {}): Task {
  const part = (n: number, offset: number): Split => split(kind, n, key + offset, options);
  return { name: kind, kind, classes: WIDTH[kind], inputShape: [options.features ?? 6], train: part(options.train ?? 60, 0), validation: part(40, 10), test: part(60, 20) };
}

export const kindsDataset = (options: KindOptions = {}): Dataset => ({ name: 'kinds', tasks: KINDS.map((kind, i) => kindTask(kind, 100 * i, options)) });
