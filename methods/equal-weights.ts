/** Hard parameter sharing, jointly: every step goes down the sum of all tasks' losses. */
import { sum } from '../engine/index.ts';
import type { Method } from './method.ts';
import { joint } from './phase.ts';
import { weightedRule } from './weighted-rule.ts';

export const equalWeights: Method = {
  name: 'equal-weights',
  family: 'hard parameter sharing',
  summary: 'SGD on the sum of the tasks\' losses, a batch of each in every step',
  source: 'Caruana, "Multitask Learning", 1997',
  hyperparameters: {},
  phases: joint,
  create: (context) => weightedRule(context, { total: (losses) => sum(losses) }),
};
