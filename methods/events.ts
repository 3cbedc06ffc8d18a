/** What a training run tells whoever watches it: a progress bar, a metrics file, a report. All values are plain JSON. */

import type { MetricName, Metrics } from '../analysis/metrics.ts';
import type { TaskInfo } from '../data/index.ts';

/** Shares of the shared parameters, each in [0, 1]. `owned` and `protected` are per task, in the order of `tasks`. */
export interface OwnershipShares {
  readonly owned: readonly number[];
  readonly protected: readonly number[];
  readonly unclaimed: number;
}

/** What the steps of an epoch found, per task, in the order of `tasks`; NaN where there was nothing to count. */
export interface SensitivityShares {
  /** Share of the parameters that were sensitive, mean over the steps. */
  readonly selected: readonly number[];
  /** Share of the sensitive ones that another task owned. */
  readonly conflict: readonly number[];
}

export interface LayerShares extends OwnershipShares, SensitivityShares {
  readonly name: string;
}

export interface StartEvent {
  readonly type: 'start';
  readonly adapter: string;
  readonly dataset: string;
  readonly method: string;
  readonly model: string;
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** `metric` is what the task is judged by. */
  readonly tasks: readonly { readonly name: string; readonly metric: MetricName; readonly train: number; readonly validation: number; readonly test: number }[];
  readonly parameters: { readonly shared: number; readonly heads: number };
  /** What a model for the tasks is built by. Absent in records of versions that did not keep it. */
  readonly inputs?: readonly TaskInfo[];
}

/** After each training step that was submitted. `step` counts from 1 within this epoch and task; tasks may take turns. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly epoch: number;
  readonly task: string;
  readonly step: number;
  readonly steps: number;
}

export interface EpochEvent {
  readonly type: 'epoch';
  /** Counts from 1. */
  readonly epoch: number;
  /** What the method did in it: `train`, for most. */
  readonly phase: string;
  readonly seconds: number;
  /** The tasks' names in the order in which this epoch went through them. */
  readonly order: readonly string[];
  /** `loss` is the mean training loss over the epoch's targets (in nats but for regressions), `validation` the task's metric; NaN where there were none. */
  readonly tasks: readonly { readonly name: string; readonly loss: number; readonly validation: number }[];
  /** At the end of the epoch. Null for methods without ownership. */
  readonly ownership: OwnershipShares | null;
  /** Of this epoch's steps alone. Null for methods without ownership. */
  readonly sensitivity: SensitivityShares | null;
  /** Both, layer by layer of the trunk; empty for methods without ownership. */
  readonly layers: readonly LayerShares[];
}

export interface TaskResult {
  readonly name: string;
  /** What the task is judged by; `validation` and `test` are its values. */
  readonly metric: MetricName;
  readonly validation: number;
  readonly test: number;
  /** All metrics that suit the task. */
  readonly metrics: { readonly validation: Metrics; readonly test: Metrics };
}

export interface EndEvent {
  readonly type: 'end';
  readonly seconds: number;
  /** The epoch whose model was chosen by validation, from 1: the best for the tasks on average, unless the last was asked for. */
  readonly selected: number;
  /** Forward passes of training for each batch that was read, whatever the machine. A method may read more batches than others: `docs/methods.md`. */
  readonly passes: number;
  readonly tasks: readonly TaskResult[];
  /** Over the tasks; NaN (in JSON: null) when they are judged by different metrics. */
  readonly average: { readonly validation: number; readonly test: number };
  readonly ownership: OwnershipShares | null;
}

export type TrainEvent = StartEvent | ProgressEvent | EpochEvent | EndEvent;
