/** Several trunks as experts, and a gate for each task that mixes them for each input. */
import { ConfigError, add, eq, mul, reshape, softmax, stack, sum, tensor, where } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import { linear } from './layers/linear.ts';
import type { Trunk } from './multi-task-model.ts';
import { prefixed } from './prefixed.ts';

export interface MultiGateOptions {
  /** Makes an expert. */
  readonly trunk: () => Trunk;
  /** How many there are, from 1. */
  readonly experts: number;
  /** Values of one input, of whatever shape: what the gates look at. */
  readonly inputs: number;
  /** Whether a task may use an expert. What it may not has weight and gradient of exactly 0 there. Default: all may all. */
  readonly open?: (task: string, expert: number) => boolean;
}

/**
 * `sum of g_e f_e(x)` over experts, with `g = softmax(W_t x + b_t)` of the input's values, padding (NaN) taken as 0. Experts are called `experts.E.` and what they are in
 * the trunk; `gate.weight` and `gate.bias` are each task's own. Observed: `gate.weights`, `[n, experts]`,
 * and `experts`, what each makes of the inputs, `[n, experts, features]`.
 * Source: Ma et al., "Modeling Task Relationships in Multi-task Learning with Multi-gate Mixture-of-Experts", KDD 2018.
 * @throws ConfigError for no experts, and for inputs that are no values: token numbers
 */
export function multiGate({ trunk, experts: count, inputs, open = () => true }: MultiGateOptions): Trunk {
  if (!Number.isSafeInteger(count) || count < 1) throw new ConfigError(`multiGate: experts: expected a whole number from 1, got ${count}`);
  const experts = Array.from({ length: count }, (_, i) => prefixed(trunk(), `experts.${i}.`));
  const gate = linear('gate', inputs, count);
  const [{ name, features } = { name: '', features: 0 }] = experts;
  return {
    name: `${name}-experts`,
    layers: [...experts.flatMap(({ layers }) => layers), { specs: [], ownSpecs: gate.specs, forward: (x, _shared, mode) => gate.forward(x, mode.own, mode) }],
    features,
    forward(x, p, mode) {
      if (x.dtype !== 'float32') throw new ConfigError('multiGate: gates look at values, and these inputs are token numbers');
      const n = x.shape[0] ?? 0;
      let logits = gate.forward(reshape(where(eq(x, x), x, 0), [n, inputs]), mode.own, mode); // [n, experts]
      const closed = Float32Array.from(experts, (_, i) => open(mode.task, i) ? 0 : -Infinity);
      if (closed.some((value) => value !== 0)) logits = add(logits, tensor(x.device, closed));
      const weights: Tensor = softmax(logits);
      mode.observe?.('gate.weights', weights);
      const values = stack(experts.map((expert) => expert.forward(x, p, mode)), 1); // [n, experts, features]
      mode.observe?.('experts', values);
      return sum(mul(values, reshape(weights, [n, count, 1])), { axes: [1] }); // [n, features]
    },
  };
}
