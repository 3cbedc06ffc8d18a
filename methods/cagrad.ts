/** CAGrad: near the mean gradient, the direction that is best for the task that gains least. */
import type { Gram } from './gram/gram.ts';
import { squaredNorm, times } from './gram/gram.ts';
import { minimizeOnSimplex } from './gram/simplex.ts';

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
