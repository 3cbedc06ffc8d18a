/** Uncertainty weighting: each task's loss is divided by a variance that is learnt. */
import { Generator, ParameterArena, SGD, add, affine, exp, mul, neg, sum, zeros } from '../engine/index.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';
import { weightedRule } from './weighted-rule.ts';

/** `sum_i e^(-s_i) L_i / 2 + s_i / 2`, s_i the logarithm of task i's variance, which starts at 0. */
export const uncertainty: Method = {
  name: 'uncertainty',
  family: 'loss weighting',
  summary: 'each loss divided by its task\'s learnt variance',
  source: 'Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses", CVPR 2018',
  hyperparameters: {},
  phases: joint,
  create(context) {
    const arena = new ParameterArena(context.model.shared.device, [{ name: 's', shape: [context.tasks.length], init: (device, shape) => zeros(device, shape) }], new Generator(0));
    const s = arena.get('s');
    return weightedRule(context, {
      total: (losses) => affine(sum(add(mul(exp(neg(s)), losses), s)), 0.5, 0),
      learners: { logVariances: new SGD(arena, { lr: context.lr }) },
    });
  },
};
