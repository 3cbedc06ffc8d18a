/** What the data of a run was: kept in its folder, and compared when it goes on. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset, TaskEncoding } from '../data/index.ts';
import { fingerprints } from '../data/node/index.ts';
import type { DescribedDataset, Fingerprint } from '../data/node/index.ts';
import { DataError } from '../engine/index.ts';
import { DATA, writeFileAtomic } from './run-directory.ts';

export interface RunData {
  /** By task, what tells its splits from others. */
  readonly splits: Readonly<Record<string, Fingerprint>>;
  /** By task, how rows of a table become its inputs; for tables alone. */
  readonly encodings?: readonly TaskEncoding[];
}

/**
 * Writes what the data is, or where a run goes on compares it.
 * @throws {DataError} a run would go on with other samples than it began with
 */
export function recordData(path: string, dataset: Dataset | DescribedDataset, resume: boolean): void {
  const splits = fingerprints(dataset);
  if (!resume || !readData(path)) {
    writeFileAtomic(join(path, DATA), `${JSON.stringify({ splits, ...('encodings' in dataset ? { encodings: dataset.encodings } : {}) } satisfies RunData, null, 2)}\n`);
    return;
  }
  checkData(path, dataset);
}

/** @throws {DataError} the samples are others than those that the run began with, as far as it says which those were */
export function checkData(path: string, dataset: Dataset | DescribedDataset): void {
  const before = readData(path);
  if (!before) return;
  for (const [task, parts] of Object.entries(fingerprints(dataset))) {
    const changed = Object.entries(parts).filter(([part, hash]) => before.splits[task]?.[part as keyof Fingerprint] !== hash);
    if (changed.length > 0) throw new DataError(`the run in '${path}' began with other samples of the task ${task} for ${changed.map(([part]) => part).join(', ')}: go on with the same data`);
  }
}

/** Null for a run of a version that did not keep it. @throws {DataError} the file is damaged */
export function readData(path: string): RunData | null {
  const file = join(path, DATA);
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunData;
  } catch (cause) {
    throw new DataError(`${file}: not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
