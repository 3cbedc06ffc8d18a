/** Nash-MTL: the direction on which the tasks would agree if each bargained for its own loss. */
import { LuDecomposition, Matrix } from 'ml-matrix';
import type { Gram } from './gram/gram.ts';
import { norms, squaredNorm } from './gram/gram.ts';
import { gramRule } from './gram/gram-rule.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';

const STEPS = 100;
/** Newton's decrement at which the weights are exact to rounding. */
const EXACT = 1e-12;
/** Weights of unit gradients beyond which there is no agreement: the gradients cancel. */
const UNBOUNDED = 1e6;

/**
 * The weights with `G w = 1 / w`, the minimum of `w' G w / 2 - sum_i log w_i`, found by Newton's method, damped, on gradients of unit length.
 * Then `||d||^2` is the number of tasks, so d is scaled down to `maxNorm`. All weights are 0 where the tasks cannot agree (a gradient of length
 * 0, or gradients that cancel).
 */
export function nashWeights(gram: Gram, maxNorm: number): number[] {
  const none = gram.map(() => 0);
  const lengths = norms(gram);
  if (lengths.some((length) => !(length > 0))) return none;
  const cosines = gram.map((row, i) => row.map((value, j) => value / ((lengths[i] ?? 1) * (lengths[j] ?? 1))));
  let w = gram.map(() => 1);
  for (let step = 0; step < STEPS; step++) {
    const slope = cosines.map((row, i) => 1 / (w[i] ?? 1) - row.reduce((sum, value, j) => sum + value * (w[j] ?? 1), 0));
    const hessian = cosines.map((row, i) => row.map((value, j) => value + (i === j ? 1 / (w[i] ?? 1) ** 2 : 0)));
    const move = new LuDecomposition(new Matrix(hessian)).solve(Matrix.columnVector(slope)).to1DArray();
    const decrement = Math.sqrt(Math.max(0, move.reduce((sum, value, i) => sum + value * (slope[i] ?? 0), 0)));
    const damping = decrement < 0.25 ? 1 : 1 / (1 + decrement);
    w = w.map((value, i) => value + damping * (move[i] ?? 0));
    if (!(Math.max(...w) < UNBOUNDED)) return none;
    if (decrement < EXACT) break;
  }
  const weights = w.map((value, i) => value / (lengths[i] ?? 1));
  const scale = Math.min(1, maxNorm / Math.sqrt(squaredNorm(gram, weights)));
  return weights.map((weight) => weight * scale);
}

export const nashMTL: Method = {
  name: 'nash-mtl',
  family: 'gradient manipulation',
  summary: 'the step on which the tasks would agree in a bargain',
  source: 'Navon et al., "Multi-Task Learning as a Bargaining Game", ICML 2022; solved exactly by Newton\'s method',
  hyperparameters: { maxNorm: { default: 1, range: [1e-6, 1e6], summary: 'longest step of the trunk, before the learning rate; exact Nash has the square root of the number of tasks' } },
  phases: joint,
  create: (context) => gramRule(context, { weigh: (gram) => nashWeights(gram, Number(context.values.maxNorm)) }),
};
