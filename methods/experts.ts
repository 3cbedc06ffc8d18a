/** What methods share that put a mixture of experts into the trunk: its options, and the model. */
import { ConfigError } from '../engine/index.ts';
import { MultiTaskModel, mixtureOfExperts } from '../models/index.ts';
import type { Blueprint, Hyperparameter, HyperparameterValues } from './method.ts';

export const EXPERT_OPTIONS: Readonly<Record<string, Hyperparameter>> = {
  experts: { default: 8, range: [1, 1024], summary: 'number of experts, in place of the trunk\'s last fully connected layer' },
  top: { default: 4, range: [1, 1024], summary: 'how many of them an input takes' },
  router: { default: 'perTask', range: ['perTask', 'shared'], summary: 'a router for each task, which learns as its head does, or one for all' },
  renormalise: { default: 'off', range: ['off', 'on'], summary: 'whether the probabilities of the chosen experts are scaled to a sum of 1' },
  noise: { default: 'on', range: ['on', 'off'], summary: 'whether the routers\' logits get normal noise in training, its deviation learnt' },
};

/** @throws ConfigError for more chosen experts than there are */
export function modelOfExperts({ device, trunk, tasks, seed }: Blueprint, { experts, top, router, renormalise, noise }: HyperparameterValues): MultiTaskModel {
  const dense = mixtureOfExperts({ experts: Number(experts), top: Number(top), router: router === 'shared' ? 'shared' : 'perTask', renormalise: renormalise === 'on', noise: noise === 'on' });
  return new MultiTaskModel(device, trunk(dense), tasks, seed);
}

/** @throws ConfigError for a model without a mixture of experts */
export function checkExperts(method: string, { shared, name }: MultiTaskModel): void {
  if (!shared.segments.some((segment) => /\.experts\.\d+\.weight$/.test(segment.name))) throw new ConfigError(`${method} needs a trunk with a mixture of experts, and ${name} has none: build the model by buildModel`);
}
