/** Methods by seeds on one data set: what is asked for, and what comes of it. */
import type { Difference, Spread } from '../analysis/spread.ts';
import type { ScheduleKind, SelectionKind, TaskOrderKind } from '../methods/index.ts';

export interface ComparisonPlan {
  readonly dataset: string;
  /** Default: the paper's for the data set's group of tasks. */
  readonly model?: string | undefined;
  readonly methods: readonly string[];
  readonly seeds: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  /** Training samples a task; 0 for all. */
  readonly limit: number;
  /** Of the model's channels, as a share of the paper's. */
  readonly width: number;
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

export interface ComparisonRow {
  readonly method: string;
  readonly tasks: Readonly<Record<string, Spread>>;
  /** NaN for tasks that are judged by different metrics. */
  readonly average: Spread;
  /** Of the averages, seed by seed; null for single-task learning itself and where it was not run. Positive is better. */
  readonly versusSingleTask: Difference | null;
  /** Forward passes of training for each batch. */
  readonly passes: number;
  readonly seconds: number;
}
