/** Targets as a model itself would have them: drawn from the distribution that its outputs stand for. */
import { add, argmax, lt, log, neg, rand, randn, sigmoid, where } from '../engine/index.ts';
import type { Generator, Tensor } from '../engine/index.ts';
import type { TaskKind } from '../models/index.ts';

type Sample = (outputs: Tensor, generator: Generator) => Tensor;

/** Variance 1/2: the one whose negative logarithm is the squared error, but for a constant. */
const DEVIATION = Math.SQRT1_2;

const labels: Sample = (outputs, generator) => where(lt(rand(outputs.device, outputs.shape, generator), sigmoid(outputs)), 1, 0);

const KINDS: Readonly<Record<TaskKind, Sample>> = {
  // Gumbel's noise on the logits: the largest is class c with probability softmax_c.
  multiclass: (outputs, generator) => argmax(add(outputs, neg(log(neg(log(rand(outputs.device, outputs.shape, generator)))))), { axis: 1 }),
  binary: labels,
  multilabel: labels,
  regression: (outputs, generator) => add(outputs, randn(outputs.device, outputs.shape, generator, 0, DEVIATION)),
};

/**
 * A class by softmax, labels by their logistic probabilities, or numbers from normal distributions around the outputs. Off the tape; a captured
 * step draws anew at every replay.
 * @param outputs `[n, classes]`
 * @returns targets as `taskLoss` takes them, none of them missing
 */
export function sampleTargets(kind: TaskKind, outputs: Tensor, generator: Generator): Tensor {
  return KINDS[kind](outputs.detach(), generator).detach();
}
