/** DWA: more weight for tasks whose loss falls slowly, from epoch to epoch. */
import { mul, sum, tensor } from '../engine/index.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';
import { weightedRule } from './weighted-rule.ts';

/** `w_i = T softmax(r_i / temperature)`, r_i the last epoch's loss over that of the epoch before. They sum to the number of tasks T. */
export function dwaWeights(last: readonly number[], before: readonly number[], temperature: number): number[] {
  const ratios = last.map((loss, i) => loss / (before[i] ?? loss) / temperature);
  const largest = Math.max(...ratios);
  const powers = ratios.map((ratio) => Math.exp(ratio - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => (power * last.length) / total);
}

export const dwa: Method = {
  name: 'dwa',
  family: 'loss weighting',
  summary: 'more weight for losses that fell little in the last epoch',
  source: 'Liu, Johns and Davison, "End-to-End Multi-Task Learning with Attention", CVPR 2019',
  hyperparameters: { temperature: { default: 2, range: [0.01, 100], summary: 'the higher, the more equal the weights' } },
  phases: joint,
  create(context) {
    const { tasks, model, values } = context;
    const weights = tensor(model.shared.device, new Float32Array(tasks.length).fill(1));
    // Of the last epoch and the one before; 0 until there was one.
    const history = { weights: new Float32Array(tasks.length).fill(1), last: new Float32Array(tasks.length) };
    return {
      ...weightedRule(context, { total: (losses) => sum(mul(losses, weights)) }),
      endEpoch(losses) {
        const now = Float32Array.from(tasks, (task) => losses.get(task) ?? NaN);
        if (history.last.every((loss) => loss > 0)) history.weights.set(dwaWeights([...now], [...history.last], Number(values.temperature)));
        history.last.set(now);
        weights.write(history.weights);
      },
      stateDict: () => Promise.resolve(new Map(Object.entries(history).map(([name, data]) => [name, data.slice()]))),
      loadStateDict(state) {
        for (const [name, data] of Object.entries(history)) data.set(state.get(name) ?? []);
        weights.write(history.weights);
      },
    };
  },
};
