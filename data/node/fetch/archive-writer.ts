/**
 * Writes an archive's entries below one new folder, and nowhere else: every name is checked, only folders and plain files
 * are made, no file is written twice, and entries and bytes are counted as they come, whatever the archive claims.
 */
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';
import { entryPath } from './entry-path.ts';

export interface UnpackLimits {
  /** Entries of any kind, those that are left out included. */
  readonly entries: number;
  /** Bytes of one entry. */
  readonly entryBytes: number;
  /** Bytes of all entries. */
  readonly totalBytes: number;
}

export interface ArchiveWriterOptions {
  /** For messages. */
  readonly archive: string;
  /** A new, empty folder. */
  readonly folder: string;
  readonly strip: number;
  /** Beginnings of the paths, after `strip`, that are unpacked; null for all. */
  readonly keep: readonly string[] | null;
  readonly limits: UnpackLimits;
  readonly signal?: AbortSignal;
  readonly onProgress?: (entries: number, bytes: number) => void;
}

export class ArchiveWriter {
  #entries = 0;
  #files = 0;
  #bytes = 0;
  readonly #options: ArchiveWriterOptions;

  constructor(options: ArchiveWriterOptions) {
    this.#options = options;
  }

  get files(): number {
    return this.#files;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The error about one entry. */
  refuse(name: string, what: string): DataError {
    return new DataError(`${this.#options.archive}: entry ${JSON.stringify(name.slice(0, 200))}: ${what}`);
  }

  /**
   * Counts an entry and checks its name.
   * @returns where it goes, or null when it is left out
   * @throws {DataError} too many entries, or a name that leads elsewhere
   */
  admit(name: string): string | null {
    const { archive, limits, strip, keep, folder, signal } = this.#options;
    signal?.throwIfAborted();
    this.#entries++;
    if (this.#entries > limits.entries) throw new DataError(`${archive}: expected at most ${limits.entries} entries, got more`);
    const parts = entryPath(name);
    if (typeof parts === 'string') throw this.refuse(name, `expected a path inside the archive, got ${parts}`);
    // What macOS adds to its zip files beside their content.
    if (parts[0] === '__MACOSX') return null;
    const path = parts.slice(strip).join('/');
    if (path === '' || (keep && !keep.some((start) => `${path}/`.startsWith(start)))) return null;
    return join(folder, path);
  }

  async makeFolder(path: string): Promise<void> {
    await mkdir(path, { recursive: true });
  }

  /** @param path from `admit`; null to count what comes and drop it */
  async writeFile(name: string, path: string | null, content: AsyncIterable<Uint8Array>): Promise<void> {
    if (path === null) {
      for await (const _ of this.#counted(name, content));
      return;
    }
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'wx').catch((error: unknown) => {
      throw error instanceof Error && 'code' in error && error.code === 'EEXIST' ? this.refuse(name, 'expected each path once, got this one twice') : error;
    });
    try {
      for await (const piece of this.#counted(name, content)) await file.writeFile(piece);
    } finally {
      await file.close();
    }
    this.#files++;
    this.#options.onProgress?.(this.#files, this.#bytes);
  }

  async *#counted(name: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { archive, limits, signal } = this.#options;
    let bytes = 0;
    for await (const piece of content) {
      signal?.throwIfAborted();
      bytes += piece.length;
      this.#bytes += piece.length;
      if (bytes > limits.entryBytes) throw this.refuse(name, `expected at most ${limits.entryBytes} bytes, got more`);
      if (this.#bytes > limits.totalBytes) throw new DataError(`${archive}: expected at most ${limits.totalBytes} bytes when unpacked, got more`);
      yield piece;
    }
  }
}
