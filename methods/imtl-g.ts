/** IMTL-G: the sum of gradients that has the same projection on each of them. */
import { Matrix, pseudoInverse } from 'ml-matrix';
import type { Gram } from './gram/gram.ts';
import { norms } from './gram/gram.ts';
import { gramRule } from './gram/gram-rule.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';

/** `d . g_i / ||g_i||` is the same for all tasks, and the weights sum to 1; all 0 where that cannot be. */
export function imtlgWeights(gram: Gram): number[] {
  const lengths = norms(gram);
  const solved = pseudoInverse(new Matrix(gram.map((row) => [...row]))).mmul(Matrix.columnVector(lengths)).to1DArray();
  const total = solved.reduce((sum, weight) => sum + weight, 0);
  // Opposite gradients: any multiple of a direction that is 0.
  const possible = Math.abs(total) > 1e-12 * solved.reduce((sum, weight) => sum + Math.abs(weight), 0);
  return solved.map((weight) => possible ? weight / total : 0);
}

export const imtlg: Method = {
  name: 'imtl-g',
  family: 'gradient manipulation',
  summary: 'the combination of gradients with equal projections on each of them',
  source: 'Liu et al., "Towards Impartial Multi-task Learning", ICLR 2021',
  hyperparameters: {},
  phases: joint,
  create: (context) => gramRule(context, { weigh: imtlgWeights }),
};
