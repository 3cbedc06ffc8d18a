/** Methods by seeds on one data set: each cell a run of its own in a folder of its own, kept when it is finished, gone on with when it was interrupted. */
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../analysis/metrics.ts';
import type { MetricName } from '../analysis/metrics.ts';
import { pairedDifference, spread } from '../analysis/spread.ts';
import type { Difference } from '../analysis/spread.ts';
import type { ComparisonRow } from '../experiments/comparison.ts';
import { BASELINE } from '../methods/index.ts';
import { isRun, writeFileAtomic } from './run-directory.ts';
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

/** Writes the results of all finished runs in the folder, a line of JSON each. */
export function writeResultLines(out: string): void {
  const summaries = readdirSync(out).map((name) => join(out, name)).filter((folder) => isRun(folder) && existsSync(join(folder, 'summary.json'))).sort();
  writeFileAtomic(join(out, 'results.jsonl'), summaries.map((folder) => `${JSON.stringify(readSummary(folder))}\n`).join(''));
}

/** Of a finished run, what is compared. */
export type Outcome = Pick<Summary, 'seed' | 'tasks' | 'average' | 'passes' | 'seconds'>;

/** @param runs of all methods, each with at least one; differences are of the seeds that both have @param baseline what is compared with */
export function rowsOf(runs: ReadonlyMap<string, readonly Outcome[]>, baseline: string = BASELINE): ComparisonRow[] {
  const alone = runs.get(baseline);
  return [...runs].map(([method, list]) => {
    const [first] = list;
    const mean = (of: (run: Outcome) => number): number => spread(list.map(of)).mean;
    const versus = (of: (run: Outcome) => number, metric: MetricName | undefined): Difference | null => method === baseline || !alone ? null : difference(list, alone, of, metric);
    const tasks = (first?.tasks ?? []).map(({ name, metric }, i) => {
      const test = (run: Outcome): number => run.tasks[i]?.test ?? NaN;
      return [name, { ...spread(list.map(test)), versusSingleTask: versus(test, metric) }] as const;
    });
    const average = (run: Outcome): number => run.average.test;
    return {
      method, tasks: Object.fromEntries(tasks), average: spread(list.map(average)), versusSingleTask: versus(average, first?.tasks[0]?.metric),
      passes: mean((run) => run.passes), seconds: mean((run) => run.seconds),
    };
  });
}

/** Of what two methods have with the same seed; positive is better. */
function difference(runs: readonly Outcome[], alone: readonly Outcome[], of: (run: Outcome) => number, metric: MetricName = 'accuracy'): Difference {
  const pairs = runs.flatMap((run) => alone.filter(({ seed }) => seed === run.seed).map((other) => [of(run), of(other)] as const));
  const found = pairedDifference(pairs.map(([value]) => value), pairs.map(([, other]) => other));
  return METRICS[metric].better === 'lower' ? { mean: -found.mean, low: -found.high, high: -found.low } : found;
}
