/** Measures the models of runs that have not been measured yet, for a report on them. */
import { DATASETS } from '../data/index.ts';
import type { Dataset } from '../data/index.ts';
import { LazygradError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { BASELINE } from '../methods/index.ts';
import { analyse } from './analyse.ts';
import { likenessOf } from './likeness.ts';
import type { RunAnalysis } from './report/analysis.ts';
import { endOf } from './report/run-record.ts';
import type { RunRecord } from './report/run-record.ts';
import { seriesOf } from './report/series.ts';
import { rememberLast } from './run-comparison.ts';
import { checkData } from './run-data.ts';
import { openRunDirectory, readRun } from './run-directory.ts';
import { openTrained } from './trained.ts';
import { note } from './training.ts';
import type { DataSettings } from './training.ts';

/** Which runs a report measures: of each method the first that is finished, all, or none. */
export const MEASURED = ['first', 'all', 'none'] as const;
export type Measured = (typeof MEASURED)[number];

export interface AnalysesRequest {
  readonly folders: readonly string[];
  readonly which: Measured;
  /** Validation samples of each task, at most. */
  readonly samples: number;
  readonly open: (wanted: DataSettings) => Promise<Dataset>;
  /** Asked once, if there is anything to measure. */
  readonly device: () => Promise<Device>;
}

interface Run {
  readonly folder: string;
  readonly record: RunRecord;
}

/** Writes what it finds into the runs' folders. @returns a sentence on each run that could not be measured, with the command that would */
export async function analyseRuns({ folders, which, samples, open, device }: AnalysesRequest): Promise<string[]> {
  const runs = folders.map((folder): Run => ({ folder, record: readRun(folder) }));
  const read = rememberLast(open);
  const problems: string[] = [];
  let opened: Promise<Device> | undefined;
  for (const { folder, record } of wanted(runs, which)) {
    const alone = baselineOf(record, runs);
    if (record.analysis && (record.analysis.likeness !== undefined || !alone)) continue;
    try {
      note(`measuring ${folder}`);
      opened ??= device();
      const analysis = await analysisOf(await opened, { folder, record }, alone, samples, read);
      openRunDirectory(folder).writeAnalysis(analysis);
    } catch (error) {
      if (!(error instanceof LazygradError)) throw error;
      problems.push(`${record.config.method}, seed ${record.config.seed}, is not measured: ${error.message}. lazygrad analyse ${folder} does it.`);
    }
  }
  return problems;
}

function wanted(runs: readonly Run[], which: Measured): Run[] {
  if (which === 'none') return [];
  const finished = runs.filter(({ record }) => endOf(record) !== undefined);
  if (which === 'all') return finished;
  const heads = new Set(seriesOf(finished.map(({ record }) => record)).map((series) => series.runs.find(({ analysis }) => analysis) ?? series.runs[0]));
  return finished.filter(({ record }) => heads.has(record));
}

/** The run of single-task learning on the same samples, from the same start. */
function baselineOf({ config }: RunRecord, runs: readonly Run[]): Run | undefined {
  if (config.method === BASELINE) return undefined;
  const same = (name: string, other: RunRecord['config']): boolean => JSON.stringify(config.options?.[name]) === JSON.stringify(other.options?.[name]);
  return runs.find(({ record }) => record.config.method === BASELINE && endOf(record) !== undefined && record.config.dataset === config.dataset && record.config.model === config.model
    && record.config.seed === config.seed && same('limit', record.config) && same('tokens', record.config) && same('width', record.config));
}

async function analysisOf(device: Device, { folder, record }: Run, alone: Run | undefined, samples: number, read: (wanted: DataSettings) => Promise<Dataset>): Promise<RunAnalysis> {
  using _scope = device.scope();
  const trained = openTrained(folder);
  const { settings } = trained;
  const { model, rule } = trained.ruled(device);
  const dataset = await read(settings);
  checkData(folder, dataset);
  const before = record.analysis ?? await analyse(device, model, dataset, samples, { lr: settings.lr, rule });
  if (!alone) return before;
  // Of samples that are cut down, tasks do not have the same stays.
  const stays = DATASETS.find(({ name }) => name === settings.dataset)?.group === 'patient-care';
  const likeness = await likenessOf({ device, shared: model, alone: openTrained(alone.folder).model(device).model, dataset: stays ? await read({ ...settings, limit: 0 }) : dataset, stays, label: record.config.method });
  return { ...before, ...likeness && { likeness } };
}
