/** MMoE: trunks as experts, mixed for each task by a gate of its own. */
import { ConfigError, sizeOf, sum } from '../engine/index.ts';
import { MultiTaskModel, multiGate } from '../models/index.ts';
import type { MultiGateOptions } from '../models/index.ts';
import type { Blueprint, Method } from './method.ts';
import { joint } from './phase.ts';
import { weightedRule } from './weighted-rule.ts';

/** @throws ConfigError when the shape of the inputs is not known */
export function gatedModel(method: string, { device, trunk, tasks, seed, inputShape }: Blueprint, options: Omit<MultiGateOptions, 'trunk' | 'inputs'>): MultiTaskModel {
  if (!inputShape) throw new ConfigError(`${method} needs the shape of the inputs, which its gates look at: inputShape`);
  return new MultiTaskModel(device, multiGate({ ...options, trunk: () => trunk(), inputs: sizeOf(inputShape) }), tasks, seed);
}

/** SGD on the sum of the losses of `head_t(sum_e g_te(x) f_e(x))`: the gates learn as the heads do. */
export const mmoe: Method = {
  name: 'mmoe',
  family: 'mixture of experts',
  summary: 'several trunks, which each task mixes for each input by a gate of its own',
  source: 'Ma et al., "Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts", KDD 2018',
  hyperparameters: { experts: { default: 8, range: [1, 256], summary: 'number of trunks; the paper\'s 8' } },
  phases: joint,
  model: (blueprint, { experts }) => gatedModel('mmoe', blueprint, { experts: Number(experts) }),
  create: (context) => weightedRule(context, { total: (losses) => sum(losses) }),
};
