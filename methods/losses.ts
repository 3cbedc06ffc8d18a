/** The loss of each kind of task, over the targets that are there. */
import { MISSING_CLASS } from '../data/index.ts';
import type { Task } from '../data/index.ts';
import { affine, binaryCrossEntropyWithLogits, crossEntropy, div, eq, huberLoss, mseLoss, ne, sum, where } from '../engine/index.ts';
import type { Reduction, Tensor } from '../engine/index.ts';

export interface TaskLoss {
  /** Over the targets that are there; 0 when there are none. Shape []. */
  readonly mean: Tensor;
  /** Over the same. Shape []. */
  readonly sum: Tensor;
}

interface Kind {
  /** `missing` says whether targets may be missing: with none that could be, the loss needs no mask. */
  readonly loss: (outputs: Tensor, targets: Tensor, reduction: Reduction, missing: boolean, task: LossTask) => Tensor;
  /** True for the targets that are there. */
  readonly present: (targets: Tensor) => Tensor;
}

export type LossTask = Pick<Task, 'kind' | 'huberDelta'>;

const isNumber = (targets: Tensor): Tensor => eq(targets, targets);

const labels: Kind = {
  loss: (outputs, targets, reduction, missing) => binaryCrossEntropyWithLogits(outputs, targets, { reduction, ...(missing && { mask: isNumber(targets) }) }),
  present: isNumber,
};

const KINDS: Readonly<Record<Task['kind'], Kind>> = {
  multiclass: {
    loss: (outputs, targets, reduction, missing) => crossEntropy(outputs, targets, { reduction, ...(missing && { ignoreIndex: MISSING_CLASS }) }),
    present: (targets) => ne(targets, MISSING_CLASS),
  },
  binary: labels,
  multilabel: labels,
  regression: {
    loss(outputs, targets, reduction, missing, { huberDelta: delta }) {
      const options = { reduction, ...(missing && { mask: isNumber(targets) }) };
      return delta === undefined ? mseLoss(outputs, targets, options) : huberLoss(outputs, targets, { ...options, delta });
    },
    present: isNumber,
  },
};

/**
 * Cross-entropy for classes, binary cross-entropy with logits for labels, squared or Huber's loss for numbers. What is missing (`MISSING_CLASS`
 * among classes, NaN elsewhere) has loss 0 and gradient 0, whatever the output.
 * @param outputs `[n, classes]`
 * @param targets `[n]` int32 for `multiclass`, else float32 of the outputs' shape
 * @param missing whether any target may be missing; default true. Without, a missing one is an error or NaN, and the loss takes fewer dispatches
 */
export function taskLoss(task: LossTask, outputs: Tensor, targets: Tensor, missing = true): TaskLoss {
  const { loss, present } = KINDS[task.kind];
  if (!missing) {
    const mean = loss(outputs, targets, 'mean', false, task);
    return { mean, sum: affine(mean, targets.size, 0) };
  }
  const total = loss(outputs, targets, 'sum', true, task);
  const count = sum(where(present(targets), 1, 0));
  return { mean: div(total, where(eq(count, 0), 1, count)), sum: total };
}
