/** Tables from files, by the ending of their names. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../../../engine/errors.ts';
import { parseArff } from '../../tables/arff.ts';
import { readCsv, type CsvOptions } from '../../tables/csv.ts';
import { parseJsonLines } from '../../tables/json-lines.ts';
import { parseParquet } from '../../tables/parquet.ts';
import { tabularTasks, type Tabular, type TabularSpec } from '../../tables/tabular.ts';
import type { Table } from '../../tables/table.ts';
import { readBytes } from '../files.ts';
import type { Progress } from '../set.ts';
import { boundedDecoder } from './parquet.ts';

/**
 * Reads `.csv`, `.tsv`, `.data` (comma-separated values), `.jsonl`, `.ndjson`, `.parquet` or `.arff`, each also as `.gz`. Values separated by commas or tabs may be larger than memory.
 * @param options for comma- and tab-separated values alone
 * @param onProgress told how many bytes of how many are read, of such values alone
 * @throws {DataError} another ending, a file that cannot be read, or what its format's parser refuses
 */
export async function loadTable(path: string, options: CsvOptions = {}, onProgress?: Progress): Promise<Table> {
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  if (['csv', 'tsv', 'data'].includes(ending)) return readCsv(() => pieces(path, onProgress), path, ending === 'tsv' ? { delimiter: '\t', ...options } : options);
  if (ending === 'jsonl' || ending === 'ndjson') return parseJsonLines(await readBytes(path), path);
  if (ending === 'arff') return parseArff(await readBytes(path), path);
  if (ending === 'parquet') return parseParquet(await readBytes(path), path, { decode: boundedDecoder() });
  throw new DataError(`${path}: expected a name that ends in .csv, .tsv, .data, .jsonl, .ndjson, .parquet or .arff, each perhaps with .gz`);
}

/**
 * The tasks of a table in a file.
 * @throws {DataError} as `loadTable` and `tabularTasks`
 * @throws {ConfigError} a description that contradicts itself
 */
export async function openTabular(path: string, spec: TabularSpec, options: CsvOptions = {}, onProgress?: Progress): Promise<Tabular> {
  return tabularTasks(await loadTable(path, options, onProgress), spec);
}

async function* pieces(path: string, onProgress?: Progress): AsyncGenerator<Uint8Array> {
  try {
    const { size } = await stat(path);
    const file = createReadStream(path);
    // An error of the file ends the other stream, which is read below and throws it.
    const bytes = path.toLowerCase().endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : file;
    for await (const piece of bytes) {
      yield piece as Uint8Array;
      onProgress?.(file.bytesRead, size, basename(path));
    }
  } catch (cause) {
    throw new DataError(`${path}: cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
