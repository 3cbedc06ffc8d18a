/** The PhysioNet/CinC Challenge 2012 from files: of sets A and B, the stays as text files or as one table, and the outcomes. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';
import { readSafetensors, writeSafetensors } from '../../../engine/io/safetensors.ts';
import type { StoredTensor } from '../../../engine/io/elements.ts';
import { parseOutcomes } from '../../icu/physionet2012/outcomes.ts';
import { parseStay, parseStays, type Stay } from '../../icu/physionet2012/stays.ts';
import { challengeTasks, stayTable, type ChallengeSet, type StayTable } from '../../icu/physionet2012/tasks.ts';
import { cached } from '../cache.ts';
import { plainOrGzip, readBytes } from '../files.ts';
import type { Progress, SetLoader } from '../set.ts';

const NAME = 'physionet2012';
/** Changes whenever parsing or the cache's layout does. */
const FORMAT = 1;

interface Files {
  /** A folder of text files, or a table. */
  readonly stays: string;
  readonly outcomes: string;
}

export const physionet2012: SetLoader = {
  name: NAME,
  wanted: `put set-a/ and set-b/ with the challenge's text files (or set-a.csv and set-b.csv with columns RecordID, Time, Parameter and Value), Outcomes-a.txt and Outcomes-b.txt into a folder DIR/${NAME}; tables and outcomes may be .gz`,
  find(folders) {
    for (const folder of folders) {
      const path = join(folder, NAME);
      const [a, b] = [filesOf(path, 'a'), filesOf(path, 'b')];
      if (a && b) return { path, load: async ({ seed, onProgress }) => challengeTasks(await readSet(a, onProgress), await readSet(b, onProgress), seed) };
    }
    return null;
  },
};

function filesOf(folder: string, letter: 'a' | 'b'): Files | null {
  const texts = join(folder, `set-${letter}`);
  const stays = statSync(texts, { throwIfNoEntry: false })?.isDirectory() ? texts : plainOrGzip(`${texts}.csv`);
  const outcomes = plainOrGzip(join(folder, `Outcomes-${letter}.txt`));
  return stays !== null && outcomes !== null ? { stays, outcomes } : null;
}

/**
 * The stays of a set and their outcomes. What was parsed once is kept in the cache, under a name that changes with every file's size and date.
 * @throws {DataError} a file that cannot be read or is damaged
 */
export async function readSet({ stays, outcomes }: Files, onProgress?: Progress): Promise<ChallengeSet> {
  const files = /\.csv(\.gz)?$/.test(stays) ? [stays] : await textFiles(stays);
  const parse = async (): Promise<StayTable> => stayTable(files[0] === stays ? parseStays(await readBytes(stays), stays, (done, total) => onProgress?.(done, total, `reading ${stays}`)) : await readTexts(files, onProgress));
  const bytes = await cached(`${NAME}-${FORMAT}-${await fingerprint(files)}.safetensors`, async () => encodeTable(await parse()));
  return { stays: decodeTable(bytes) ?? (await parse()), outcomes: parseOutcomes(await readBytes(outcomes), outcomes), file: outcomes };
}

async function textFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^\d+\.txt$/.test(name)).sort();
  if (names.length === 0) throw new DataError(`${folder}: expected text files named by their records, such as 132539.txt, got none`);
  return names.map((name) => join(folder, name));
}

async function readTexts(files: readonly string[], onProgress?: Progress): Promise<Stay[]> {
  const stays: Stay[] = [];
  const first = new Map<number, string>();
  for (const [i, file] of files.entries()) {
    const stay = parseStay(await readBytes(file), file);
    const other = first.get(stay.record);
    if (other !== undefined) throw new DataError(`${file}: record ${stay.record} is in ${other} too`);
    first.set(stay.record, file);
    stays.push(stay);
    if (i % 100 === 99) onProgress?.(i + 1, files.length, 'reading stays');
  }
  return stays;
}

async function fingerprint(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    if (!existsSync(file)) throw new DataError(`${file}: cannot be read: it is gone`);
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex').slice(0, 32);
}

function encodeTable({ records, ...floats }: StayTable): Uint8Array {
  const tensors = new Map<string, StoredTensor>([['records', { shape: [records.length], data: records }]]);
  for (const [name, data] of Object.entries(floats)) tensors.set(name, { shape: [data.length], data });
  return writeSafetensors({ tensors, metadata: {} });
}

/** Null when it is not what `encodeTable` writes. */
function decodeTable(bytes: Uint8Array): StayTable | null {
  const { tensors } = readSafetensors(bytes, 'the cache');
  const records = tensors.get('records')?.data;
  const float = (name: string): Float32Array | null => {
    const data = tensors.get(name)?.data;
    return data instanceof Float32Array ? data : null;
  };
  const [grids, descriptors, organFailure] = [float('grids'), float('descriptors'), float('organFailure')];
  return records instanceof Int32Array && grids && descriptors && organFailure ? { records, grids, descriptors, organFailure } : null;
}
