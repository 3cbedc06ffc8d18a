/** Random loss weighting (Lin et al., "Reasonable Effectiveness of Random Weighting", TMLR 2022): every step goes down the losses by weights drawn anew. */
import { affine, mul, randn, softmax, sum } from 'lazygrad';
import { joint, weightedRule } from 'lazygrad/methods';
import type { Method } from 'lazygrad/methods';

/** `sum_i w_i L_i`, `w = T softmax(z)`, z normal with the given deviation. */
export const randomWeights: Method = {
  name: 'random-weights',
  family: 'loss weighting',
  summary: 'loss weights drawn anew for every step',
  source: 'Lin et al., TMLR 2022',
  hyperparameters: { deviation: { default: 1, range: [0, 10], summary: 'of the weights\' logits; 0 weighs all tasks alike' } },
  phases: joint, // each step has a batch of every task
  create(context) {
    const { model, tasks, values } = context;
    return weightedRule(context, {
      total(losses) {
        const logits = affine(randn(losses.device, [tasks.length], model.generator), Number(values.deviation), 0);
        return affine(sum(mul(softmax(logits), losses)), tasks.length, 0);
      },
    });
  },
};
