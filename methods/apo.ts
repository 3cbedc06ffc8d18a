/** APO on the trunk, SGD on the heads. */
import { APO, OPTIONS, PRESETS, factorsOf } from '../apo/index.ts';
import type { Choices } from '../apo/index.ts';
import type { TaskGroup } from '../data/index.ts';
import { descend } from './descend.ts';
import { headOptimizers } from './heads.ts';
import type { Hyperparameter, Method } from './method.ts';

/** Table A2. */
const TUNED: Readonly<Record<string, Readonly<Partial<Record<TaskGroup, number>>>>> = { k: { 'patient-care': 0.5, notes: 0.5, ecg: 0.75, images: 0.5 } };

const options = Object.fromEntries(Object.entries(OPTIONS).map(([name, spec]): [string, Hyperparameter] => {
  const value = PRESETS.default[name as keyof Choices];
  const tuned = TUNED[name];
  return [name, 'range' in spec ? { default: Number(value), ...(tuned && { tuned }), range: spec.range, summary: spec.summary } : { default: String(value), range: spec.words, summary: spec.summary }];
}));

export const apo: Method = {
  name: 'apo',
  family: 'parameter isolation',
  summary: 'each task claims the shared parameters it is sensitive to; other tasks move those only gently',
  source: 'Thakur et al., "Information Transfer Across Clinical Tasks via Adaptive Parameter Optimisation", AISTATS 2025, Algorithm 1',
  hyperparameters: { ...options, preset: { default: 'default', range: Object.keys(PRESETS), summary: 'what the options are that are not given; see docs/apo.md' } },
  presets: PRESETS,
  create({ model, tasks, lr, values }) {
    // The options' ranges and words were checked; APO checks them again.
    const trunk = new APO(model.shared, tasks, { lr, ...values });
    const heads = headOptimizers(model, lr);
    return {
      step([term]) {
        const task = descend(model, term);
        trunk.step(task);
        const head = model.heads.get(task);
        if (head) trunk.guard(head);
        heads(task);
        return undefined;
      },
      endEpoch: () => trunk.endEpoch(),
      check: () => trunk.check(),
      ownership: () => trunk.ownership(),
      tally: () => trunk.tally(),
      stepFactors: (task) => factorsOf(trunk, task),
      clearTally: () => trunk.clearTally(),
      stateDict: () => trunk.stateDict(),
      loadStateDict: (state) => trunk.loadStateDict(state),
    };
  },
};
