/** Runs the cells of a comparison: what is finished is kept, what was interrupted is gone on with. */
import { ConfigError, NumericsError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import type { ComparisonPlan } from '../experiments/comparison.ts';
import { findMethod } from '../methods/index.ts';
import { cellFolder, cellState, readSummary } from './comparison.ts';
import { EXIT, messageOf } from './exit.ts';
import { SCHEDULE_DEFAULTS } from './options.ts';
import { createRunDirectory, openRunDirectory } from './run-directory.ts';
import { summarise } from './summary.ts';
import type { Summary } from './summary.ts';
import { checkSettings, configOf, note, openData, runTraining } from './training.ts';
import type { Settings } from './training.ts';

/** The settings of every cell by method, seed after seed. @throws ConfigError for what is out of range, before anything runs */
export function cellsOf({ methods, seeds, set = {}, ...rest }: ComparisonPlan): ReadonlyMap<string, readonly Settings[]> {
  return new Map(methods.map((method) => [findMethod(method).name, seeds.map((seed) => checkSettings({ ...SCHEDULE_DEFAULTS, ...rest, method, seed }, set[method] ?? {}))]));
}

export interface ComparisonRequest {
  readonly cells: ReadonlyMap<string, readonly Settings[]>;
  /** Folder of the cells' folders. */
  readonly out: string;
  readonly data: string | undefined;
  readonly device: Device;
}

/** All cells, seed by seed so that a part of them compares fairly. Null when interrupted. */
export async function runComparison({ cells, out, data, device }: ComparisonRequest): Promise<ReadonlyMap<string, readonly Summary[]> | null> {
  const done = new Map<string, Summary[]>([...cells.keys()].map((method) => [method, []]));
  const all = [...cells.values()].flat().sort((a, b) => a.seed - b.seed);
  for (const [i, settings] of all.entries()) {
    const folder = cellFolder(out, settings.method, settings.seed);
    const state = cellState(folder);
    if (state !== 'finished') {
      note(`${i + 1}/${all.length}  ${settings.method}, seed ${settings.seed}${state === 'interrupted' ? ', going on' : ''}`);
      const dataset = await openData(settings, data);
      const directory = state === 'interrupted' ? openRunDirectory(folder) : createRunDirectory({ directory: folder }, configOf(settings, device.adapter));
      try {
        const end = await runTraining({ device, dataset, settings, directory, resume: state === 'interrupted' });
        if (!end) return null;
        directory.writeSummary(summarise(settings, device.adapter, end, folder));
      } catch (error) {
        // A run that diverged, or a model that does not suit the method, says nothing about the others.
        if (!(error instanceof NumericsError || error instanceof ConfigError)) throw error;
        note(`${settings.method}, seed ${settings.seed}: ${messageOf(error)}`);
        process.exitCode = EXIT.unexpected;
        continue;
      }
    }
    done.get(settings.method)?.push(readSummary(folder));
  }
  return done;
}
