/** MGDA: the direction in which every task's loss falls, and the slowest falls fastest. */
import type { Gram } from './gram/gram.ts';
import { times } from './gram/gram.ts';
import { minimizeOnSimplex } from './gram/simplex.ts';
import { gramRule } from './gram/gram-rule.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';

/** `d = argmin ||sum_i w_i g_i||` over weights that are not negative and sum to 1: 0 where no direction is good for all tasks. */
export function mgdaWeights(gram: Gram): number[] {
  return minimizeOnSimplex(gram.length, (weights) => times(gram, weights));
}

export const mgda: Method = {
  name: 'mgda',
  family: 'gradient manipulation',
  summary: 'the shortest combination of the gradients, along which no loss rises',
  source: 'Désidéri, C. R. Math. 2012; Sener and Koltun, "Multi-Task Learning as Multi-Objective Optimization", NeurIPS 2018',
  hyperparameters: {},
  phases: joint,
  create: (context) => gramRule(context, { weigh: mgdaWeights }),
};
