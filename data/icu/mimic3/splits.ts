/** Which subjects of the MIMIC-III benchmarks train, validate and test: one answer for all tasks, since they share one network. */
import { DataError } from '../../../engine/errors.ts';
import { divideByGroup } from '../../grouped-split.ts';
import { streamKey } from '../../shuffle.ts';
import type { ListedSample } from './listfile.ts';

/** The samples that one listfile has. */
export interface Listing {
  readonly file: string;
  readonly samples: readonly ListedSample[];
}

/** The listings of one task. Without `validation`, some of the training subjects are taken for it. */
export interface TaskListings {
  readonly train: Listing;
  readonly validation: Listing | null;
  readonly test: Listing;
}

export interface TaskSamples {
  readonly train: readonly ListedSample[];
  readonly validation: readonly ListedSample[];
  readonly test: readonly ListedSample[];
}

type Part = keyof TaskSamples;

const SHARES = [0.85, 0.15];

/**
 * The samples of each task, in which no subject is in two parts, be it in two tasks.
 *
 * Where some task has a list for validation, its subjects validate in all; where none has, 15 % of the training subjects of all tasks do, by the seed.
 * @throws {DataError} the lists themselves put a subject into two parts; the message names both
 */
export function divideSubjects(tasks: readonly TaskListings[], seed: number): TaskSamples[] {
  const parts = new Map<string, { readonly part: Part; readonly file: string }>();
  const claim = (part: Part, { file, samples }: Listing): void => {
    for (const { subject } of samples) {
      const other = parts.get(subject);
      if (other && other.part !== part) throw new DataError(`${file}: subject ${subject} is listed for ${part}, and for ${other.part} in ${other.file}: one subject cannot be in two parts, nor in two parts of two tasks`);
      if (!other) parts.set(subject, { part, file });
    }
  };
  const listed = tasks.filter(({ validation }) => validation !== null);
  for (const { test } of tasks) claim('test', test);
  for (const { train, validation } of listed) {
    claim('train', train);
    if (validation) claim('validation', validation);
  }
  const open = tasks.filter(({ validation }) => validation === null);
  for (const { train } of open) {
    for (const { subject } of train.samples) {
      const other = parts.get(subject);
      if (other?.part === 'test') claim('train', train);
    }
  }
  if (listed.length === 0) {
    const subjects = [...new Set(open.flatMap(({ train }) => train.samples.map(({ subject }) => subject)))].sort();
    const [, chosen = []] = divideByGroup(subjects, SHARES, streamKey(seed, 'split', 'mimic3'));
    for (const index of chosen) parts.set(subjects[index] ?? '', { part: 'validation', file: '' });
  }
  return tasks.map(({ train, validation, test }) => {
    if (validation) return { train: train.samples, validation: validation.samples, test: test.samples };
    const validates = ({ subject }: ListedSample): boolean => parts.get(subject)?.part === 'validation';
    return { train: train.samples.filter((sample) => !validates(sample)), validation: train.samples.filter(validates), test: test.samples };
  });
}
