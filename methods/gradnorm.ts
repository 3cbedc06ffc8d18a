/** GradNorm: loss weights under which the tasks' gradients in the last shared layer are as long as their rates of training ask for. */
import type { ParameterArena } from '../engine/index.ts';
import type { Gram } from './gram/gram.ts';
import { norms } from './gram/gram.ts';
import { gramRule } from './gram/gram-rule.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';

const LEAST = 1e-4;

/** What is learnt and remembered. */
export interface GradNormState {
  /** One for each task, at least `LEAST`; they sum to the number of tasks. */
  readonly weights: Float32Array;
  /** The losses of the first step; 0 until then. */
  readonly initial: Float32Array;
}

/**
 * The weights for this step, and those for the next in `state`: with `G_i = w_i ||g_i||`, a step of `lr` down `sum_i |G_i - mean(G) r_i^alpha|`, the
 * target taken as constant, `r_i = (L_i / L_i(0)) / mean`.
 */
export function gradnormWeights(gram: Gram, losses: readonly number[], state: GradNormState, alpha: number, lr: number): number[] {
  const { weights, initial } = state;
  const now = [...weights];
  if (initial.every((loss) => loss === 0)) initial.set(losses);
  const lengths = norms(gram);
  const weighted = lengths.map((length, i) => length * (now[i] ?? 1));
  const mean = weighted.reduce((a, b) => a + b, 0) / now.length;
  const rates = losses.map((loss, i) => loss / (initial[i] ?? 1));
  const meanRate = rates.reduce((a, b) => a + b, 0) / now.length;
  const next = now.map((weight, i) => Math.max(LEAST, weight - lr * Math.sign((weighted[i] ?? 0) - mean * ((rates[i] ?? 1) / meanRate) ** alpha) * (lengths[i] ?? 0)));
  const total = next.reduce((a, b) => a + b, 0);
  weights.set(next.map((weight) => (weight * now.length) / total));
  return now;
}

/** Where the trunk's last layer lies: its parameters share all of their name but the last part. */
export function lastLayer({ segments, capacity }: ParameterArena): { readonly offset: number; readonly length: number } {
  const layer = (name: string): string => name.slice(0, name.lastIndexOf('.'));
  const last = layer(segments.at(-1)?.name ?? '');
  const offset = segments.find(({ name }) => layer(name) === last)?.offset ?? 0;
  return { offset, length: capacity - offset };
}

export const gradnorm: Method = {
  name: 'gradnorm',
  family: 'loss weighting',
  summary: 'loss weights that balance the tasks\' gradient norms by their rates of training',
  source: 'Chen et al., "GradNorm", ICML 2018',
  hyperparameters: {
    alpha: { default: 1.25, tuned: { 'patient-care': 0.75, notes: 0.25, ecg: 1.5, images: 1.25 }, range: [0, 10], summary: 'how strongly tasks that train slowly are favoured' },
    weightLr: { default: 0.025, range: [1e-6, 1], summary: 'learning rate of the weights' },
  },
  phases: joint,
  create(context) {
    const { alpha, weightLr } = context.values;
    const state = { weights: new Float32Array(context.tasks.length).fill(1), initial: new Float32Array(context.tasks.length) };
    return gramRule(context, {
      weigh: (gram, losses) => gradnormWeights(gram, losses, state, Number(alpha), Number(weightLr)),
      over: lastLayer(context.model.shared), weightHeads: true, memory: new Map(Object.entries(state)),
    });
  },
};
