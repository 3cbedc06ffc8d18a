/** The entries of a tar file, plain or compressed with gzip. POSIX.1-2017 pax, through `tar`'s parser; what it reads is written here. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { DataError } from '../../../engine/errors.ts';
import type { ArchiveWriter } from './archive-writer.ts';

const PLAIN = new Set<string>(['File', 'OldFile', 'ContiguousFile']);

export async function unpackTar(archive: string, gzip: boolean, writer: ArchiveWriter): Promise<void> {
  const parser = new Parser({ strict: true, zstd: false });
  let current: ReadEntry | null = null;
  let work = Promise.resolve();
  let fail: (error: unknown) => void = () => undefined;
  let failed = false;
  const failure = new Promise<never>((_, reject) => {
    fail = (error) => {
      failed = true;
      reject(error instanceof Error ? error : new Error(String(error)));
      // Whoever waits for the rest of this entry waits no longer.
      current?.destroy(error);
    };
  });
  failure.catch(() => undefined);

  const take = async (entry: ReadEntry): Promise<void> => {
    const path = writer.admit(entry.path);
    if (entry.type === 'Directory' || entry.type === 'GNUDumpDir') {
      if (path !== null) await writer.makeFolder(path);
      entry.resume();
    } else if (PLAIN.has(entry.type)) {
      await writer.writeFile(entry.path, path, entry);
    } else {
      throw writer.refuse(entry.path, `expected a file or a folder, got the type ${entry.type}`);
    }
  };
  parser.on('entry', (entry: ReadEntry) => {
    current = entry;
    // Whoever reads it gets its errors; where nobody does there is nobody to tell.
    entry.on('error', () => undefined);
    work = work.then(() => (failed ? undefined : take(entry))).catch(fail);
  });
  parser.on('ignoredEntry', (entry: ReadEntry) => fail(writer.refuse(entry.path, `expected a file or a folder, got the type ${entry.type}`)));
  parser.on('error', fail);
  const whole = new Promise<boolean>((resolve) => parser.on('eof', () => resolve(true)).on('end', () => resolve(false)));
  const ended = new Promise<void>((resolve) => parser.on('end', resolve));

  const feed = async (): Promise<void> => {
    let first = true;
    for await (const piece of bytesOf(archive, gzip)) {
      // The parser would unpack what is compressed once more.
      if (first && piece[0] === 0x1f) throw new DataError(`${archive}: expected a tar file, got one that is compressed ${gzip ? 'twice' : 'with gzip'}`);
      first = false;
      if (!parser.write(piece)) await Promise.race([new Promise((resolve) => parser.once('drain', resolve)), failure]);
    }
    parser.end();
    await Promise.race([ended, failure]);
    await work;
  };
  try {
    await Promise.race([feed(), failure]);
    if (!(await whole)) throw new DataError(`${archive}: truncated: expected two empty blocks at its end`);
  } catch (error) {
    fail(error);
    await work;
    throw error;
  }
}

function bytesOf(archive: string, gzip: boolean): AsyncIterable<Buffer> {
  const source = createReadStream(archive);
  // An error on either side ends both; the reader gets it.
  return gzip ? pipeline(source, createGunzip(), () => undefined) : source;
}
