/** Fetching a data set: each of its files downloaded, checked, unpacked and put where the loaders look. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';
import { datasetDownloads, mirrored, type DatasetDownloads, type DownloadFile } from '../../downloads.ts';
import { keepChecksum, readChecksums, sha256Of } from './checksums.ts';
import { ChecksumError, download, type DownloadOptions } from './download.ts';
import { fileError } from './reason.ts';
import { exists, unpack } from './unpack.ts';

/** What a file was held to: its published hash, the one that `SHA256SUMS` keeps of an earlier download, or nothing yet. */
export type Verification = 'published' | 'kept' | 'unverified';

export interface FetchedFile {
  /** Where it lies: the file, or the folder that it was unpacked into. */
  readonly path: string;
  readonly url: string;
  readonly status: 'downloaded' | 'present';
  readonly verified: Verification;
  /** Null for a folder that was there already. */
  readonly sha256: string | null;
}

export interface FetchResult {
  readonly name: string;
  readonly directory: string;
  readonly licence: string;
  readonly files: readonly FetchedFile[];
}

export type FetchEvent =
  /** A file's turn: the `index`th of `count`, from 1. */
  | { readonly type: 'file'; readonly path: string; readonly index: number; readonly count: number }
  | { readonly type: 'download'; readonly path: string; readonly done: number; readonly total: number | null }
  | { readonly type: 'unpack'; readonly path: string; readonly files: number; readonly bytes: number }
  | { readonly type: 'retry'; readonly path: string; readonly reason: string }
  | { readonly type: 'done'; readonly file: FetchedFile };

export interface FetchOptions extends Pick<DownloadOptions, 'signal' | 'attempts' | 'backoff' | 'stallAfter'> {
  /** The data folder; made when it is not there. */
  readonly directory: string;
  /** Takes the place of every address's host; for closed networks. */
  readonly mirror?: string;
  readonly onEvent?: (event: FetchEvent) => void;
}

/**
 * Fetches a data set into a data folder. What is there already stays as it is and is not downloaded again.
 * @param dataset a name, or a description of one's own
 * @throws {ConfigError} an unknown name, or a mirror that is no address
 * @throws {DataError} a data set that only its owner gives out, a file that is there with another hash, or whatever
 *   `download` and `unpack` refuse
 */
export async function fetchDataset(dataset: string | DatasetDownloads, options: FetchOptions): Promise<FetchResult> {
  const plan = typeof dataset === 'string' ? datasetDownloads(dataset) : dataset;
  const { directory, onEvent } = options;
  if (plan.access === 'credentialed') throw new DataError(`${plan.name}: only its owner gives it out: ${plan.address}. ${plan.steps}; lazygrad reads them from ${join(directory, plan.name)}`);
  const files: FetchedFile[] = [];
  try {
    await mkdir(directory, { recursive: true });
    for (const [i, file] of plan.files.entries()) {
      onEvent?.({ type: 'file', path: file.path, index: i + 1, count: plan.files.length });
      const fetched = await fetchFile(file, options);
      files.push(fetched);
      onEvent?.({ type: 'done', file: fetched });
    }
  } catch (error) {
    throw fileError(directory, error);
  }
  return { name: plan.name, directory, licence: plan.licence, files };
}

async function fetchFile(file: DownloadFile, options: FetchOptions): Promise<FetchedFile> {
  const { directory, mirror, signal, onEvent, attempts, backoff, stallAfter } = options;
  const url = mirror === undefined ? file.url : mirrored(file.url, mirror);
  const kept = (await readChecksums(directory)).get(file.path) ?? null;
  const expected = file.sha256 ?? kept;
  const verified: Verification = file.sha256 !== null ? 'published' : kept !== null ? 'kept' : 'unverified';
  const path = join(directory, file.path);
  const target = file.unpack ? join(directory, file.unpack.into) : path;
  if (file.unpack && (await exists(target))) return { path: target, url, status: 'present', verified: 'unverified', sha256: null };

  const there = (await exists(path)) ? await sha256Of(path) : null;
  if (there !== null && expected !== null && there !== expected) throw new DataError(`${path}: is there, with the SHA-256 ${there}, not ${expected}: move it away to have it downloaded${hint(file)}`);
  const sha256 = there ?? (await download(url, path, {
    sha256: expected, largest: file.largest, ...(signal && { signal }),
    ...(attempts !== undefined && { attempts }), ...(backoff !== undefined && { backoff }), ...(stallAfter !== undefined && { stallAfter }),
    onProgress: (done, total) => onEvent?.({ type: 'download', path: file.path, done, total }),
    onRetry: (reason) => onEvent?.({ type: 'retry', path: file.path, reason }),
  }).catch((error: unknown) => {
    throw error instanceof ChecksumError ? new DataError(`${error.message}${hint(file)}`, { cause: error }) : error;
  })).sha256;
  // A file from elsewhere is no download to hold later ones to.
  if (there === null) await keepChecksum(directory, file.path, sha256);
  if (file.unpack) {
    const { into, largest, ...rule } = file.unpack;
    await unpack(path, target, {
      ...rule, limits: { totalBytes: largest }, ...(signal && { signal }),
      onProgress: (files, bytes) => onEvent?.({ type: 'unpack', path: into, files, bytes }),
    });
    await rm(path);
  }
  return { path: target, url, status: there === null ? 'downloaded' : 'present', verified, sha256 };
}

/** Where the expected hash is from, when that is not the publisher. */
const hint = (file: DownloadFile): string => (file.sha256 === null ? ' (the hash is that of an earlier download, in SHA256SUMS: remove the line there if the file is meant to have changed)' : '');
