/** Reptile: each task trains a copy of the trunk for an epoch; then the trunk goes some of the way to their mean. */
import { ConfigError, SGD, add, affine, assign, backward } from '../engine/index.ts';
import type { ParameterArena } from '../engine/index.ts';
import { headOptimizers } from './heads.ts';
import type { Method } from './method.ts';
import { stretchesOf } from './stretches.ts';
import { assignValues, twinOf } from './twin.ts';

/**
 * `theta <- (1 - alpha) theta + alpha mean W`, which is `theta - alpha/T sum (theta - W_t)`; in this form, exactly theta for alpha 0 and exactly the
 * mean for alpha 1.
 */
export function approachMean(theta: ParameterArena, copies: readonly ParameterArena[], alpha: number): void {
  using _scope = theta.device.scope();
  const all = copies.map((copy) => stretchesOf(copy, copy.values));
  for (const [i, values] of stretchesOf(theta, theta.values).entries()) {
    const total = all.flatMap((stretches) => stretches[i] ?? []).reduce((a, b) => add(a, b));
    assign(values, add(affine(values, 1 - alpha, 0), affine(total, alpha / copies.length, 0)));
  }
}

export const reptile: Method = {
  name: 'reptile',
  family: 'meta-learning',
  summary: 'each task trains a copy of the trunk for an epoch, then the trunk goes some of the way to their mean',
  source: 'Nichol, Achiam and Schulman, "On First-Order Meta-Learning Algorithms", 2018; for tasks in parallel Thakur et al., AISTATS 2025, Algorithm A1',
  hyperparameters: {
    alpha: { default: 0.1, tuned: { 'patient-care': 0.1, ecg: 0.1, notes: 0.2, images: 0.2 }, range: [0, 1], summary: 'how much of the way' },
  },
  create({ model, tasks, lr, values }) {
    const { shared } = model;
    const alpha = Number(values.alpha);
    const copies = new Map(tasks.map((task) => {
      const copy = twinOf(shared);
      return [task, { copy, optimizer: new SGD(copy, { lr }) }];
    }));
    const arenas = [...copies.values()].map(({ copy }) => copy);
    const heads = headOptimizers(model, lr);
    return {
      step([term]) {
        const own = term && copies.get(term.task);
        if (!own) throw new ConfigError('a step needs a batch of one of the tasks');
        model.zeroGrad();
        own.copy.zeroGrad();
        backward(term.loss({ shared: own.copy }));
        own.optimizer.step();
        heads(term.task);
        return undefined;
      },
      endEpoch() {
        approachMean(shared, arenas, alpha);
        for (const copy of arenas) assignValues(copy, shared);
      },
      stateDict: async () => new Map(await Promise.all([...copies].map(async ([task, { copy }]) => [task, await copy.values.read() as Float32Array] as const))),
      loadStateDict(state) {
        for (const [task, { copy }] of copies) copy.values.write(state.get(task) ?? []);
      },
    };
  },
};
