/** APO over a trunk with a mixture of experts: experts are claimed as any other tensor. */
import { PRESETS } from '../apo/index.ts';
import { apo } from './apo.ts';
import { EXPERT_OPTIONS, checkExperts, modelOfExperts } from './experts.ts';
import type { Method } from './method.ts';

/**
 * Every expert's weight and bias is a tensor of the shared trunk with a threshold of its own. Routers of the tasks' own learn as heads do; a shared one would be
 * claimed by the first task and damped for all others. `idle` is `skip` by default, because a threshold is relative to its tensor: an expert that nobody
 * chose would otherwise be claimed, a quarter of it, by the task at hand.
 */
export const apoMoE: Method = {
  name: 'apo-moe',
  family: 'parameter isolation',
  summary: 'APO over a trunk with a mixture of experts, each expert a tensor to be claimed',
  source: 'Thakur et al., "Information Transfer Across Clinical Tasks via Adaptive Parameter Optimisation", AISTATS 2025, with Chen et al., "Mod-Squad", CVPR 2023',
  hyperparameters: { ...EXPERT_OPTIONS, ...apo.hyperparameters },
  presets: { ...PRESETS, default: { ...PRESETS.default, idle: 'skip' } },
  model: modelOfExperts,
  create(context) {
    checkExperts('apo-moe', context.model);
    const values = Object.fromEntries(Object.entries(context.values).filter(([name]) => !Object.hasOwn(EXPERT_OPTIONS, name)));
    return apo.create({ ...context, values });
  },
};
