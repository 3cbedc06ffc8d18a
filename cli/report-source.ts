/** What there is to report on in folders: a run, the runs of a comparison, or a reproduced experiment. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, DataError } from '../engine/errors.ts';
import type { Result } from '../experiments/experiment.ts';
import type { Report } from './report/document.ts';
import type { RunRecord } from './report/run-record.ts';
import { RESULT, isRun, readRun } from './run-directory.ts';

/** @throws ConfigError where there is nothing to report on, or an experiment beside something else */
export async function reportOn(paths: readonly string[]): Promise<Report> {
  const [only] = paths;
  if (only !== undefined && paths.length === 1 && isExperiment(only)) return experimentIn(only);
  const { runReport } = await import('./report/run-report.ts');
  return runReport(paths.flatMap(runsIn));
}

/** The run in the folder, or those in its folders, the oldest first. */
function runsIn(path: string): RunRecord[] {
  if (isRun(path)) return [readRun(path)];
  const runs = existsSync(path) ? readdirSync(path).sort().map((name) => join(path, name)).filter(isRun).map(readRun) : [];
  if (runs.length === 0) throw new ConfigError(`'${path}' is not a run, nor a folder of runs`);
  return runs.sort((a, b) => a.config.created.localeCompare(b.config.created));
}

const isExperiment = (path: string): boolean => existsSync(join(path, 'experiment.json')) && existsSync(join(path, RESULT));

interface ExperimentDocument extends Result {
  readonly id: string;
  readonly title: string;
  readonly scale: string;
  readonly adapter: { readonly name: string };
  readonly lazygrad: string;
}

async function experimentIn(path: string): Promise<Report> {
  const { experimentReport } = await import('./report/experiment-report.ts');
  const file = join(path, RESULT);
  try {
    const { id, title, scale, adapter, lazygrad, ...result } = JSON.parse(readFileSync(file, 'utf8'), reviveNumbers) as ExperimentDocument;
    return experimentReport({ id, title, scale, adapter: adapter.name, lazygrad }, result, readdirSync(path).filter((name) => /^runs(-.+)?\.html$/.test(name)).sort());
  } catch (error) {
    throw error instanceof TypeError || error instanceof SyntaxError ? new DataError(`${file}: expected the result of an experiment: ${error.message}`, { cause: error }) : error;
  }
}

/** JSON has no NaN. What may be missing altogether is null in either case. */
const reviveNumbers = (key: string, value: unknown): unknown => value === null && key !== 'ours' && key !== 'paper' ? NaN : value;
