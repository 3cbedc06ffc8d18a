/** Options that several commands share, and the parsers of their values. */
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { ADAPTER_CHOICES } from '../engine/index.ts';
import type { AdapterChoice } from '../engine/index.ts';

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`Expected a whole number from ${least}.`);
    return value;
  };
}

function positive(text: string): number {
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

export const adapterOption = (): Option => new Option('--adapter <kind>', 'which adapter to use').choices(ADAPTER_CHOICES).default('auto');
export const jsonOption = (): Option => new Option('--json', 'print one JSON document on standard output');
export const dataOption = (): Option => new Option('--data <dir>', 'folder with the data sets').env('LAZYGRAD_DATA');

/** What the training commands start from. */
export interface TrainingDefaults {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  /** 0 for all. */
  readonly limit: number;
  readonly width: number;
}

/** Adds the options of `TrainingFlags`. */
export function addTrainingOptions(command: Command, defaults: TrainingDefaults): Command {
  return command
    .addOption(new Option('--epochs <n>', 'passes over the training data').argParser(wholeNumber(1)).default(defaults.epochs))
    .addOption(new Option('--batch-size <n>', 'samples a step').argParser(wholeNumber(1)).default(defaults.batchSize))
    .addOption(new Option('--lr <x>', 'learning rate').argParser(positive).default(defaults.lr))
    .addOption(new Option('--limit <n>', 'at most n training samples a task, n/4 for validation and n/2 for the test; 0 for all').argParser(wholeNumber(0)).default(defaults.limit))
    .addOption(new Option('--width <x>', "scales the model's channels; 1 is the paper's model").argParser(positive).default(defaults.width))
    .addOption(new Option('--set <name=value>', 'an option of the method, see `lazygrad methods`; repeatable').argParser(assignment).default({}, 'none'))
    .addOption(new Option('--seed <n>', 'decides initial weights, splits and order').argParser(wholeNumber(0)).default(0))
    .addOption(adapterOption())
    .addOption(dataOption())
    .addOption(new Option('--out <dir>', 'folder for the run (default: a new one in runs/)'))
    .addOption(jsonOption());
}

/** What the training commands have in common, as commander gives it. */
export interface TrainingFlags {
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly limit: number;
  readonly width: number;
  readonly seed: number;
  readonly adapter: AdapterChoice;
  readonly set: Readonly<Record<string, string>>;
  readonly data?: string;
  readonly out?: string;
  readonly json?: true;
}
