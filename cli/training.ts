/** One training run from settings to a finished run directory: what `train`, `resume` and `quickstart` share. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { limited, loadDataset, loadDescription } from '../data/node/index.ts';
import type { DescribedDataset } from '../data/node/index.ts';
import { DATASETS } from '../data/index.ts';
import type { Dataset, TaskGroup, TaskInfo } from '../data/index.ts';
import { ConfigError, Device } from '../engine/index.ts';
import type { AdapterDescription } from '../engine/index.ts';
import { PACKINGS } from '../experiments/packings/node/index.ts';
import { PAPER_SETTINGS } from '../experiments/paper-settings.ts';
import { checkSelection, findMethod, modelOf, resolveHyperparameters, resolveSchedule, resolveTaskOrder, train } from '../methods/index.ts';
import type { Augmentations, EndEvent, HyperparameterValues, ModelRecipe, ScheduleOptions, SelectionKind, TaskOrderOptions } from '../methods/index.ts';
import { modelInfo } from '../models/index.ts';
import { EVERY_TASK, SCHEDULE_DEFAULTS, augmentOf, scheduleOf } from './options.ts';
import type { AugmentFlags, ScheduleFlags } from './options.ts';
import { createLoading } from './loading.ts';
import { createProgress } from './progress.ts';
import { recordData } from './run-data.ts';
import { readRun, writeFileAtomic } from './run-directory.ts';
import type { RunDirectory } from './run-directory.ts';
import type { RunConfig } from './report/run-record.ts';

/** Everything that decides a run's result. Kept in its `config.json`. */
export interface Settings extends ScheduleFlags, AugmentFlags {
  readonly dataset: string;
  readonly method: string;
  readonly model: string;
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  /** 0 for no limit. */
  readonly limit: number;
  /** Of texts; 0 for the data set's own. */
  readonly tokens: number;
  readonly width: number;
  readonly hyperparameters: HyperparameterValues;
}

/** Which samples of a data set: those of a run, by its settings. */
export type DataSettings = Pick<Settings, 'dataset' | 'seed' | 'limit'> & Partial<Pick<Settings, 'tokens'>>;

/** @throws ConfigError for unknown names and values out of range, before anything is loaded */
export function checkSettings(given: Omit<Settings, 'hyperparameters' | 'model'> & { readonly model?: string | undefined }, set: Readonly<Record<string, string | number>>): Settings {
  const model = given.model ?? modelFor(given.dataset);
  const settings = { ...given, model, dataset: isDescribed(given.dataset) ? resolve(given.dataset) : given.dataset };
  modelInfo(model);
  const { schedule, taskOrder, selection } = planOf(settings);
  resolveSchedule(schedule);
  resolveTaskOrder(taskOrder, []);
  checkSelection(selection);
  return { ...settings, hyperparameters: resolveHyperparameters(findMethod(settings.method), set, groupOf(settings.dataset)) };
}

/** The schedule as the trainer takes it. */
function planOf({ schedule: kind, stepsPerTask, cycle, taskOrder, orderEvery: every, selection }: ScheduleFlags): { schedule: ScheduleOptions; taskOrder: TaskOrderOptions; selection: SelectionKind } {
  return { schedule: { kind, cycle, ...(stepsPerTask === 0 ? {} : { stepsPerTask }) }, taskOrder: { kind: taskOrder, every }, selection };
}

export function configOf({ dataset, method, model, seed, ...options }: Settings, adapter: AdapterDescription): RunConfig {
  return { dataset, method, model, seed, adapter: adapter.name, options: { ...options } };
}

/** The settings of a recorded run. @throws ConfigError when its configuration is not one */
export function settingsOf(path: string): Settings {
  const { dataset, method, model, seed, options } = readRun(path).config;
  const { epochs, batchSize, lr, limit, tokens = 0, width, augment, hyperparameters, ...schedule } = (options ?? {}) as Partial<Settings>;
  if (epochs === undefined || batchSize === undefined || lr === undefined || limit === undefined || width === undefined) throw new ConfigError(`'${path}': config.json lacks settings of a training run`);
  return checkSettings({ dataset, method, model, seed, epochs, batchSize, lr, limit, tokens, width, ...augmentOf({ ...augment && { augment } }), ...scheduleOf({ ...SCHEDULE_DEFAULTS, ...schedule }) }, hyperparameters ?? {});
}

/** Of a data set of the registry. */
function groupOf(dataset: string): TaskGroup | undefined {
  return DATASETS.find(({ name }) => name === dataset)?.group;
}

/** The paper's model for the group of tasks. */
function modelFor(dataset: string): string {
  const group = groupOf(dataset);
  if (group === undefined) return 'mlp';
  return group === 'grey-images' ? 'multi-task-cnn' : PAPER_SETTINGS[group].model;
}

/** Whether a data set is one that a file describes, and not one of the registry. */
const isDescribed = (dataset: string): boolean => dataset.toLowerCase().endsWith('.json');

/** Reads a data set of the registry, or one that a JSON file describes, showing on standard error how far it is. @param wish a limit or tokens of 0 are none */
export async function openData({ dataset, seed, limit, tokens = 0 }: DataSettings, directory: string | undefined): Promise<Dataset | DescribedDataset> {
  const loading = createLoading(process.stderr);
  const { onProgress } = loading;
  try {
    if (!isDescribed(dataset)) return await loadDataset(dataset, { seed, loaders: PACKINGS, onProgress, onNote: note, ...(limit > 0 ? { limit } : {}), ...(tokens > 0 ? { tokens } : {}), ...(directory === undefined ? {} : { directory }) });
    const described = await loadDescription(dataset, { seed, onProgress });
    return limit === 0 ? described : { ...described, tasks: described.tasks.map((task) => limited(task, limit, seed)) };
  } finally {
    loading.stop();
  }
}

/** For the trainer: what is for every task, for each that has nothing of its own. */
export function augmentationOf({ augment = {} }: AugmentFlags, tasks: readonly Pick<TaskInfo, 'name'>[]): Augmentations {
  const { [EVERY_TASK]: every, ...own } = augment;
  return { ...every && Object.fromEntries(tasks.map(({ name }) => [name, every])), ...own };
}

/** What the run's model is made by. */
export function recipeOf({ model, width, method, hyperparameters, seed }: Settings, tasks: readonly TaskInfo[]): ModelRecipe {
  return { model, width, method, hyperparameters, seed, tasks: tasks.map(({ name, kind, classes, inputShape }) => ({ name, kind, classes, inputShape })) };
}

export interface RunRequest {
  readonly device: Device;
  readonly dataset: Dataset;
  readonly settings: Settings;
  readonly directory: RunDirectory;
  /** Go on from the checkpoint in the directory. */
  readonly resume: boolean;
}

/** Trains, showing progress on standard error. Null when interrupted: then everything is saved. */
export async function runTraining({ device, dataset, settings, directory, resume }: RunRequest): Promise<EndEvent | null> {
  recordData(directory.path, dataset, resume);
  using _scope = device.scope();
  const method = findMethod(settings.method);
  const model = modelOf(device, recipeOf(settings, dataset.tasks));
  const progress = createProgress(process.stderr);
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  try {
    const end = await train({
      device, dataset, model, method, hyperparameters: settings.hyperparameters,
      lr: settings.lr, epochs: settings.epochs, batchSize: settings.batchSize, seed: settings.seed, ...planOf(settings), signal: interrupt.signal,
      ...settings.augment && { augmentation: augmentationOf(settings, dataset.tasks) },
      onEvent(event) {
        directory.record(event);
        progress.onEvent(event);
      },
      onCheckpoint: (bytes) => writeFileAtomic(directory.checkpoint, bytes),
      ...(resume ? { resume: { bytes: readCheckpoint(directory), file: directory.checkpoint } } : {}),
    });
    if (end) await writeReport(directory.path, [directory.path]);
    return end;
  } finally {
    progress.stop();
    process.off('SIGINT', onInterrupt);
  }
}

/** @throws ConfigError for a run that has none yet */
export function readCheckpoint(directory: Pick<RunDirectory, 'path' | 'checkpoint'>): Uint8Array {
  if (!existsSync(directory.checkpoint)) throw new ConfigError(`'${directory.path}' has no checkpoint yet: start the run anew`);
  return readFileSync(directory.checkpoint);
}

/** One page about several runs, written into `path`. Returns the file. */
export async function writeReport(path: string, runs: readonly string[], name = 'report.html'): Promise<string> {
  const [{ pageOf }, { runReport }] = await Promise.all([import('./report/page.ts'), import('./report/run-report.ts')]);
  const file = `${path}/${name}`;
  writeFileAtomic(file, pageOf(runReport(runs.map(readRun))));
  return file;
}

/** Opens the device and says which one it is. */
export async function openDevice(adapter: Parameters<typeof Device.create>[0]): Promise<Device> {
  const device = await Device.create(adapter);
  note(`adapter: ${device.adapter.name} (${device.adapter.kind}; ${device.adapter.source})`);
  return device;
}

/** To standard error: standard output is for results. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

