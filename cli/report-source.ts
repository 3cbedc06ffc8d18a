/** What there is to report on in folders: a run, the runs of a comparison, or a reproduced experiment. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, DataError } from '../engine/errors.ts';
import type { Result } from '../experiments/experiment.ts';
import type { Report } from './report/document.ts';
import { RESULT, isRun, readRun } from './run-directory.ts';

/** @param problems what of the runs could not be measured, and why @throws ConfigError where there is nothing to report on, or an experiment beside something else */
export async function reportOn(paths: readonly string[], problems: readonly string[] = []): Promise<Report> {
  const [only] = paths;
  if (only !== undefined && runsToReport(paths) === null) return experimentIn(only);
  const { runReport } = await import('./report/run-report.ts');
  const runs = paths.flatMap((path) => runsIn(path).map(readRun).sort((a, b) => a.config.created.localeCompare(b.config.created)));
  return runReport(runs, problems);
}

/** The folders of all runs; null for an experiment alone. @throws ConfigError for a folder without runs */
export function runsToReport(paths: readonly string[]): string[] | null {
  const [only] = paths;
  return only !== undefined && paths.length === 1 && isExperiment(only) ? null : paths.flatMap(runsIn);
}

/** The folder itself, or the runs in it. */
function runsIn(path: string): string[] {
  if (isRun(path)) return [path];
  const runs = existsSync(path) ? readdirSync(path).sort().map((name) => join(path, name)).filter(isRun) : [];
  if (runs.length === 0) throw new ConfigError(`'${path}' is not a run, nor a folder of runs`);
  return runs;
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
