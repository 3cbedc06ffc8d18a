/** Plain hard parameter sharing: every batch of every task moves the whole trunk. The baseline that the others must beat. */
import { SGD } from '../engine/index.ts';
import { descend } from './descend.ts';
import { headOptimizers } from './heads.ts';
import type { Method } from './method.ts';

export const alternatingSGD: Method = {
  name: 'alternating-sgd',
  family: 'hard parameter sharing',
  summary: 'SGD on the batches of each task in turn',
  source: 'Caruana, "Multitask Learning", 1997',
  hyperparameters: {},
  create({ model, lr }) {
    const trunk = new SGD(model.shared, { lr });
    const heads = headOptimizers(model, lr);
    return {
      step([term]) {
        const task = descend(model, term);
        trunk.step();
        heads(task);
        return undefined;
      },
    };
  },
};
