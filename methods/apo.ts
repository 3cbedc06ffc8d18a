/** APO on the trunk, SGD on the heads. */
import { APO, DEFAULTS } from '../apo/index.ts';
import { headOptimizers } from './heads.ts';
import type { Method } from './method.ts';

export const apo: Method = {
  name: 'apo',
  family: 'parameter isolation',
  summary: 'each task claims the shared parameters it is sensitive to; other tasks move those only gently',
  source: 'Thakur et al., "Information Transfer Across Clinical Tasks via Adaptive Parameter Optimisation", AISTATS 2025, Algorithm 1',
  hyperparameters: {
    k: { default: DEFAULTS.k, range: [-10, 10], summary: 'threshold: |G| > mean + k std' },
    beta: { default: DEFAULTS.beta, range: [0, 0.999999], summary: 'decay of the gradient accumulator' },
    mu: { default: DEFAULTS.mu, range: [0, 1e6], summary: 'pull of protected parameters to their value at the end of the last epoch' },
    damping: { default: DEFAULTS.damping, range: [1, 1e9], summary: 'protected parameters move with lr / damping' },
    statistic: { default: DEFAULTS.statistic, range: ['magnitude', 'signed'], summary: 'threshold from |G| or from G' },
    accumulator: { default: DEFAULTS.accumulator, range: ['shared', 'perTask'], summary: 'one G for all tasks or one for each' },
  },
  create({ model, tasks, lr, values }) {
    const trunk = new APO(model.shared, tasks, {
      lr,
      k: Number(values.k), beta: Number(values.beta), mu: Number(values.mu), damping: Number(values.damping),
      statistic: values.statistic === 'signed' ? 'signed' : 'magnitude',
      accumulator: values.accumulator === 'perTask' ? 'perTask' : 'shared',
    });
    const heads = headOptimizers(model, lr);
    return {
      step(task) {
        trunk.step(task);
        heads(task);
      },
      endEpoch: () => trunk.endEpoch(),
      ownership: () => trunk.ownership(),
      stateDict: () => trunk.stateDict(),
      loadStateDict: (state) => trunk.loadStateDict(state),
    };
  },
};
