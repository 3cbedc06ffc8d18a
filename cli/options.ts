/** Options that several commands share, and the parsers of their values. */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { ADAPTER_CHOICES } from '../engine/index.ts';
import type { AdapterChoice } from '../engine/index.ts';
import { SCHEDULES, SELECTIONS, TASK_ORDERS } from '../methods/index.ts';
import type { Augmentation, ScheduleKind, SelectionKind, TaskOrderKind } from '../methods/index.ts';

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return value;
  };
}

export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
}

/** `--set name=value`, repeatable. */
function assignment(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** What of `AugmentFlags` stands for every task that has no entry of its own. */
export const EVERY_TASK = '*';

/** `--augment [TASK:]padding=N,flip`, repeatable. */
function augmentation(text: string, before: Readonly<Record<string, Augmentation>> = {}): Record<string, Augmentation> {
  const found = /^(?:(.+):)?((?:padding=\d+|flip)(?:,(?:padding=\d+|flip))*)$/.exec(text);
  if (!found) throw new InvalidArgumentError('Expected padding=N, flip, or both with a comma between; before them the name of a task and a colon, where it is for one alone.');
  const [, task = EVERY_TASK, list = ''] = found;
  const padding = /padding=(\d+)/.exec(list)?.[1];
  return { ...before, [task]: { ...padding === undefined ? {} : { padding: Number(padding) }, ...list.includes('flip') ? { flip: true } : {} } };
}

/** How training images are varied. */
export interface AugmentFlags {
  /** By task, or {@link EVERY_TASK}. */
  readonly augment?: Readonly<Record<string, Augmentation>>;
}

/** What of the flags is kept. */
export const augmentOf = ({ augment }: AugmentFlags): AugmentFlags => (augment ? { augment } : {});

/** An adapter that the environment names is checked when it is opened, as everywhere. */
export function adapterOption(): Option {
  const named = process.env.LAZYGRAD_ADAPTER ?? '';
  return new Option('--adapter <kind>', 'which adapter to use').choices(ADAPTER_CHOICES).default(named === '' ? 'auto' : named, 'LAZYGRAD_ADAPTER, else auto');
}

export const jsonOption = (): Option => new Option('--json', 'print one JSON document on standard output');
export const dataOption = (): Option => new Option('--data <dir>', 'folder with the data sets').env('LAZYGRAD_DATA');

/** Which batch of which task comes when, and which epoch's model counts. */
export interface ScheduleFlags {
  readonly schedule: ScheduleKind;
  /** 0 for all. */
  readonly stepsPerTask: number;
  readonly cycle: boolean;
  readonly taskOrder: TaskOrderKind;
  readonly orderEvery: number;
  readonly selection: SelectionKind;
}

export const SCHEDULE_DEFAULTS: ScheduleFlags = { schedule: 'sequential', stepsPerTask: 0, cycle: false, taskOrder: 'fixed', orderEvery: 5, selection: 'best' };

function addScheduleOptions(command: Command): Command {
  const { schedule, stepsPerTask, cycle, taskOrder, orderEvery, selection } = SCHEDULE_DEFAULTS;
  return command
    .addOption(new Option('--schedule <kind>', 'within an epoch: all steps of one task, then of the next; one step of each task in turn; or tasks drawn by the steps they have left').choices(SCHEDULES).default(schedule))
    .addOption(new Option('--steps-per-task <n>', 'at most n steps of each task in an epoch; 0 for all').argParser(wholeNumber(0)).default(stepsPerTask))
    .addOption(new Option('--cycle', 'tasks with fewer batches start over until all have as many steps as the longest').default(cycle, 'one pass'))
    .addOption(new Option('--task-order <kind>', 'order of the tasks: as in the data set; by training loss, the highest first; or by that loss relative to the first epoch\'s').choices(TASK_ORDERS).default(taskOrder))
    .addOption(new Option('--order-every <n>', 'epochs between two re-orderings of the tasks').argParser(wholeNumber(1)).default(orderEvery))
    .addOption(new Option('--selection <kind>', 'whose epoch\'s model is measured: the best by validation for all tasks on average, for each task its own best, or the last').choices(SELECTIONS).default(selection));
}

/** What the training commands start from. */
export interface TrainingDefaults {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  /** 0 for all. */
  readonly limit: number;
  readonly width: number;
}

/** The schedule among the flags. */
export function scheduleOf({ schedule, stepsPerTask, cycle, taskOrder, orderEvery, selection }: ScheduleFlags): ScheduleFlags {
  return { schedule, stepsPerTask, cycle, taskOrder, orderEvery, selection };
}

/** Adds the options of `TrainingFlags`. */
/** @param options whether a seed is asked for, and how an option of a method is written */
export function addTrainingOptions(command: Command, defaults: TrainingDefaults, { seed = true, set = 'name=value' }: { readonly seed?: boolean; readonly set?: string } = {}): Command {
  return addRunOptions(addScheduleOptions(command
    .addOption(new Option('--epochs <n>', 'passes over the training data').argParser(wholeNumber(1)).default(defaults.epochs))
    .addOption(new Option('--batch-size <n>', 'samples a step').argParser(wholeNumber(1)).default(defaults.batchSize))
    .addOption(new Option('--lr <x>', 'learning rate').argParser(positive).default(defaults.lr))
    .addOption(new Option('--limit <n>', 'at most n training samples a task, n/4 for validation and n/2 for the test; 0 for all').argParser(wholeNumber(0)).default(defaults.limit))
    .addOption(new Option('--tokens <n>', 'of texts at most n tokens, up to 512; 0 for all').argParser(wholeNumber(0)).default(0))
    .addOption(new Option('--augment <kinds>', 'vary training images: padding=N moves each by up to N pixels, flip mirrors one in two; TASK:padding=4,flip for one task alone; repeatable').argParser(augmentation))
    .addOption(new Option('--width <x>', "scales the model's channels; 1 is the paper's model").argParser(positive).default(defaults.width))
    .addOption(new Option(`--set <${set}>`, 'an option of the method, see `lazygrad methods`; repeatable').argParser(assignment).default({}, 'none'))), seed);
}

/** Adds the options of `RunFlags`. */
export function addRunOptions(command: Command, seed = true): Command {
  if (seed) command.addOption(new Option('--seed <n>', 'decides initial weights, splits and order').argParser(wholeNumber(0)).default(0));
  return command
    .addOption(adapterOption())
    .addOption(dataOption())
    .addOption(new Option('--out <dir>', 'folder for the run (default: a new one in runs/)'))
    .addOption(jsonOption());
}

/** What every command that runs something has in common, as commander gives it. */
export interface RunFlags {
  readonly seed: number;
  readonly adapter: AdapterChoice;
  readonly data?: string;
  readonly out?: string;
  readonly json?: true;
}

/** What the training commands have in common. */
export interface TrainingFlags extends ScheduleFlags, AugmentFlags, RunFlags {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly limit: number;
  readonly width: number;
  /** 0 for the data set's own. */
  readonly tokens: number;
  readonly set: Readonly<Record<string, string>>;
}
