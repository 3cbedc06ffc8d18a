/** The Gram matrix of several tasks' gradients, `G[i][j] = g_i . g_j`: all that many methods need to know of them. */
import { NumericsError, pairIndex } from '../../engine/index.ts';

export type Gram = readonly (readonly number[])[];

/** `G w`: the products of each gradient with the sum that the weights make. */
export function times(gram: Gram, weights: readonly number[]): number[] {
  return gram.map((row) => row.reduce((total, value, j) => total + value * (weights[j] ?? 0), 0));
}

/** Squared length of the sum that the weights make: never negative, whatever the rounding. */
export function squaredNorm(gram: Gram, weights: readonly number[]): number {
  return Math.max(0, times(gram, weights).reduce((total, value, i) => total + value * (weights[i] ?? 0), 0));
}

/** Length of each gradient. */
export function norms(gram: Gram): number[] {
  return gram.map((row, i) => Math.sqrt(Math.max(0, row[i] ?? 0)));
}

/**
 * From its upper half as the device gives it: (0, 0), (0, 1), ..., (1, 1), ...
 * @throws NumericsError naming the tasks whose gradients are not finite
 */
export function gramOf(values: Float32Array, tasks: readonly string[]): Gram {
  const gram = tasks.map((_a, i) => tasks.map((_b, j) => values[pairIndex(tasks.length, i, j)] ?? NaN));
  const bad = tasks.filter((_, i) => !Number.isFinite(gram[i]?.[i]));
  if (bad.length > 0) throw new NumericsError(`the gradients of ${bad.join(', ')} are not finite: lower the learning rate. The last checkpoint is from before`);
  return gram;
}
