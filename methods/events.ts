/** What a training run tells whoever watches it: a progress bar, a metrics file, a report. All values are plain JSON. */

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
  readonly tasks: readonly { readonly name: string; readonly train: number; readonly validation: number; readonly test: number }[];
  readonly parameters: { readonly shared: number; readonly heads: number };
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
  readonly seconds: number;
  /** The tasks' names in the order in which this epoch went through them. */
  readonly order: readonly string[];
  /** `loss` is the mean training loss of the epoch in nats, `validation` an accuracy in [0, 1]. */
  readonly tasks: readonly { readonly name: string; readonly loss: number; readonly validation: number }[];
  /** At the end of the epoch. Null for methods without ownership. */
  readonly ownership: OwnershipShares | null;
  /** Of this epoch's steps alone. Null for methods without ownership. */
  readonly sensitivity: SensitivityShares | null;
  /** Both, layer by layer of the trunk; empty for methods without ownership. */
  readonly layers: readonly LayerShares[];
}

export interface EndEvent {
  readonly type: 'end';
  readonly seconds: number;
  readonly tasks: readonly { readonly name: string; readonly metric: 'accuracy'; readonly validation: number; readonly test: number }[];
  readonly average: { readonly validation: number; readonly test: number };
  readonly ownership: OwnershipShares | null;
}

export type TrainEvent = StartEvent | ProgressEvent | EpochEvent | EndEvent;
