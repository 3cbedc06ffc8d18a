/** What a training run is made of. */
import type { Dataset } from '../data/index.ts';
import type { Device } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { Augmentations } from './augmentation.ts';
import type { TrainEvent } from './events.ts';
import type { HyperparameterValues, Method } from './method.ts';
import type { SelectionKind } from './selection.ts';
import type { ScheduleOptions } from './schedule.ts';
import type { TaskOrderOptions } from './task-order.ts';

export interface TrainOptions {
  readonly device: Device;
  readonly dataset: Dataset;
  readonly model: MultiTaskModel;
  readonly method: Method;
  readonly hyperparameters: HyperparameterValues;
  readonly lr: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Decides the order of the batches. */
  readonly seed: number;
  /** Which batch of which task comes when. Default: all batches of each task in turn. */
  readonly schedule?: ScheduleOptions;
  /** In which order the tasks come. Default: the data set's. */
  readonly taskOrder?: TaskOrderOptions;
  /** How images are varied while they are trained on, by task. Default: not at all. */
  readonly augmentation?: Augmentations;
  /** Which epoch's model is measured on the test split, and is left in the model. Default `best`. */
  readonly selection?: SelectionKind;
  /** Steps between two looks at whether the method refused a step, from 1; 0 for the end of an epoch alone. Training does not wait for what they see. Default 100. */
  readonly checkEvery?: number;
  readonly onEvent?: (event: TrainEvent) => void;
  /** Called with the whole state after every epoch, and when the run is interrupted. */
  readonly onCheckpoint?: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** When it aborts, the step under way is finished, the state is handed to `onCheckpoint`, and training returns. */
  readonly signal?: AbortSignal;
  /** A state to go on from: the run then gives the same bits as one that was never interrupted. */
  readonly resume?: { readonly bytes: Uint8Array; readonly file: string };
}
