/** Reading data files: plain or compressed with gzip. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DataError } from '../../engine/errors.ts';

const decompress = promisify(gunzip);
/** Far above any set known here, far below what would exhaust a machine. */
const LARGEST = 2 ** 30;

/**
 * The bytes of a file, decompressed when its name ends in `.gz` (to 1 GiB at most).
 * @throws {DataError} the file cannot be read or decompressed; the message names it
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new DataError(`${path}: cannot be read: ${reason(cause)}`, { cause });
  });
  if (!path.endsWith('.gz')) return plain(bytes);
  const content = await decompress(bytes, { maxOutputLength: LARGEST }).catch((cause: unknown) => {
    throw new DataError(`${path}: cannot be decompressed: ${reason(cause)}`, { cause });
  });
  return plain(content);
}

/** The same memory without Buffer's own methods, some of which (`slice`) differ from Uint8Array's. */
const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

/** `path` or `path.gz`, whichever exists; null when neither does. */
export function plainOrGzip(path: string): string | null {
  return [path, `${path}.gz`].find((candidate) => existsSync(candidate)) ?? null;
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
