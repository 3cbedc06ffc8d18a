/** `SHA256SUMS` of a data folder, in the format of `sha256sum`: what each downloaded file hashed to, so that a later download can be held to it. */
import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';

const NAME = 'SHA256SUMS';

/**
 * Path inside the folder -> SHA-256, lower-case hexadecimal. Empty when there is no such file yet.
 * @throws {DataError} a line that is not 64 hexadecimal digits, a space, a space or `*`, and a path
 */
export async function readChecksums(folder: string): Promise<Map<string, string>> {
  const file = join(folder, NAME);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const sums = new Map<string, string>();
  text.split(/\r?\n/).forEach((line, i) => {
    if (line === '') return;
    const [, sum, path] = /^([0-9a-f]{64}) [ *](.+)$/i.exec(line) ?? [];
    if (sum === undefined || path === undefined) throw new DataError(`${file}, line ${i + 1}: expected a SHA-256 and a path, got '${line.slice(0, 100)}'`);
    sums.set(path, sum.toLowerCase());
  });
  return sums;
}

/** Adds or replaces one line; the file is whole at any time. */
export async function keepChecksum(folder: string, path: string, sha256: string): Promise<void> {
  const sums = (await readChecksums(folder)).set(path, sha256);
  const lines = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, sum]) => `${sum}  ${name}\n`);
  const temporary = join(folder, `.${NAME}-${randomUUID()}`);
  await writeFile(temporary, lines.join(''), { flush: true });
  await rename(temporary, join(folder, NAME));
}

/** Adds a file's bytes to a hash. */
export async function hashFile(path: string, hash: Hash): Promise<void> {
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
}

/** A file's SHA-256, lower-case hexadecimal. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await hashFile(path, hash);
  return hash.digest('hex');
}
