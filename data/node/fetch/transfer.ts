/** One try at a download: asks for the file, or for the rest of it, and writes what comes behind what is there. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { DataError } from '../../../engine/errors.ts';
import { hashFile } from './checksums.ts';
import type { Downloaded, DownloadOptions } from './download.ts';
import { describePartial, dropPartial, partOf, readPartial, type Partial } from './partial.ts';
import { reason } from './reason.ts';
import { checkDowngrade, isPassing, lengthOf, rangeOf, validatorOf } from './response.ts';
import { Stall } from './stall.ts';

/** A failure that another try may mend. */
export class PassingError extends DataError {}

/**
 * Leaves the whole file in `path.part`.
 * @throws {PassingError} what another try may mend; what has come is kept
 * @throws {DataError} what none will mend
 */
export async function transfer(url: string, path: string, options: DownloadOptions): Promise<Downloaded> {
  const kept = await readPartial(path, url);
  const resumed = createHash('sha256');
  // Before anything is asked for: a server does not wait while gigabytes are read.
  if (kept.bytes > 0) await hashFile(partOf(path), resumed);
  using stall = new Stall(options.stallAfter ?? 60_000, options.signal);
  const response = await ask(url, kept, stall);
  const { start, total } = await checkAnswer(url, path, response, kept, options.largest);
  const hash = start > 0 ? resumed : createHash('sha256');
  const file = await open(partOf(path), start > 0 ? 'a' : 'w');
  let bytes = start;
  try {
    if (start === 0) await describePartial(path, url, validatorOf(response.headers));
    for await (const piece of pieces(url, response, stall)) {
      bytes += piece.length;
      if (bytes > Math.min(total ?? Infinity, options.largest)) break;
      hash.update(piece);
      await file.writeFile(piece);
      options.onProgress?.(bytes, total);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (bytes > options.largest) throw await tooLarge(url, path, `more than ${options.largest}`, options.largest);
  if (total !== null && bytes > total) {
    await dropPartial(path);
    throw new PassingError(`${url}: expected ${total} bytes, got more`);
  }
  if (total !== null && bytes < total) throw new PassingError(`${url}: ended after ${bytes} of ${total} bytes`);
  return { bytes, sha256: hash.digest('hex') };
}

async function ask(url: string, kept: Partial, stall: Stall): Promise<Response> {
  // A file's length and hash are those of its bytes as they lie on the server.
  const headers = new Headers({ 'accept-encoding': 'identity', 'user-agent': 'lazygrad' });
  if (kept.bytes > 0) {
    headers.set('range', `bytes=${kept.bytes}-`);
    headers.set('if-range', kept.validator);
  }
  try {
    return await fetch(url, { headers, signal: stall.signal });
  } catch (cause) {
    throw new PassingError(`${url}: ${stall.message ?? `no answer: ${reason(cause)}`}`, { cause });
  }
}

/** Where the bytes of the answer belong, and the length of the whole file if it is known. */
async function checkAnswer(url: string, path: string, response: Response, kept: Partial, largest: number): Promise<{ start: number; total: number | null }> {
  const { status, statusText, headers } = response;
  if (isPassing(status)) throw new PassingError(`${url}: answered ${status} ${statusText}`.trimEnd());
  if (![200, 206, 416].includes(status)) throw new DataError(`${url}: expected the file, got the answer ${status} ${statusText}`.trimEnd());
  checkDowngrade(url, response.url);
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw new DataError(`${url}: expected the file as it is, got it encoded as ${encoding}`);
  if (status === 206 || status === 416) {
    const range = rangeOf(headers);
    const version = validatorOf(headers);
    const fits = status === 206 && kept.bytes > 0 && range?.first === kept.bytes && (version === null || version === kept.validator);
    if (!fits) {
      await dropPartial(path);
      throw new PassingError(`${url}: the file has changed, or the server does not give its rest: it is started over`);
    }
    if (range.total > largest) throw await tooLarge(url, path, String(range.total), largest);
    return { start: kept.bytes, total: range.total };
  }
  const total = lengthOf(headers);
  if (total !== null && total > largest) throw await tooLarge(url, path, String(total), largest);
  return { start: 0, total };
}

async function* pieces(url: string, response: Response, stall: Stall): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new PassingError(`${url}: ${stall.message ?? `cut off: ${reason(cause)}`}`, { cause });
    });
    if (done) return;
    stall.moved();
    yield value;
  }
}

async function tooLarge(url: string, path: string, bytes: string, largest: number): Promise<DataError> {
  await dropPartial(path);
  return new DataError(`${url}: expected at most ${largest} bytes, got ${bytes}`);
}
