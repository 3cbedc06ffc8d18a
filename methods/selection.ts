/** Which epoch's model a run ends with: chosen by validation alone. */
import { METRICS, TASK_METRIC } from '../analysis/metrics.ts';
import type { Metrics } from '../analysis/metrics.ts';
import type { Task } from '../data/index.ts';
import { CheckpointError, ConfigError } from '../engine/index.ts';
import type { ModelValue } from '../models/index.ts';

export const SELECTIONS = ['best', 'best-per-task', 'last'] as const;

/**
 * `best`: the one model that is best for the tasks on average. `best-per-task`: for each task the one that is best for it, which flatters methods
 * whose tasks take turns at being good. `last`: the last. The first of equals is kept.
 */
export type SelectionKind = (typeof SELECTIONS)[number];

/** @throws ConfigError */
export function checkSelection(kind: SelectionKind): void {
  if (!SELECTIONS.includes(kind)) throw new ConfigError(`selection: expected ${SELECTIONS.join(' or ')}, got ${kind}`);
}

export type ModelState = ReadonlyMap<string, ModelValue>;

interface Choice {
  readonly epoch: number;
  /** More is better. */
  readonly score: number;
  readonly state: ModelState;
}

type Validated = readonly Pick<Task, 'name' | 'kind'>[];

const MEAN = 'mean';
const TASK = 'task.';

export class Selection {
  readonly #tasks: Validated;
  /** Whose best is looked for: the mean's, each task's. */
  readonly #wanted: readonly string[];
  readonly #choices = new Map<string, Choice>();

  /** @throws ConfigError */
  constructor(kind: SelectionKind, tasks: Validated) {
    checkSelection(kind);
    this.#tasks = tasks;
    this.#wanted = kind === 'last' ? [] : kind === 'best' ? [MEAN] : [MEAN, ...tasks.map(({ name }) => TASK + name)];
  }

  /** An epoch is over. @param state asked for when it is better than those before */
  async consider(epoch: number, validation: readonly Metrics[], state: () => Promise<ModelState>): Promise<void> {
    const scores = this.#tasks.map(({ kind }, i) => score(TASK_METRIC[kind], validation[i] ?? {}));
    let now: ModelState | null = null;
    for (const wanted of this.#wanted) {
      const value = wanted === MEAN ? scores.reduce((a, b) => a + b, 0) / scores.length : scores[this.#tasks.findIndex(({ name }) => TASK + name === wanted)] ?? NaN;
      const before = this.#choices.get(wanted);
      // Without anything to choose by, the last epoch is as good as any.
      if (before && !Number.isNaN(value) && !(value > before.score)) continue;
      now ??= await state();
      this.#choices.set(wanted, { epoch, score: value, state: now });
    }
  }

  /** The model for all tasks. Null: as it is at the end. */
  get best(): Choice | null {
    return this.#choices.get(MEAN) ?? null;
  }

  /** The model that one task is measured with. */
  of(task: string): Choice | null {
    return this.#choices.get(TASK + task) ?? this.best;
  }

  /** For a checkpoint: the choices so far, each named. */
  get stored(): { readonly facts: string; readonly tensors: ReadonlyMap<string, ModelValue> } {
    const facts = [...this.#choices].map(([wanted, { epoch, score: value }]) => ({ wanted, epoch, score: Number.isNaN(value) ? null : value }));
    return { facts: JSON.stringify(facts), tensors: new Map([...this.#choices].flatMap(([wanted, { state }]) => [...state].map(([name, tensor]) => [`${wanted}.${name}`, tensor] as const))) };
  }

  /** @throws CheckpointError for facts that are none */
  restore(facts: string, tensors: ReadonlyMap<string, ModelValue>): void {
    let list: unknown;
    try {
      list = JSON.parse(facts);
    } catch {
      list = null;
    }
    if (!Array.isArray(list)) throw new CheckpointError('the checkpoint does not say which epochs were chosen');
    for (const { wanted, epoch, score: value } of list as { wanted: string; epoch: number; score: number | null }[]) {
      const prefix = `${wanted}.`;
      const state = new Map([...tensors].flatMap(([name, tensor]) => name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : []));
      this.#choices.set(wanted, { epoch, score: value ?? NaN, state });
    }
  }
}

function score(metric: keyof typeof METRICS, metrics: Metrics): number {
  const value = metrics[metric] ?? NaN;
  return METRICS[metric].better === 'higher' ? value : -value;
}
