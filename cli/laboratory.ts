/** What an experiment works with, in the folder of its run: what is finished is kept there, what was interrupted is gone on with. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Device } from '../engine/index.ts';
import type { ComparisonPlan, Failure } from '../experiments/comparison.ts';
import type { Laboratory, Scale, Trained } from '../experiments/experiment.ts';
import { cellFolder, cellState, readKept, rowsOf } from './comparison.ts';
import { endOf, epochsOf } from './report/run-record.ts';
import { cellsOf, runComparison } from './run-comparison.ts';
import type { ComparisonRequest } from './run-comparison.ts';
import { readRun, writeFileAtomic } from './run-directory.ts';
import type { Summary } from './summary.ts';
import { openTrained } from './trained.ts';
import { note, openData } from './training.ts';

export interface LaboratoryOptions {
  readonly device: Device;
  readonly scale: Scale;
  readonly seed: number;
  /** The experiment's folder. */
  readonly run: string;
  /** The folder with the data sets. */
  readonly data: string | undefined;
  /** Told of every run that has a result. */
  readonly onRun: (folder: string) => void;
}

export function createLaboratory({ device, scale, seed, run, data, onRun }: LaboratoryOptions): Laboratory {
  const runAll = async (plan: ComparisonPlan, onFailure: ComparisonRequest['onFailure']): Promise<ReadonlyMap<string, readonly Summary[]> | null> => {
    const done = await runComparison({ cells: cellsOf(plan), out: run, device, open: (settings) => openData(settings, data), onFailure });
    for (const [name, list] of done ?? []) for (const each of list) onRun(cellFolder(run, name, each.seed));
    return done;
  };
  return {
    device, scale, seed, onProgress: note,
    open: (wish) => openData({ ...wish, seed }, data),
    async compare(plan) {
      const failures: Failure[] = [];
      const done = await runAll(plan, (failure) => failures.push(failure));
      return done && { rows: rowsOf(new Map([...done].filter(([, list]) => list.length > 0)), plan.baseline), failures };
    },
    async train(plan) {
      const seeds = plan.seeds.slice(0, 1);
      const done = await runAll({ ...plan, seeds }, (_failure, error) => { throw error; });
      return done && new Map([...done.keys()].map((name) => [name, trainedIn(cellFolder(run, name, seeds[0] ?? 0), device)]));
    },
    async keep<T extends object>(name: string, work: Parameters<Laboratory['keep']>[1]): Promise<T> {
      const folder = join(run, name);
      const [result, checkpoint] = [join(folder, 'summary.json'), join(folder, 'checkpoint')];
      const state = cellState(folder);
      if (state !== 'finished') {
        if (state === 'interrupted') note(`${name}: going on`);
        mkdirSync(folder, { recursive: true });
        const found = await work({ saved: existsSync(checkpoint) ? readFileSync(checkpoint) : null, save: (bytes) => writeFileAtomic(checkpoint, bytes) });
        writeFileAtomic(result, `${JSON.stringify(found)}\n`);
      }
      return readKept(result) as T;
    },
  };
}

/** A finished run's. */
function trainedIn(folder: string, device: Device): Trained {
  const record = readRun(folder);
  const end = endOf(record);
  if (!end) throw new RangeError(`${folder} is not finished`);
  return { model: openTrained(folder).model(device).model, epochs: epochsOf(record), end };
}
