/** Methods by seeds on one data set: what is asked for, and what comes of it. */
import type { Difference, Spread } from '../analysis/spread.ts';
import type { Augmentation, ScheduleKind, SelectionKind, TaskOrderKind } from '../methods/index.ts';

/** What of a plan another setting of one of its methods changes. */
export interface Variant extends Partial<Pick<ComparisonPlan, 'schedule' | 'stepsPerTask' | 'taskOrder' | 'orderEvery' | 'selection'>> {
  readonly method: string;
}

export interface ComparisonPlan {
  readonly dataset: string;
  /** Default: the paper's for the data set's group of tasks. */
  readonly model?: string | undefined;
  /** Names of methods, or of `variants`. */
  readonly methods: readonly string[];
  /** Settings of methods by a name of their own, so that one method can be compared with itself. */
  readonly variants?: Readonly<Record<string, Variant>> | undefined;
  /** Which of `methods` the others are measured against. Default: single-task learning. */
  readonly baseline?: string | undefined;
  readonly seeds: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  /** Training samples a task; 0 for all. */
  readonly limit: number;
  /** Of texts; 0 for all. */
  readonly tokens?: number;
  /** Of the model's channels, as a share of the paper's. */
  readonly width: number;
  /** How training images are varied, by task; `*` for every one that has no entry of its own. */
  readonly augment?: Readonly<Record<string, Augmentation>>;
  readonly schedule?: ScheduleKind;
  /** 0 for all. */
  readonly stepsPerTask?: number;
  readonly taskOrder?: TaskOrderKind;
  /** Epochs between two re-orderings of the tasks. */
  readonly orderEvery?: number;
  readonly selection?: SelectionKind;
  /** Options of methods, by the method's name. */
  readonly set?: Readonly<Record<string, Readonly<Record<string, string | number>>>>;
}

export interface TaskSpread extends Spread {
  /** As that of the row, of this task alone. */
  readonly versusSingleTask: Difference | null;
}

export interface ComparisonRow {
  /** As the plan names it. */
  readonly method: string;
  readonly tasks: Readonly<Record<string, TaskSpread>>;
  /** NaN for tasks that are judged by different metrics. */
  readonly average: Spread;
  /** Of the averages, seed by seed, against the plan's baseline; null for it itself and where it was not run. Positive is better. */
  readonly versusSingleTask: Difference | null;
  /** Forward passes of training for each batch that was read. */
  readonly passes: number;
  readonly seconds: number;
}

/** A run without a result: one that diverged, or a model that does not suit the method. */
export interface Failure {
  /** As the plan names it. */
  readonly method: string;
  readonly seed: number;
  readonly reason: string;
}

export interface Comparison {
  /** Of the methods that have any result, in the order of the plan. */
  readonly rows: readonly ComparisonRow[];
  readonly failures: readonly Failure[];
}
