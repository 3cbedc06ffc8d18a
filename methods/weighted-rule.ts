/** The rule of methods that add up the tasks' losses, one way or another, and go back once. */
import { backward, concat, reshape } from '../engine/index.ts';
import type { Optimizer, Tensor } from '../engine/index.ts';
import type { MethodContext, UpdateRule } from './method.ts';
import { plainSGD } from './plain-sgd.ts';
import { within } from './state.ts';
import { eachTask } from './term.ts';

export interface LossSum {
  /** The losses `[tasks]`, in the order of the tasks, to the one that is differentiated. */
  readonly total: (losses: Tensor) => Tensor;
  /** What else learns, by the same backward pass, and its state: weights of the losses, for example. */
  readonly learners?: Readonly<Record<string, Optimizer & { readonly arena: { zeroGrad(): void; readonly values: Tensor } }>>;
  /** After the step: the losses as they were, and a way to ask for them again. */
  readonly afterwards?: (before: Tensor, again: () => Tensor) => void;
}

export function weightedRule({ model, tasks, lr }: MethodContext, { total, learners = {}, afterwards }: LossSum): UpdateRule {
  const update = plainSGD(model, lr);
  return {
    step(terms) {
      const losses = (): Tensor => concat(eachTask(tasks, terms).map((term) => reshape(term.loss(), [1])));
      model.zeroGrad();
      for (const { arena } of Object.values(learners)) arena.zeroGrad();
      const before = losses();
      backward(total(before));
      update(tasks);
      if (afterwards) afterwards(before.detach(), losses);
      else for (const learner of Object.values(learners)) learner.step();
      return undefined;
    },
    async stateDict() {
      const state = new Map<string, Float32Array | Uint32Array>();
      for (const [name, learner] of Object.entries(learners)) {
        state.set(name, await learner.arena.values.read() as Float32Array);
        for (const [part, data] of await learner.stateDict()) state.set(`${name}.${part}`, data);
      }
      return state;
    },
    loadStateDict(state) {
      for (const [name, learner] of Object.entries(learners)) {
        learner.arena.values.write(state.get(name) ?? []);
        learner.loadStateDict(within(state, `${name}.`));
      }
    },
  };
}
