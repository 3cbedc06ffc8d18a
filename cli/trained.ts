/** The model of a run, for use. */
import { join } from 'node:path';
import { DATASETS } from '../data/index.ts';
import type { TaskEncoding, TaskInfo } from '../data/index.ts';
import { ConfigError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { findMethod, loadCheckpoint, loadModelState, modelOf } from '../methods/index.ts';
import type { UpdateRule, Which } from '../methods/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import { endOf, startOf } from './report/run-record.ts';
import { readData } from './run-data.ts';
import { openRunDirectory, readRun } from './run-directory.ts';
import { note, readCheckpoint, recipeOf, settingsOf } from './training.ts';
import type { Settings } from './training.ts';

/** What a run was trained on. */
export interface Trained {
  readonly settings: Settings;
  readonly tasks: readonly TaskInfo[];
  /** By task, how rows of a table become its inputs; null where the run was not trained on tables. */
  readonly encodings: readonly TaskEncoding[] | null;
  /**
   * The run's model in evaluation, and after how many epochs it was so.
   * @param task for a run that has chosen for each task apart; default the choice for all on average
   */
  model(device: Device, which?: Which, task?: string): { readonly model: MultiTaskModel; readonly epoch: number };
  /** For each task the model that was chosen for it: one for all, unless the run has chosen for each task apart. */
  chosenFor(device: Device): (task: string) => MultiTaskModel;
  /** The same, with the update rule of the run as it was when its last checkpoint was taken. */
  ruled(device: Device, which?: Which): { readonly model: MultiTaskModel; readonly rule: UpdateRule };
}

/** @throws ConfigError when the folder is no run with a checkpoint, or does not say what its tasks are */
export function openTrained(path: string): Trained {
  const settings = settingsOf(path);
  const record = readRun(path);
  const tasks = startOf(record)?.inputs ?? DATASETS.find(({ name }) => name === settings.dataset)?.tasks;
  if (!tasks) throw new ConfigError(`'${path}' does not say which tasks it has, and the data set ${settings.dataset} is not known: resume the run first`);
  const checkpoint = readCheckpoint(openRunDirectory(path));
  if (!endOf(record)) note('the run is not finished: this is its model so far');
  const model: Trained['model'] = (device, which, task) => {
    const made = modelOf(device, recipeOf(settings, tasks));
    const epoch = loadModelState(checkpoint, join(path, 'checkpoint'), made, which, task);
    made.eval();
    return { model: made, epoch };
  };
  return {
    settings, tasks, encodings: readData(path)?.encodings ?? null, model,
    chosenFor(device) {
      if (settings.selection === 'best-per-task') return (task) => model(device, 'chosen', task).model;
      const shared = model(device).model;
      return () => shared;
    },
    ruled(device, which) {
      const model = modelOf(device, recipeOf(settings, tasks));
      const { method, lr, seed, hyperparameters: values } = settings;
      const rule = findMethod(method).create({ model, tasks: tasks.map(({ name }) => name), lr, seed, values });
      loadCheckpoint(checkpoint, join(path, 'checkpoint'), model, rule);
      loadModelState(checkpoint, join(path, 'checkpoint'), model, which);
      model.eval();
      return { model, rule };
    },
  };
}
