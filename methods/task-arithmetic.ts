/** Task arithmetic: what fine-tuning for each task added to the trunk, added up. */
import { add, affine, assign } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { Method } from './method.ts';
import { MERGE, MERGING_OPTIONS, fineTuning, mergingPhases } from './merging/fine-tuning.ts';

/**
 * `theta_0 + lambda sum_t (theta_t - theta_0)`, as `(1 - lambda T) theta_0 + lambda sum_t theta_t`: exactly theta_0 for a lambda of 0, and exactly
 * theta_1 for one task and a lambda of 1.
 */
export function sumOfTasks(base: Tensor, tuned: readonly Tensor[], lambda: number): Tensor {
  return add(affine(base, 1 - lambda * tuned.length, 0), affine(tuned.reduce((a, b) => add(a, b)), lambda, 0));
}

/** Heads stay each task's own, as they are after fine-tuning. */
export const taskArithmetic: Method = {
  name: 'task-arithmetic',
  family: 'model merging',
  summary: 'copies of a common trunk, fine-tuned apart, merged by adding up what they learnt',
  source: 'Ilharco et al., "Editing Models with Task Arithmetic", ICLR 2023',
  hyperparameters: {
    ...MERGING_OPTIONS,
    lambda: { default: 0.3, range: [0, 2], summary: 'how much of what each task learnt is added; to be tuned by validation' },
  },
  phases: mergingPhases,
  create(context) {
    const { experts: { base, tuned }, rule } = fineTuning(context);
    return {
      ...rule,
      endPhase({ name }) {
        if (name !== MERGE) return;
        using _scope = base.device.scope();
        assign(context.model.shared.values, sumOfTasks(base.values, tuned.map(({ values }) => values), Number(context.values.lambda)));
      },
    };
  },
};
