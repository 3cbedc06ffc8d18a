/** An optimizer for what each task has for itself: its head, and what a method gives it beside. */
import { ConfigError } from '../engine/index.ts';
import type { Optimizer, OptimizerState, ParameterArena } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';

/** What a task has for itself. @throws ConfigError for a task that the model does not have */
export function ownOf({ heads }: MultiTaskModel, task: string): ParameterArena {
  const arena = heads.get(task);
  if (!arena) throw new ConfigError(`the model has no head for task ${task}`);
  return arena;
}

/** @throws ConfigError unless every task has parameters whose names begin so */
export function checkOwn(method: string, { heads }: MultiTaskModel, prefix: string): void {
  for (const [task, { segments }] of heads) {
    if (!segments.some(({ name }) => name.startsWith(prefix))) throw new ConfigError(`method ${method} needs a model in which task ${task} has parameters ${prefix}*: make it with buildModel`);
  }
}

export interface OwnOptimizers {
  /** @throws ConfigError for a task that the model does not have */
  step(task: string): void;
  stateDict(): Promise<Map<string, Float32Array | Uint32Array>>;
  loadStateDict(state: OptimizerState): void;
}

export function ownOptimizers(model: MultiTaskModel, make: (arena: ParameterArena) => Optimizer): OwnOptimizers {
  const optimizers = new Map([...model.heads].map(([task, arena]) => [task, make(arena)]));
  // By number: one task's name may begin as another's does.
  const numbered = [...optimizers.values()].map((optimizer, i) => [`own.${i}.`, optimizer] as const);
  return {
    step(task) {
      const optimizer = optimizers.get(task);
      if (!optimizer) throw new ConfigError(`the model has no head for task ${task}`);
      optimizer.step();
    },
    async stateDict() {
      const state = new Map<string, Float32Array | Uint32Array>();
      for (const [prefix, optimizer] of numbered) for (const [part, data] of await optimizer.stateDict()) state.set(prefix + part, data);
      return state;
    },
    loadStateDict(state) {
      for (const [prefix, optimizer] of numbered) optimizer.loadStateDict(new Map([...state].flatMap(([name, data]) => name.startsWith(prefix) ? [[name.slice(prefix.length), data] as const] : [])));
    },
  };
}
