/** How much the choice of experts tells about the task, as something to be trained (Chen et al., "Mod-Squad", 2023). */
import { ConfigError, ShapeError, affine, clamp, log, mean, mul, reshape, stack, sub, sum } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';

/** Below it a logarithm is that of this: its product with a probability of 0 is 0, and so has a finite derivative. */
const LEAST = 1e-30;

/** The sum of `p log p`. */
function negativeEntropy(p: Tensor): Tensor {
  return sum(mul(p, log(clamp(p, LEAST, Infinity))));
}

/**
 * `sum of P(t, e) log(P(t, e) / (P(t) P(e)))`, in nats, of a joint distribution `[tasks, experts]`: from 0 to `log(min(tasks, experts))`.
 * @throws ShapeError unless of rank 2
 */
export function mutualInformation(joint: Tensor): Tensor {
  if (joint.rank !== 2) throw new ShapeError(`mutualInformation: expected [tasks, experts], got [${joint.shape.join(', ')}]`);
  return sub(sub(negativeEntropy(joint), negativeEntropy(sum(joint, { axes: [1] }))), negativeEntropy(sum(joint, { axes: [0] })));
}

export interface MutualInformationOptions {
  /** Above 0; the paper has 0.0005 to 0.005. */
  readonly weight: number;
  /** P(t), one for each task, with a sum of 1; default: all alike. */
  readonly frequencies?: readonly number[];
}

/**
 * `-weight * I(task; expert)`, where P(e | t) is the mean of a task's probabilities `[..., experts]`, as a mixture of experts lets them be observed.
 * Where each step has the batch of one task only, what was seen of the others, `[1, experts]` each, stands for them.
 * @param probabilities one tensor a task
 * @throws ConfigError, ShapeError
 * @example
 * const seen: Tensor[] = [];
 * const logits = tasks.map((task) => model.forward(x, task, { observe: (name, value) => name === 'fc.probabilities' && seen.push(value) }));
 * const loss = add(taskLosses, mutualInformationLoss(seen, { weight: 0.005 }));
 */
export function mutualInformationLoss(probabilities: readonly Tensor[], { weight, frequencies }: MutualInformationOptions): Tensor {
  const tasks = probabilities.length;
  const shares = frequencies ?? probabilities.map(() => 1 / tasks);
  if (!(weight > 0 && weight < Infinity)) throw new ConfigError(`mutualInformationLoss: weight: expected a number above 0, got ${weight}`);
  if (tasks === 0 || shares.length !== tasks || shares.some((share) => !(share >= 0)) || Math.abs(shares.reduce((a, b) => a + b, 0) - 1) > 1e-6) throw new ConfigError(`mutualInformationLoss: expected frequencies of ${tasks} tasks with a sum of 1, got ${shares.join(', ') || 'none'}`);
  const rows = probabilities.map((p, task) => {
    const experts = p.shape.at(-1) ?? 0;
    return affine(mean(reshape(p, [p.size / experts, experts]), { axes: [0] }), shares[task] ?? 0, 0); // [experts]
  });
  return affine(mutualInformation(stack(rows)), -weight, 0);
}
