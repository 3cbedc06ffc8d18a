/** Single-task learning: a model for each task, and nothing shared. What every multi-task method has to beat. */
import { ConfigError, SGD } from '../engine/index.ts';
import type { OptimizerState } from '../engine/index.ts';
import { MultiTaskModel, unshared } from '../models/index.ts';
import { descend } from './descend.ts';
import type { Method } from './method.ts';
import { within } from './state.ts';

/**
 * `theta_t -= lr v_t`, `v_t = momentum v_t + grad L_t(theta_t)`, for the trunk and the head of each task alone. All trunks start from the same values. The
 * task's own best epoch is what `selection: 'best-per-task'` measures.
 */
export const stl: Method = {
  name: 'stl',
  family: 'single task',
  summary: 'a trunk and a head for each task, trained apart by SGD',
  source: 'the baseline of all comparisons',
  hyperparameters: { momentum: { default: 0, range: [0, 0.999], summary: 'momentum of SGD, which no other method has; the paper has some here and does not state it: 0.9 would be usual' } },
  model: ({ device, trunk, tasks, seed }) => new MultiTaskModel(device, unshared(trunk(), seed), tasks, seed),
  create({ model, tasks, lr, values }) {
    if (model.shared.size > 0) throw new ConfigError(`stl trains tasks apart, and this model's tasks share ${model.shared.size} parameters: build it by buildModel, or of an unshared trunk`);
    const optimizers = new Map([...model.heads].map(([task, arena]) => [task, new SGD(arena, { lr, momentum: Number(values.momentum) })]));
    return {
      step([term]) {
        optimizers.get(descend(model, term))?.step();
        return undefined;
      },
      async stateDict() {
        const state = new Map<string, Float32Array | Uint32Array>();
        for (const task of tasks) for (const [name, data] of await optimizers.get(task)?.stateDict() ?? []) state.set(`${task}.${name}`, data);
        return state;
      },
      loadStateDict(state: OptimizerState) {
        for (const task of tasks) optimizers.get(task)?.loadStateDict(within(state, `${task}.`));
      },
    };
  },
};
