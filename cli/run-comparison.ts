/** Runs the cells of a comparison: what is finished is kept, what was interrupted is gone on with. */
import type { Dataset } from '../data/index.ts';
import { ConfigError, DTypeError, LazygradError, NumericsError, ShapeError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import type { ComparisonPlan, Failure } from '../experiments/comparison.ts';
import { cellFolder, cellState, readSummary, writeResultLines } from './comparison.ts';
import { messageOf } from './exit.ts';
import { SCHEDULE_DEFAULTS } from './options.ts';
import { createRunDirectory, openRunDirectory } from './run-directory.ts';
import { summarise } from './summary.ts';
import type { Summary } from './summary.ts';
import { checkSettings, configOf, note, runTraining } from './training.ts';
import type { DataSettings, Settings } from './training.ts';

/** The settings of every cell by the method's or variant's name, seed after seed. @throws ConfigError for what is out of range, before anything runs */
export function cellsOf({ methods, variants = {}, baseline: _baseline, seeds, set = {}, ...rest }: ComparisonPlan): ReadonlyMap<string, readonly Settings[]> {
  return new Map(methods.map((name) => {
    const changed = variants[name] ?? { method: name };
    return [name, seeds.map((seed) => checkSettings({ ...SCHEDULE_DEFAULTS, tokens: 0, ...rest, ...changed, seed }, set[changed.method] ?? {}))];
  }));
}

export interface ComparisonRequest {
  readonly cells: ReadonlyMap<string, readonly Settings[]>;
  /** Folder of the cells' folders. */
  readonly out: string;
  /** @throws DataError when the data set is not there */
  readonly open: (wanted: DataSettings) => Promise<Dataset>;
  readonly device: Device;
  /** Told of each run that has no result, and why; may throw to end it all. */
  readonly onFailure: (failure: Failure, error: Error) => void;
}

/** All cells, seed by seed so that a part of them compares fairly. Null when interrupted. */
export async function runComparison({ cells, out, open: read, device, onFailure }: ComparisonRequest): Promise<ReadonlyMap<string, readonly Summary[]> | null> {
  const done = new Map<string, Summary[]>([...cells.keys()].map((method) => [method, []]));
  const all = [...cells].flatMap(([method, list]) => list.map((settings) => ({ method, settings }))).sort((a, b) => a.settings.seed - b.settings.seed);
  const open = rememberLast(read);
  for (const [i, { method, settings }] of all.entries()) {
    const { seed } = settings;
    const folder = cellFolder(out, method, seed);
    const state = cellState(folder);
    if (state !== 'finished') {
      note(`${i + 1}/${all.length}  ${method}, seed ${seed}${state === 'interrupted' ? ', going on' : ''}`);
      const dataset = await open(settings);
      const directory = state === 'interrupted' ? openRunDirectory(folder) : createRunDirectory({ directory: folder }, configOf(settings, device.adapter));
      try {
        const end = await runTraining({ device, dataset, settings, directory, resume: state === 'interrupted' });
        if (!end) return null;
        directory.writeSummary(summarise(settings, device.adapter, end, folder));
        writeResultLines(out);
      } catch (error) {
        if (!(error instanceof LazygradError && SAYS_NOTHING_OF_OTHERS.some((kind) => error instanceof kind))) throw error;
        note(`${method}, seed ${seed}: ${messageOf(error)}`);
        onFailure({ method, seed, reason: error.message }, error);
        continue;
      }
    }
    done.get(method)?.push(readSummary(folder));
  }
  return done;
}

/** A run that diverged, or a model or inputs that do not suit the method. */
const SAYS_NOTHING_OF_OTHERS = [NumericsError, ConfigError, DTypeError, ShapeError];

/** All methods of a seed learn from the same samples: they are read once. */
export function rememberLast(read: (wanted: DataSettings) => Promise<Dataset>): (wanted: DataSettings) => Promise<Dataset> {
  let last: { readonly key: string; readonly dataset: Dataset } | null = null;
  return async ({ dataset, seed, limit, tokens = 0 }) => {
    const key = JSON.stringify([dataset, seed, limit, tokens]);
    if (last?.key !== key) last = { key, dataset: await read({ dataset, seed, limit, tokens }) };
    return last.dataset;
  };
}
