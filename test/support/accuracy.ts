/** How accurate the gradients are: with LAZYGRAD_ACCURACY=FILE, every comparison adds a line to that file; `npm run bench:accuracy` sums them up. */
import { appendFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'vitest';
import type { NDArray } from '../reference/array.ts';

export interface AccuracyLine {
  /** Name of the test file. */
  readonly file: string;
  /** Euclidean norm of the difference over that of the expected gradient; where its terms cancel to less than a thousandth, over that of these. */
  readonly error: number;
}

const file = process.env.LAZYGRAD_ACCURACY;

const length = ({ data }: NDArray): number => Math.sqrt(data.reduce((sum, e) => sum + e * e, 0));

/** @param sizes the sizes of the terms of each element */
export function recordAccuracy(actual: ArrayLike<number>, expected: NDArray, sizes: NDArray): void {
  if (!file) return;
  const { data } = expected;
  const norm = Math.max(length(expected), length(sizes) / 1000);
  if (!(norm > 0 && norm < Infinity)) return;
  const error = Math.sqrt(data.reduce((sum, e, i) => sum + (actual[i]! - e) ** 2, 0)) / norm;
  const line: AccuracyLine = { file: basename(expect.getState().testPath ?? '', '.test.ts'), error };
  appendFileSync(file, `${JSON.stringify(line)}\n`);
}
