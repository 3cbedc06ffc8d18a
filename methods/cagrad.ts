/** CAGrad: near the mean gradient, the direction that is best for the task that gains least. */
import type { Gram } from './gram/gram.ts';
import { squaredNorm, times } from './gram/gram.ts';
import { minimizeOnSimplex } from './gram/simplex.ts';
import { gramRule } from './gram/gram-rule.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';

/**
 * `d = g_0 + c ||g_0|| g_w / ||g_w||`, g_0 the mean, g_w the mean by those weights on the simplex that minimise `g_w . g_0 + c ||g_0|| ||g_w||`.
 * @param c radius relative to the mean's length, in [0, 1): 0 is the mean
 */
export function cagradWeights(gram: Gram, c: number): number[] {
  const n = gram.length;
  const mean = gram.map(() => 1 / n);
  const radius = c * Math.sqrt(squaredNorm(gram, mean));
  const products = times(gram, mean);
  const lengthOf = (weights: readonly number[]): number => Math.sqrt(squaredNorm(gram, weights));
  const weights = minimizeOnSimplex(n, (w) => {
    const length = lengthOf(w);
    return times(gram, w).map((value, i) => (products[i] ?? 0) + (length > 0 ? (radius * value) / length : 0));
  });
  const length = lengthOf(weights);
  return mean.map((value, i) => value + (length > 0 ? (radius / length) * (weights[i] ?? 0) : 0));
}

export const cagrad: Method = {
  name: 'cagrad',
  family: 'gradient manipulation',
  summary: 'near the mean gradient, the direction that is best for the task that gains least',
  source: 'Liu et al., "Conflict-Averse Gradient Descent for Multi-task Learning", NeurIPS 2021',
  hyperparameters: { c: { default: 0.5, range: [0, 0.999], summary: 'how far from the mean gradient, relative to its length; 0 is the mean' } },
  phases: joint,
  create: (context) => gramRule(context, { weigh: (gram) => cagradWeights(gram, Number(context.values.c)) }),
};
