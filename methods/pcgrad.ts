/** PCGrad: a gradient that conflicts with another's loses the part that does. */
import { shuffled, streamKey } from '../data/index.ts';
import type { Gram } from './gram/gram.ts';
import { times } from './gram/gram.ts';
import { gramRule } from './gram/gram-rule.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';

/**
 * `d = sum_i g_i'`, where g_i' is g_i made orthogonal, one after the other and in random order, to every other original gradient that it
 * points against. A gradient of length 0 is left out.
 * @param key of the random order
 */
export function pcgradWeights(gram: Gram, key: number): number[] {
  const total = gram.map(() => 0);
  for (const i of gram.keys()) {
    const own = gram.map((_, j) => Number(j === i));
    for (const j of shuffled(gram.length, key + i)) {
      const length = gram[j]?.[j] ?? 0;
      const along = times(gram, own)[j] ?? 0;
      if (j !== i && along < 0 && length > 0) own[j] = (own[j] ?? 0) - along / length;
    }
    for (const [j, weight] of own.entries()) total[j] = (total[j] ?? 0) + weight;
  }
  return total;
}

export const pcgrad: Method = {
  name: 'pcgrad',
  family: 'gradient manipulation',
  summary: 'conflicting gradients are projected onto each other\'s normal plane',
  source: 'Yu et al., "Gradient Surgery for Multi-Task Learning", NeurIPS 2020',
  hyperparameters: {},
  phases: joint,
  create: (context) => gramRule(context, { weigh: (gram, _losses, step) => pcgradWeights(gram, streamKey(context.seed, 'pcgrad', step)) }),
};
