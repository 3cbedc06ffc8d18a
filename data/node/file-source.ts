/** Inputs from a file of nothing but values, row after row: for what is larger than memory. */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { ConfigError, DataError } from '../../engine/errors.ts';
import type { InputSource } from '../input-source.ts';

export interface FileSourceOptions {
  /** Of the values, in the byte order of the machine (little-endian). Bytes stand for value / 255. */
  readonly type: InputSource['type'];
  /** Values of one sample. */
  readonly size: number;
  /** Where the first sample begins, in bytes. Default 0. */
  readonly offset?: number;
  /** Default: as many as there are; then the file must end with one. */
  readonly samples?: number;
}

const BYTES = { uint8: 1, float32: 4, int32: 4 } as const;
/** Of one read, at most, unless a sample is larger. */
const LARGEST_READ = 2 ** 22;
/** Up to so many bytes a read is over before another thread could be asked for it. */
const SMALL_READ = 2 ** 16;
/** Milliseconds after which small reads give way to what else is to be done. */
const TURN = 1;
/** The blocks of a file that its `id` is made of. */
const [BLOCKS, BLOCK] = [16, 4096];

/**
 * The samples of a file. Nothing is kept: each `read` opens the file, reads samples that lie side by side at once, and closes it.
 *
 * The `id` is made of the file's length and of 16 blocks of it, so that a file may be moved between a run and its going on.
 * @throws {ConfigError} an option out of range
 * @throws {DataError} a file that cannot be read or does not hold whole samples; when a batch is read, one that has changed since
 */
export async function fileSource(path: string, { type, size, offset = 0, samples }: FileSourceOptions): Promise<InputSource> {
  for (const [name, value, least] of [['size', size, 1], ['offset', offset, 0], ['samples', samples ?? 0, 0]] as const) {
    if (!Number.isSafeInteger(value) || value < least) throw new ConfigError(`${name}: expected a whole number from ${least}, got ${value}`);
  }
  const stride = size * BYTES[type];
  const { state, hash } = await opened(path, async (handle) => ({ state: await stateOf(handle), hash: await fingerprint(handle) }));
  const there = Math.max(state.bytes - offset, 0);
  const count = samples ?? Math.floor(there / stride);
  if (count * stride > there || (samples === undefined && there % stride !== 0)) throw new DataError(`${path}: expected ${samples ?? 'whole'} samples of ${stride} bytes from byte ${offset} on, got ${there} bytes`);

  return {
    type,
    length: count * size,
    id: `file ${basename(path)} ${type} ${size} ${offset} ${hash}`,
    read: (wanted, into) => opened(path, async (handle) => {
      const target = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
      const runs = runsOf(wanted, count, Math.max(1, Math.floor(LARGEST_READ / stride)));
      let turn = performance.now();
      for (const run of runs) {
        await readRun(handle, run, wanted, { offset, stride, target, path });
        if (performance.now() - turn < TURN) continue;
        await setImmediate();
        turn = performance.now();
      }
      const now = await stateOf(handle);
      if (now.bytes !== state.bytes || now.modified !== state.modified) throw new DataError(`${path}: expected the ${state.bytes} bytes that were there when it was opened, got a file that has changed`);
    }),
  };
}

interface Layout {
  readonly offset: number;
  readonly stride: number;
  readonly target: Uint8Array;
  readonly path: string;
}

/** Places in `wanted`, in runs of samples that lie side by side in the file. */
function runsOf(wanted: Uint32Array, count: number, longest: number): number[][] {
  const at = (place: number): number => wanted[place] ?? 0;
  const runs: number[][] = [];
  for (const place of Array.from(wanted.keys()).sort((a, b) => at(a) - at(b))) {
    if (at(place) >= count) throw new RangeError(`there is no sample ${at(place)} of ${count}`);
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run && last !== undefined && at(place) === at(last) + 1 && run.length < longest) run.push(place);
    else runs.push([place]);
  }
  return runs;
}

async function readRun(handle: FileHandle, run: readonly number[], wanted: Uint32Array, { offset, stride, target, path }: Layout): Promise<void> {
  const [first = 0] = run;
  const position = offset + (wanted[first] ?? 0) * stride;
  const inOrder = run.every((place, i) => place === first + i);
  const bytes = inOrder ? target.subarray(first * stride, (first + run.length) * stride) : new Uint8Array(run.length * stride);
  for (let done = 0; done < bytes.length; ) {
    const [length, at] = [bytes.length - done, position + done];
    const bytesRead = length <= SMALL_READ ? readSync(handle.fd, bytes, done, length, at) : (await handle.read(bytes, done, length, at)).bytesRead;
    if (bytesRead === 0) throw new DataError(`${path}: expected ${bytes.length} bytes from byte ${position} on, got ${done}: it has become shorter`);
    done += bytesRead;
  }
  if (!inOrder) run.forEach((place, i) => target.set(bytes.subarray(i * stride, (i + 1) * stride), place * stride));
}

/** @throws {DataError} what goes wrong with the file, naming it */
async function opened<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    return await use(handle);
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) throw new DataError(`${path}: cannot be read: ${cause.message}`, { cause });
    throw cause;
  } finally {
    await handle?.close();
  }
}

async function stateOf(handle: FileHandle): Promise<{ readonly bytes: number; readonly modified: bigint }> {
  const { size, mtimeNs } = await handle.stat({ bigint: true });
  return { bytes: Number(size), modified: mtimeNs };
}

async function fingerprint(handle: FileHandle): Promise<string> {
  const { bytes } = await stateOf(handle);
  const hash = createHash('sha256').update(String(bytes));
  for (let i = 0; i < BLOCKS; i++) {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(BLOCK), 0, BLOCK, Math.floor((Math.max(bytes - BLOCK, 0) * i) / (BLOCKS - 1)));
    hash.update(buffer.subarray(0, bytesRead));
  }
  return hash.digest('hex').slice(0, 32);
}
