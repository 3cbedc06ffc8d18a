/** Unpacking a downloaded file: everything in it, in its place, or nothing. */
import { createReadStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../../../engine/errors.ts';
import { ArchiveWriter, type UnpackLimits } from './archive-writer.ts';
import { unpackTar } from './unpack-tar.ts';
import { unpackZip } from './unpack-zip.ts';

export interface UnpackOptions {
  readonly format: 'zip' | 'tar' | 'tar.gz' | 'gzip';
  /** Leading folders of each path that are left out; entries that lie higher are left out whole. Default: 0. */
  readonly strip?: number;
  /** Only entries whose path, after `strip`, begins with one of these. Default: all. */
  readonly keep?: readonly string[];
  /** Defaults: 200,000 entries, 8 GiB each and in all. */
  readonly limits?: Partial<UnpackLimits>;
  /** Ends it; nothing stays. */
  readonly signal?: AbortSignal;
  /** Told after each file. */
  readonly onProgress?: (files: number, bytes: number) => void;
}

export interface Unpacked {
  readonly files: number;
  readonly bytes: number;
}

const LIMITS: UnpackLimits = { entries: 200_000, entryBytes: 8 * 2 ** 30, totalBytes: 8 * 2 ** 30 };

/**
 * Unpacks `archive` into the new folder `target` (for `gzip`: the new file). Everything is written into a temporary
 * folder beside it first, which takes its name at the end.
 * @throws {DataError} a target that exists; an archive that is damaged or cut short; an entry that is no file or folder
 *   (links and devices), that leads out of the target, or that comes twice; or more entries or bytes than the limits
 */
export async function unpack(archive: string, target: string, options: UnpackOptions): Promise<Unpacked> {
  const { format, strip = 0, keep = null, limits, signal, onProgress } = options;
  if (await exists(target)) throw new DataError(`${target}: expected nothing there yet, to unpack ${archive} into`);
  await mkdir(dirname(target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    const folder = join(temporary, 'content');
    await mkdir(folder);
    const writer = new ArchiveWriter({ archive, folder, strip, keep, limits: { ...LIMITS, ...limits }, ...(signal && { signal }), ...(onProgress && { onProgress }) });
    if (format === 'zip') await unpackZip(archive, writer);
    else if (format === 'gzip') await writer.writeFile(basename(target), join(folder, 'file'), pipeline(createReadStream(archive), createGunzip(), () => undefined));
    else await unpackTar(archive, format === 'tar.gz', writer);
    if (writer.files === 0) throw new DataError(`${archive}: expected files to unpack, got none`);
    await rename(format === 'gzip' ? join(folder, 'file') : folder, target);
    return { files: writer.files, bytes: writer.bytes };
  } catch (error) {
    if (error instanceof DataError) throw error;
    const what = signal?.aborted ? 'interrupted while it was unpacked; nothing was kept of that' : `cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`;
    throw new DataError(`${archive}: ${what}`, { cause: error });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

export const exists = (path: string): Promise<boolean> => lstat(path).then(() => true, () => false);
