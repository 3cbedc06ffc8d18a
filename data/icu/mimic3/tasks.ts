/** The MIMIC-III benchmarks' samples as tasks of one trunk: in-hospital mortality, decompensation, phenotyping. */
import { DataError } from '../../../engine/errors.ts';
import { joinGrids, windowSource } from '../hourly-windows.ts';
import { hash32 } from '../../shuffle.ts';
import type { Split, Task } from '../../task.ts';
import { hoursIn } from './discretize.ts';
import { LISTFILES, type BenchmarkTask, type ListedSample } from './listfile.ts';
import { fitStatistics, standardisedHours, type Statistics } from './normalizer.ts';
import type { TaskSamples } from './splits.ts';
import { COLUMNS, VARIABLES } from './variables.ts';

export const BENCHMARK_TASKS: readonly BenchmarkTask[] = ['in-hospital-mortality', 'decompensation', 'phenotyping'];

/** Hours that a sample has at most, of longer periods the last ones: one number for all tasks, since tasks of one trunk have one number of steps. Most stays are shorter. */
export const LONGEST = 96;

/** The grids of one task's episodes, `[hours, 17]`, by their files' names; long enough for the longest period that the task's lists ask for. */
export type EpisodeGrids = ReadonlyMap<string, Float32Array>;

/** For each stay, the longest period of its samples, in hours. */
export function longestPeriods(samples: Iterable<ListedSample>): Map<string, number> {
  const periods = new Map<string, number>();
  for (const { stay, hours } of samples) periods.set(stay, Math.max(periods.get(stay) ?? 0, hours));
  return periods;
}

/**
 * Tasks whose samples are made from the grids when they are asked for.
 *
 * Periods of decompensation are whole hours, so that each is a beginning of its stay's grid. Statistics are those of every hour of the training stays of all tasks (a trunk that is shared
 * should see one scale), unless others are given.
 * @param samples of each task, as `divideSubjects` makes them
 * @throws {DataError} a period of decompensation that is not whole hours, a task without a sample in one of its parts
 */
export function benchmarkTasks(samples: ReadonlyMap<BenchmarkTask, TaskSamples>, grids: ReadonlyMap<BenchmarkTask, EpisodeGrids>, longest: number = LONGEST, statistics?: Statistics): Task[] {
  const prepared = [...samples].map(([name, parts]) => {
    const episodes = [...(grids.get(name) ?? [])];
    const joined = joinGrids(episodes.map(([, grid]) => grid), VARIABLES.length);
    const id = `mimic3-${name}-${hash32(joined.starts)}-${hash32(new Uint32Array(joined.values.buffer))}`;
    const stays = new Map(episodes.map(([stay], index) => [stay, index]));
    return { name, parts, stays, grids: { id, ...joined } };
  });
  const trained = prepared.map(({ parts, stays, grids: joined }) => ({ grids: joined, stays: new Set(parts.train.map(({ stay }) => stayIndex(stays, stay))) }));
  const encoder = standardisedHours(statistics ?? fitStatistics(trained));
  return prepared.map(({ name, parts, stays, grids: joined }) => {
    const classes = LISTFILES[name].labels;
    const split = (part: keyof TaskSamples): Split => {
      const list = parts[part];
      if (list.length === 0) throw new DataError(`mimic3, ${name}: expected samples for ${part}, got none`);
      const windows = { stays: Uint32Array.from(list, ({ stay }) => stayIndex(stays, stay)), ends: Uint32Array.from(list, (sample) => endOf(name, sample)) };
      return { length: list.length, inputs: windowSource(joined, windows, encoder, longest), targets: Float32Array.from(list.flatMap(({ labels }) => labels)) };
    };
    return { name, kind: classes === 1 ? 'binary' : 'multilabel', classes, inputShape: [longest, COLUMNS.length], train: split('train'), validation: split('validation'), test: split('test') };
  });
}

function stayIndex(stays: ReadonlyMap<string, number>, stay: string): number {
  const index = stays.get(stay);
  if (index === undefined) throw new DataError(`${stay}: listed, but no episode of that name was read`);
  return index;
}

function endOf(name: BenchmarkTask, { stay, hours }: ListedSample): number {
  const end = hoursIn(hours);
  // A part of an hour would look into the rest of it.
  if (name === 'decompensation' && Math.abs(end - hours) > 1e-5) throw new DataError(`${stay}: expected periods of whole hours for decompensation, got ${hours}`);
  return end;
}
