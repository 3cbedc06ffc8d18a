/** Downloading one file: whole or not at all, resumed where it was cut, checked before it takes its name. */
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from '../../../engine/errors.ts';
import { dropPartial, partOf, readPartial } from './partial.ts';
import { fileError } from './reason.ts';
import { PassingError, transfer } from './transfer.ts';

export interface DownloadOptions {
  /** What it must hash to, lower-case hexadecimal; null to take whatever comes. */
  readonly sha256: string | null;
  /** In bytes; a longer file is refused. */
  readonly largest: number;
  /** Ends it and keeps what has come, to be gone on from. */
  readonly signal?: AbortSignal;
  /** Told after each piece; `total` is null when the server does not say. */
  readonly onProgress?: (done: number, total: number | null) => void;
  /** Told before each further try. */
  readonly onRetry?: (reason: string) => void;
  /** Tries in all. Default: 5. */
  readonly attempts?: number;
  /** Milliseconds before the second try; each further wait is twice as long. Default: 1000. */
  readonly backoff?: number;
  /** Milliseconds without a byte after which a try has failed. Default: 60,000. */
  readonly stallAfter?: number;
}

/** What came has another hash than it should. */
export class ChecksumError extends DataError {}

export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Downloads `url` to `path`. Bytes go to `path.part` first; the file takes its name once its length and its hash are
 * right. A later call goes on from what an earlier one left, when the server can give the rest of the very same version
 * (RFC 9110, `Range` with `If-Range`); else it starts over.
 * @throws {DataError} no answer after all tries, an answer that is none (such as 404), a file that is too large or has
 *   another hash (what came is removed then), a disk that takes no more, or an interrupt
 */
export async function download(url: string, path: string, options: DownloadOptions): Promise<Downloaded> {
  try {
    await mkdir(dirname(path), { recursive: true });
    return await complete(url, path, options);
  } catch (error) {
    throw fileError(path, error);
  }
}

async function complete(url: string, path: string, options: DownloadOptions): Promise<Downloaded> {
  const result = await persist(url, path, options);
  if (options.sha256 !== null && options.sha256 !== result.sha256) {
    await dropPartial(path);
    throw new ChecksumError(`${url}: expected the SHA-256 ${options.sha256}, got ${result.sha256} (${result.bytes} bytes); what came was removed`);
  }
  await rename(partOf(path), path);
  await dropPartial(path);
  return result;
}

async function persist(url: string, path: string, options: DownloadOptions): Promise<Downloaded> {
  const { signal, attempts = 5, backoff = 1000, onRetry } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      signal?.throwIfAborted();
      return await transfer(url, path, options);
    } catch (error) {
      if (signal?.aborted) throw await interrupted(url, path);
      if (!(error instanceof PassingError)) throw error;
      if (attempt >= attempts) throw new DataError(`${error.message} (${attempts} tries)${await whatIsKept(url, path)}`, { cause: error });
      onRetry?.(error.message);
      await sleep(backoff * 2 ** (attempt - 1), undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }
}

async function interrupted(url: string, path: string): Promise<DataError> {
  return new DataError(`${url}: interrupted${await whatIsKept(url, path)}`);
}

async function whatIsKept(url: string, path: string): Promise<string> {
  const { bytes } = await readPartial(path, url);
  return bytes > 0 ? `; the first ${bytes} bytes are kept in ${partOf(path)}, and the same call goes on from there` : '';
}
