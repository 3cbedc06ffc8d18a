/** Methods by seeds on one data set: each cell a run of its own in a folder of its own, kept when it is finished, gone on with when it was interrupted. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../analysis/metrics.ts';
import { pairedDifference, spread } from '../analysis/spread.ts';
import type { Difference } from '../analysis/spread.ts';
import type { ComparisonRow } from '../experiments/comparison.ts';
import type { EndEvent } from '../methods/index.ts';
import { BASELINE } from '../methods/index.ts';
import type { Summary } from './summary.ts';

/** Where a cell's run lies. */
export const cellFolder = (out: string, method: string, seed: number): string => join(out, `${method}-seed-${seed}`);

/** What is left to do of a cell: nothing, the rest, or all; half a start is cleared away. */
export function cellState(folder: string): 'finished' | 'interrupted' | 'new' {
  if (existsSync(join(folder, 'summary.json'))) return 'finished';
  if (existsSync(join(folder, 'checkpoint'))) return 'interrupted';
  rmSync(folder, { recursive: true, force: true });
  return 'new';
}

export const readSummary = (folder: string): Summary => readKept(join(folder, 'summary.json')) as Summary;

/** A result in JSON, which has null for NaN. */
export function readKept(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) => (value === null && key !== 'ownership' ? NaN : value));
}

/** Of a finished run, what is compared. */
export type Outcome = Pick<Summary, 'seed' | 'tasks' | 'average' | 'passes' | 'seconds'>;

/** @param runs of all methods, each with at least one; differences are of the seeds that both have @param baseline what is compared with */
export function rowsOf(runs: ReadonlyMap<string, readonly Outcome[]>, baseline: string = BASELINE): ComparisonRow[] {
  const alone = runs.get(baseline);
  return [...runs].map(([method, list]) => {
    const [first] = list;
    const tasks = Object.fromEntries((first?.tasks ?? []).map(({ name }, i) => [name, spread(list.map((run) => run.tasks[i]?.test ?? NaN))]));
    const mean = (of: (run: Outcome) => number): number => spread(list.map(of)).mean;
    return {
      method, tasks, average: spread(list.map((run) => run.average.test)),
      versusSingleTask: method === baseline || !alone ? null : difference(list, alone),
      passes: mean((run) => run.passes), seconds: mean((run) => run.seconds),
    };
  });
}

function difference(runs: readonly Outcome[], alone: readonly Outcome[]): Difference {
  const pairs = runs.flatMap((run) => alone.filter(({ seed }) => seed === run.seed).map((other) => [run.average.test, other.average.test] as const));
  const found = pairedDifference(pairs.map(([value]) => value), pairs.map(([, other]) => other));
  return lowerIsBetter(runs[0]?.tasks ?? []) ? { mean: -found.mean, low: -found.high, high: -found.low } : found;
}

const lowerIsBetter = (tasks: EndEvent['tasks']): boolean => tasks.every(({ metric }) => METRICS[metric].better === 'lower');
