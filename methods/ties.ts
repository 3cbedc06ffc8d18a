/** TIES-Merging: task arithmetic without small changes and without those whose signs lost the vote. */
import { assign, tensor } from '../engine/index.ts';
import { changesOf } from './merging/changes.ts';
import { MERGE, MERGING_OPTIONS, fineTuning, mergingPhases } from './merging/fine-tuning.ts';
import { agreeing, disjoint } from './merging/trimming.ts';
import type { Method } from './method.ts';

/** `theta_0 + lambda m`: m is, place by place, the mean (or sum) of the tasks' trimmed changes that have the sign of their sum. Over the whole trunk, on the host. */
export const ties: Method = {
  name: 'ties',
  family: 'model merging',
  summary: 'copies of a common trunk, fine-tuned apart, merged by their largest changes that agree in sign',
  source: 'Yadav et al., "TIES-Merging: Resolving Interference When Merging Models", NeurIPS 2023',
  hyperparameters: {
    ...MERGING_OPTIONS,
    keep: { default: 0.2, range: [0, 1], summary: 'share of each task\'s changes that is kept, the largest' },
    merge: { default: 'mean', range: ['mean', 'sum'], summary: 'how the changes that agree become one' },
    lambda: { default: 1, range: [0, 4], summary: 'how much of the merged change is added; to be tuned by validation' },
  },
  phases: mergingPhases,
  create(context) {
    const { experts, rule } = fineTuning(context);
    const { shared } = context.model;
    const { keep, merge, lambda } = context.values;
    return {
      ...rule,
      async endPhase({ name }) {
        if (name !== MERGE) return;
        const { base, changes } = await changesOf(experts);
        const change = disjoint(agreeing(changes, Math.round(Number(keep) * shared.size)), merge === 'sum' ? 'sum' : 'mean');
        using _scope = shared.device.scope();
        assign(shared.values, tensor(shared.device, base.map((value, i) => value + Number(lambda) * (change[i] ?? 0))));
      },
    };
  },
};
