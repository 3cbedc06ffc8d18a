/** Plain hard parameter sharing: every batch of every task moves the whole trunk. The baseline that the others must beat. */
import { descend } from './descend.ts';
import type { Method } from './method.ts';
import { plainSGD } from './plain-sgd.ts';

export const alternatingSGD: Method = {
  name: 'alternating-sgd',
  family: 'hard parameter sharing',
  summary: 'SGD on the batches of each task in turn',
  source: 'Caruana, "Multitask Learning", 1997',
  hyperparameters: {},
  create({ model, lr }) {
    const update = plainSGD(model, lr);
    return {
      step([term]) {
        const task = descend(model, term);
        update([task]);
        return undefined;
      },
    };
  },
};
