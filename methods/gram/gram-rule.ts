/** The rule of methods that weigh the gradients of all tasks by their Gram matrix: a pass back for each task, one read-back, one sum. */
import { GradientRows, SGD, assign, backward, concat, copy, mul, reshape, zeros } from '../../engine/index.ts';
import { headOptimizers } from '../heads.ts';
import type { MethodContext, UpdateRule } from '../method.ts';
import { eachTask } from '../term.ts';
import type { Gram } from './gram.ts';
import { gramOf } from './gram.ts';

export interface Weighing {
  /**
   * Weights of the tasks' gradients in the trunk's step, in the order of the tasks.
   * @param losses of the batches
   * @param step counted from 0, over the whole run
   */
  readonly weigh: (gram: Gram, losses: readonly number[], step: number) => readonly number[];
  /** The stretch of the trunk that the Gram matrix is taken over; default all of it. */
  readonly over?: { readonly offset: number; readonly length: number };
  /** Whether each head's gradient is weighted as the trunk's is; default false: heads take the gradient of their own task. */
  readonly weightHeads?: boolean;
  /** What `weigh` remembers, for checkpoints. */
  readonly memory?: ReadonlyMap<string, Float32Array>;
}

export function gramRule({ model, tasks, lr }: MethodContext, { weigh, over, weightHeads = false, memory = new Map() }: Weighing): UpdateRule {
  const { shared } = model;
  const rows = new GradientRows(shared, tasks.length);
  const weights = zeros(shared.device, [tasks.length]);
  const trunk = new SGD(shared, { lr });
  const heads = headOptimizers(model, lr);
  const state = new Map<string, Float32Array | Uint32Array>([...memory, ['steps', new Uint32Array(1)]]);
  const pairs = (tasks.length * (tasks.length + 1)) / 2;
  return {
    step(terms) {
      model.zeroGrad();
      const losses = eachTask(tasks, terms).map((term, i) => {
        shared.zeroGrad();
        const loss = term.loss();
        backward(loss);
        rows.take(i);
        return reshape(loss.detach(), [1]);
      });
      return concat([rows.products(over?.offset, over?.length), ...losses]);
    },
    decide(measured) {
      const counted = state.get('steps') ?? new Uint32Array(1);
      weights.write(Float32Array.from(weigh(gramOf(measured, tasks), [...measured.subarray(pairs)], counted[0] ?? 0)));
      counted[0] = (counted[0] ?? 0) + 1;
    },
    apply() {
      rows.combine(weights);
      trunk.step();
      for (const [i, task] of tasks.entries()) {
        const gradients = model.heads.get(task)?.gradients;
        if (weightHeads && gradients) assign(gradients, mul(copy(gradients), weights.view({ shape: [1], strides: [1], offset: i })));
        heads(task);
      }
    },
    stateDict: () => Promise.resolve(new Map([...state].map(([name, data]) => [name, data.slice()]))),
    loadStateDict(from) {
      for (const [name, data] of state) data.set(from.get(name) ?? []);
    },
  };
}
