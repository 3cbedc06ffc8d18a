/** MGDA: the direction in which every task's loss falls, and the slowest falls fastest. */
import type { Gram } from './gram/gram.ts';
import { times } from './gram/gram.ts';
import { minimizeOnSimplex } from './gram/simplex.ts';

/** `d = argmin ||sum_i w_i g_i||` over weights that are not negative and sum to 1: 0 where no direction is good for all tasks. */
export function mgdaWeights(gram: Gram): number[] {
  return minimizeOnSimplex(gram.length, (weights) => times(gram, weights));
}
