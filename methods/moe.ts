/** Mod-Squad: experts that tasks choose among, and a loss that makes them choose differently. */
import type { Tensor } from '../engine/index.ts';
import { mutualInformationLoss } from '../models/index.ts';
import { descendAll } from './descend.ts';
import { EXPERT_OPTIONS, checkExperts, modelOfExperts } from './experts.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';
import { plainSGD } from './plain-sgd.ts';
import { eachTask } from './term.ts';

const SUFFIX = '.probabilities';

/**
 * SGD down `sum_t L_t - miWeight sum over layers of I(task; expert)`, a batch of each task in every step, which the information needs. `P(expert | task)`
 * is the mean of the router's probabilities over the task's batch, and tasks count alike.
 */
export const moe: Method = {
  name: 'moe',
  family: 'mixture of experts',
  summary: 'each task takes a few of a layer\'s experts for each input, and experts are made to tell tasks apart',
  source: 'Chen et al., "Mod-Squad", CVPR 2023',
  hyperparameters: {
    ...EXPERT_OPTIONS,
    miWeight: { default: 0.005, range: [0, 10], summary: 'weight of the mutual information of task and expert; the paper\'s: 0.0005 to 0.005' },
  },
  phases: joint,
  model: modelOfExperts,
  create({ model, tasks, lr, values }) {
    checkExperts('moe', model);
    const weight = Number(values.miWeight);
    const update = plainSGD(model, lr);
    return {
      step(terms) {
        const seen = new Map<string, Tensor[]>();
        const observe = (name: string, value: Tensor): void => {
          if (name.endsWith(SUFFIX)) seen.set(name, [...seen.get(name) ?? [], value]);
        };
        const losses = eachTask(tasks, terms).map((term) => term.loss({ observe }));
        const information = weight > 0 ? [...seen.values()].map((layer) => mutualInformationLoss(layer, { weight })) : [];
        descendAll(model, [...losses, ...information]);
        update(tasks);
        return undefined;
      },
    };
  },
};
