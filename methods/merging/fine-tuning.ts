/** What methods share that merge models after training: a common trunk, a copy of it fine-tuned for each task, and their merge. */
import { SGD } from '../../engine/index.ts';
import type { ParameterArena } from '../../engine/index.ts';
import { descendAll } from '../descend.ts';
import { headOptimizers } from '../heads.ts';
import type { Hyperparameter, HyperparameterValues, MethodContext, UpdateRule } from '../method.ts';
import type { Phase } from '../phase.ts';
import { eachTask } from '../term.ts';
import type { Term } from '../term.ts';
import { assignValues, twinOf } from '../twin.ts';

export const MERGING_OPTIONS: Readonly<Record<string, Hyperparameter>> = {
  baseShare: { default: 0.5, range: [0, 0.95], summary: 'share of the epochs in which one trunk learns all tasks jointly, before each task fine-tunes a copy; 0 for a trunk that is pretrained' },
};

/** Names of the phases. */
export const BASE = 'base';
export const FINE_TUNE = 'fine-tune';
export const MERGE = 'merge';

/**
 * `baseShare` of the epochs, rounded, for the base; the rest, but at least one, for fine-tuning. The last epoch of fine-tuning is the phase
 * `merge`, after which the models are merged: a model is chosen from the last phase, and before that there is no merged one.
 */
export function mergingPhases(tasks: readonly string[], epochs: number, { baseShare }: HyperparameterValues): readonly Phase[] {
  const base = Math.min(epochs - 1, Math.round(epochs * Number(baseShare)));
  return [...basePhases(tasks, base, epochs - base - 1), { name: MERGE, tasks, mode: 'alternating', epochs: 1 }];
}

/** Those of no epochs are left out. */
export function basePhases(tasks: readonly string[], base: number, fineTune: number): readonly Phase[] {
  const phases: readonly Phase[] = [{ name: BASE, tasks, mode: 'joint', epochs: base }, { name: FINE_TUNE, tasks, mode: 'alternating', epochs: fineTune }];
  return phases.filter(({ epochs }) => epochs > 0);
}

/** The common trunk, and what each task made of it. */
export interface Experts {
  readonly base: ParameterArena;
  /** In the order of the tasks. */
  readonly tuned: readonly ParameterArena[];
}

export interface FineTuning {
  readonly experts: Experts;
  /** Steps of the base and of fine-tuning, and their state. The trunk of the model stays the base until a merge. */
  readonly rule: Required<Pick<UpdateRule, 'startPhase' | 'step' | 'stateDict' | 'loadStateDict'>>;
}

/** SGD on the sum of the losses; then for each task on its own copy of the trunk, and its head with it. */
export function fineTuning({ model, tasks, lr }: MethodContext): FineTuning {
  const base = twinOf(model.shared);
  const tuned = tasks.map(() => twinOf(model.shared));
  const trunk = new SGD(model.shared, { lr });
  const copies = tuned.map((arena) => new SGD(arena, { lr }));
  const heads = headOptimizers(model, lr);
  const begun = new Uint32Array(1);
  let joint = false;
  const jointStep = (terms: readonly Term[]): void => {
    descendAll(model, eachTask(tasks, terms).map((term) => term.loss()));
    trunk.step();
    for (const task of tasks) heads(task);
  };
  return {
    experts: { base, tuned },
    rule: {
      startPhase({ name }) {
        joint = name === BASE;
        if (joint || begun[0] === 1) return;
        begun[0] = 1;
        for (const arena of [base, ...tuned]) assignValues(arena, model.shared);
      },
      step(terms) {
        if (joint) {
          jointStep(terms);
          return undefined;
        }
        for (const term of terms) {
          const at = tasks.indexOf(term.task);
          const own = tuned[at];
          if (!own) continue;
          own.zeroGrad();
          descendAll(model, [term.loss({ shared: own })]);
          copies[at]?.step();
          heads(term.task);
        }
        return undefined;
      },
      async stateDict() {
        const arenas = await Promise.all([base, ...tuned].map(async ({ values }) => await values.read() as Float32Array));
        return new Map<string, Float32Array | Uint32Array>([['begun', begun.slice()], ...arenas.map((values, i) => [i === 0 ? 'base' : `tuned.${tasks[i - 1] ?? ''}`, values] as const)]);
      },
      loadStateDict(state) {
        begun.set(state.get('begun') ?? []);
        base.values.write(state.get('base') ?? []);
        for (const [i, task] of tasks.entries()) tuned[i]?.values.write(state.get(`tuned.${task}`) ?? []);
      },
    },
  };
}
