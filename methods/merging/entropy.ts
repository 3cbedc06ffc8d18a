/** How unsure a model is of what it says. */
import type { Task } from '../../data/index.ts';
import { ConfigError, affine, logSoftmax, mul, sigmoid, softmax, softplus, sub, sum } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';

const summed = (outputs: Tensor): Tensor => sum(mul(softmax(outputs), logSoftmax(outputs)));
/** `H(sigmoid(x)) = softplus(x) - x sigmoid(x)`. */
const ofLabels = (outputs: Tensor): Tensor => affine(sum(sub(softplus(outputs), mul(outputs, sigmoid(outputs)))), -1, 0);

const NEGATIVE: Readonly<Partial<Record<Task['kind'], (outputs: Tensor) => Tensor>>> = { multiclass: summed, binary: ofLabels, multilabel: ofLabels };

/**
 * Of the outputs of a kind of task, logits `[n, outputs]`: the mean over samples of the entropy of the classes' probabilities, or of the sum of the labels'
 * entropies, in nats.
 * @throws ConfigError for numbers, which have none
 */
export function entropyOf(kind: Task['kind']): (outputs: Tensor) => Tensor {
  const negative = NEGATIVE[kind];
  if (!negative) throw new ConfigError(`the outputs of a ${kind} task have no entropy: expected classes or labels`);
  return (outputs) => affine(negative(outputs), -1 / (outputs.shape[0] ?? 1), 0);
}
