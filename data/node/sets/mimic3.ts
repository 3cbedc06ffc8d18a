/** The MIMIC-III benchmarks from the folders that their public pipeline writes. Nothing of it is ever downloaded: access is granted by PhysioNet, person by person. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../engine/io/safetensors.ts';
import { discretize } from '../../icu/mimic3/discretize.ts';
import { parseEpisode } from '../../icu/mimic3/episode.ts';
import { joinGrids } from '../../icu/hourly-windows.ts';
import { LISTFILES, parseListfile, type BenchmarkTask } from '../../icu/mimic3/listfile.ts';
import { parseStatistics } from '../../icu/mimic3/normalizer.ts';
import { divideSubjects, type Listing, type TaskListings } from '../../icu/mimic3/splits.ts';
import { BENCHMARK_TASKS, benchmarkTasks, longestPeriods, LONGEST, type EpisodeGrids } from '../../icu/mimic3/tasks.ts';
import { VARIABLES } from '../../icu/mimic3/variables.ts';
import type { Task } from '../../task.ts';
import { cached } from '../cache.ts';
import { readBytes } from '../files.ts';
import type { ReadOptions, SetLoader } from '../set.ts';

const NAME = 'mimic3';
/** Changes whenever parsing or the cache's layout does. */
const FORMAT = 1;
/** In place of the training split's statistics, when it is there. */
const STATISTICS = 'normalizer.json';

export const mimic3: SetLoader = {
  name: NAME,
  wanted: `run the public pipeline of the MIMIC-III benchmarks (https://github.com/YerevaNN/mimic3-benchmarks) on your copy of MIMIC-III and put its folders ${BENCHMARK_TASKS.join(', ')} into a folder DIR/${NAME}`,
  find(folders) {
    for (const folder of folders) {
      const path = join(folder, NAME);
      if (BENCHMARK_TASKS.every((task) => filesOf(join(path, task)) !== null)) return { path, load: (options) => loadBenchmarks(path, options) };
    }
    return null;
  },
};

interface ListFiles {
  readonly train: string;
  readonly validation: string | null;
  readonly test: string;
}

/** `train_listfile.csv`, `val_listfile.csv` and `test_listfile.csv` lie beside `train/` and `test/`; before they are made, each of those has a `listfile.csv`. */
function filesOf(folder: string): ListFiles | null {
  const first = (...names: string[]): string | null => names.map((name) => join(folder, name)).find((path) => existsSync(path)) ?? null;
  const validation = first('val_listfile.csv');
  // The training list without a list for validation beside it has lost its validation subjects: the full list is the better one.
  const train = validation === null ? first('train/listfile.csv', 'train_listfile.csv') : first('train_listfile.csv');
  const test = first('test_listfile.csv', 'test/listfile.csv');
  return train !== null && test !== null ? { train, validation, test } : null;
}

/**
 * The three tasks below a folder.
 * @param path the folder with `in-hospital-mortality`, `decompensation` and `phenotyping`
 * @param longest hours that a sample has at most, of longer periods the last ones
 * @throws {DataError} a file that is missing or damaged, a subject in two parts
 */
export async function loadBenchmarks(path: string, { seed, onProgress }: ReadOptions, longest: number = LONGEST): Promise<Task[]> {
  const lists: TaskListings[] = [];
  for (const task of BENCHMARK_TASKS) lists.push(await readLists(join(path, task), task));
  const samples = new Map(divideSubjects(lists, seed).map((parts, i) => [BENCHMARK_TASKS[i] ?? 'phenotyping', parts]));
  const grids = new Map<BenchmarkTask, EpisodeGrids>();
  for (const [i, task] of BENCHMARK_TASKS.entries()) {
    const list = lists[i];
    if (list) grids.set(task, await readGrids(join(path, task), list, (done, total) => onProgress?.(done, total, `reading episodes of ${task}`)));
  }
  const statistics = join(path, STATISTICS);
  return benchmarkTasks(samples, grids, longest, existsSync(statistics) ? parseStatistics(await readBytes(statistics), statistics) : undefined);
}

async function readLists(folder: string, task: BenchmarkTask): Promise<TaskListings> {
  const files = filesOf(folder);
  if (!files) throw new DataError(`${folder}: expected listfiles for training and test, found none`);
  const read = async (file: string): Promise<Listing> => ({ file, samples: parseListfile(await readBytes(file), file, LISTFILES[task]) });
  return { train: await read(files.train), validation: files.validation === null ? null : await read(files.validation), test: await read(files.test) };
}

interface EpisodeFile {
  readonly stay: string;
  readonly path: string;
  readonly period: number;
}

/** Episodes of training and validation lie in `train/`, those of the test in `test/`. */
async function readGrids(folder: string, { train, validation, test }: TaskListings, onProgress: (done: number, total: number) => void): Promise<EpisodeGrids> {
  const inFolder = (part: 'train' | 'test', samples: Listing['samples']): EpisodeFile[] => [...longestPeriods(samples)].map(([stay, period]) => ({ stay, path: join(folder, part, stay), period }));
  const files = [...inFolder('train', [...train.samples, ...(validation?.samples ?? [])]), ...inFolder('test', test.samples)];
  const parse = async (): Promise<Float32Array[]> => {
    const grids: Float32Array[] = [];
    for (const [i, { path, period }] of files.entries()) {
      grids.push(discretize(parseEpisode(await readBytes(path), path), period));
      if (i % 100 === 99) onProgress(i + 1, files.length);
    }
    return grids;
  };
  const bytes = await cached(`${NAME}-${FORMAT}-${await fingerprint(files)}.safetensors`, async () => encodeGrids(await parse()));
  const grids = decodeGrids(bytes, files.length) ?? (await parse());
  return new Map(files.map(({ stay }, i) => [stay, grids[i] ?? new Float32Array()]));
}

async function fingerprint(files: readonly EpisodeFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, period } of files) {
    const { size, mtimeMs } = await stat(path).catch((cause: unknown) => {
      throw new DataError(`${path}: listed as an episode, but cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    });
    hash.update(`${path}\0${size}\0${mtimeMs}\0${period}\0`);
  }
  return hash.digest('hex').slice(0, 32);
}

function encodeGrids(grids: readonly Float32Array[]): Uint8Array {
  const { starts, values } = joinGrids(grids, VARIABLES.length);
  return writeSafetensors({ tensors: new Map([['starts', { shape: [starts.length], data: starts }], ['values', { shape: [values.length], data: values }]]), metadata: {} });
}

/** Null when it is not what `encodeGrids` writes. */
function decodeGrids(bytes: Uint8Array, count: number): Float32Array[] | null {
  const { tensors } = readSafetensors(bytes, 'the cache');
  const [starts, values] = [tensors.get('starts')?.data, tensors.get('values')?.data];
  if (!(starts instanceof Uint32Array) || !(values instanceof Float32Array) || starts.length !== count + 1) return null;
  return Array.from({ length: count }, (_, i) => values.subarray((starts[i] ?? 0) * VARIABLES.length, (starts[i + 1] ?? 0) * VARIABLES.length));
}
