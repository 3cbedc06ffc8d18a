/** SupSup: one network of random weights that never change, and for each task a mask of it. */
import { Adam } from '../engine/index.ts';
import { MultiTaskModel } from '../models/index.ts';
import { descend } from './descend.ts';
import type { HyperparameterValues, Method } from './method.ts';
import { checkOwn, ownOptimizers } from './own-optimizers.ts';
import { SCORES, fixedTrunk, supermasked } from './supermask.ts';
import type { SupermaskOptions } from './supermask.ts';

function optionsOf({ mask, k }: HyperparameterValues): SupermaskOptions {
  return { mask: mask === 'positive' ? 'positive' : 'top', k: Number(k) };
}

export const supsup: Method = {
  name: 'supsup',
  family: 'parameter isolation',
  summary: 'a mask of a fixed random network for each task, and a head; the task is told at prediction',
  source: 'Wortsman et al., "Supermasks in Superposition", NeurIPS 2020 (GG); Ramanujan et al., "What\'s Hidden in a Randomly Weighted Neural Network?", CVPR 2020',
  hyperparameters: {
    k: { default: 0.5, range: [1e-6, 1], summary: 'share of each tensor that a mask of kind top keeps' },
    mask: { default: 'top', range: ['top', 'positive'], summary: 'the scores largest in size in each tensor, or those from 0' },
    adamLr: { default: 0.001, range: [1e-8, 1], summary: 'learning rate of scores and heads; the paper\'s: 0.001' },
  },
  model({ device, trunk, tasks, seed }, values) {
    const made = trunk();
    return new MultiTaskModel(device, fixedTrunk(made), tasks, seed, supermasked(made, optionsOf(values)));
  },
  create({ model, values }) {
    checkOwn('supsup', model, SCORES);
    const own = ownOptimizers(model, (arena) => new Adam(arena, { lr: Number(values.adamLr) }));
    return {
      step([term]) {
        own.step(descend(model, term));
        return undefined;
      },
      stateDict: () => own.stateDict(),
      loadStateDict: (state) => own.loadStateDict(state),
    };
  },
};
