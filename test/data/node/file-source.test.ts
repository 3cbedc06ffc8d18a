/** Inputs from files larger than memory: the same values, few reads, nothing kept, and a file that changes is noticed. */
import type * as fs from 'node:fs';
import { existsSync, readSync, readdirSync, readlinkSync } from 'node:fs';
import { open, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { streamBatches, type InputArray, type InputSource, type Split } from '../../../data/index.ts';
import { fileSource } from '../../../data/node/file-source.ts';
import { npySource } from '../../../data/node/npy-source.ts';
import { ConfigError, DataError } from '../../../engine/errors.ts';
import { expectRejection } from '../../support/errors.ts';
import { temporaryFolder } from './temporary.ts';

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, readSync: vi.fn(real.readSync) };
});

const SIZE = 5;
const COUNT = 40;
let path = '';
const values = Float32Array.from({ length: COUNT * SIZE }, (_, i) => Math.fround(Math.sin(i)));

beforeEach(async () => {
  path = join(await temporaryFolder(), 'values.bin');
  await writeFile(path, new Uint8Array(values.buffer));
});

const select = (samples: readonly number[]): number[] => samples.flatMap((sample) => [...values.subarray(sample * SIZE, (sample + 1) * SIZE)]);

async function read(source: InputSource, samples: readonly number[]): Promise<number[]> {
  const into = new Float32Array(samples.length * SIZE);
  await source.read(Uint32Array.from(samples), into);
  return [...into];
}

/** The bytes that each read asks for: a large one of the handle, a small one of the module. */
async function spyOnReads(): Promise<{ readonly sizes: readonly number[] }> {
  const handle = await open(path);
  const large = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'read');
  await handle.close();
  const small = vi.mocked(readSync);
  small.mockClear();
  return { get sizes() { return [...large.mock.calls.map((call) => (call as unknown[])[2] as number), ...small.mock.calls.map((call) => (call as unknown[])[3] as number)]; } };
}

function linkOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

describe('fileSource', () => {
  test('any samples in any order, twice and none', async () => {
    const source = await fileSource(path, { type: 'float32', size: SIZE });
    expect(source.length).toBe(COUNT * SIZE);
    await fc.assert(fc.asyncProperty(fc.array(fc.nat(COUNT - 1), { maxLength: 30 }), async (samples) => {
      expect(await read(source, samples)).toEqual(select(samples));
    }), { numRuns: 40 });
  });

  test('samples side by side are one read, a read is of 4 MiB at most, and every file that is opened is closed', async () => {
    const source = await fileSource(path, { type: 'float32', size: SIZE });
    const reads = await spyOnReads();
    expect(await read(source, [9, 3, 4, 20, 5, 8])).toEqual(select([9, 3, 4, 20, 5, 8]));
    expect([...reads.sizes].sort((a, b) => a - b)).toEqual([20, 40, 60]);
    if (existsSync('/proc/self/fd')) expect(readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`) === path)).toEqual([]);
    const wide = 2 ** 19;
    const large = join(await temporaryFolder(), 'large.bin');
    const handle = await open(large, 'w');
    await handle.truncate(wide * 4 * 5);
    await handle.close();
    const sparse = await fileSource(large, { type: 'float32', size: wide });
    const opened = await spyOnReads();
    const before = opened.sizes.length;
    await sparse.read(Uint32Array.from([0, 1, 2, 3, 4]), new Float32Array(5 * wide));
    expect(opened.sizes.slice(before)).toEqual([2 ** 22, 2 ** 22, 2 ** 21]);
    vi.restoreAllMocks();
  });

  test('an epoch reads each sample once, and only batches that are near', async () => {
    const source = await fileSource(path, { type: 'float32', size: SIZE });
    const split: Split = { length: COUNT, inputs: source, targets: new Int32Array(COUNT) };
    const reads = await spyOnReads();
    const stream = streamBatches(split, SIZE, { batchSize: 4, seed: 1, epoch: 0 });
    await stream.next();
    expect(reads.sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(5 * 4 * SIZE * 4);
    for await (const batch of stream) expect(batch.size).toBe(4);
    expect(reads.sizes.reduce((sum, size) => sum + size, 0)).toBe(COUNT * SIZE * 4);
    vi.restoreAllMocks();
  });

  test('an offset, a number of samples, and an id of the contents and not of the folder', async () => {
    const part = await fileSource(path, { type: 'float32', size: SIZE, offset: 3 * SIZE * 4, samples: 2 });
    expect(part.length).toBe(2 * SIZE);
    expect(await read(part, [1, 0])).toEqual(select([4, 3]));
    await expect(part.read(Uint32Array.of(2), new Float32Array(SIZE))).rejects.toThrow('no sample 2 of 2');
    const { id } = await fileSource(path, { type: 'float32', size: SIZE });
    expect(part.id).not.toBe(id);
    const moved = join(await temporaryFolder(), 'values.bin');
    await rename(path, moved);
    expect((await fileSource(moved, { type: 'float32', size: SIZE })).id).toBe(id);
    await writeFile(moved, new Uint8Array(values.map((value, i) => (i === 0 ? 9 : value)).buffer));
    expect((await fileSource(moved, { type: 'float32', size: SIZE })).id).not.toBe(id);
  });

  test('a file that shrinks, changes or goes', async () => {
    const source = await fileSource(path, { type: 'float32', size: SIZE });
    await utimes(path, 1, 1);
    await expectRejection(read(source, [0]), DataError, path, 'has changed');
    await truncate(path, COUNT * SIZE * 4 - 1);
    await expectRejection(read(source, [COUNT - 1]), DataError, path, 'has become shorter');
    await expectRejection(read(source, [0]), DataError, path, 'has changed');
    await rename(path, `${path}.gone`);
    await expectRejection(read(source, [0]), DataError, path, 'cannot be read');
  });

  test('what does not fit', async () => {
    await expectRejection(fileSource(`${path}.none`, { type: 'uint8', size: 1 }), DataError, 'cannot be read', 'none');
    await expectRejection(fileSource(path, { type: 'float32', size: 7 }), DataError, 'whole samples of 28 bytes', '800 bytes');
    await expectRejection(fileSource(path, { type: 'float32', size: 7, samples: 29 }), DataError, '29 samples');
    await expectRejection(fileSource(path, { type: 'float32', size: 1, offset: 900, samples: 1 }), DataError, 'got 0 bytes');
    for (const wrong of [{ size: 0 }, { size: 1.5 }, { size: 1, offset: -1 }, { size: 1, samples: -1 }]) await expectRejection(fileSource(path, { type: 'uint8', ...wrong }), ConfigError, 'expected a whole number');
  });
});

describe('npySource', () => {
  test.each<[string, InputArray, InputSource['type']]>([
    ['bytes', Uint8Array.from({ length: 24 }, (_, i) => i * 10), 'uint8'],
    ['numbers', Float32Array.from({ length: 24 }, (_, i) => i / 3), 'float32'],
    ['whole numbers', Int32Array.from({ length: 24 }, (_, i) => -i), 'int32'],
  ])('%s, by the first axis', async (_, data, type) => {
    await writeFile(path, npyOf(data, [4, 2, 3]));
    const { inputs, length, inputShape } = await npySource(path);
    expect([length, inputShape, inputs.type, inputs.length]).toEqual([4, [2, 3], type, 24]);
    const into = data.slice(0, 12);
    await inputs.read(Uint32Array.of(3, 1), into);
    expect([...into]).toEqual([...data.subarray(18, 24), ...data.subarray(6, 12)]);
  });

  test.each<[string, () => Uint8Array, string]>([
    ['another type', () => npyHeader("'<f8'", 'False', '(2,)', 16), 'got float64'],
    ['the other byte order', () => npyHeader("'>f4'", 'False', '(2,)', 8), 'big-endian'],
    ['columns first', () => npyHeader("'<f4'", 'True', '(2, 2)', 16), 'Fortran'],
    ['a single value', () => npyHeader("'<f4'", 'False', '()', 4), 'a single value'],
    ['empty samples', () => npyHeader("'<f4'", 'False', '(2, 0)', 0), 'expected 0 bytes'],
    ['too few values', () => npyHeader("'<f4'", 'False', '(2, 2)', 15), 'expected 16 bytes'],
    ['too many values', () => npyHeader("'<f4'", 'False', '(2, 2)', 17), 'expected 16 bytes'],
    ['no such file', () => new TextEncoder().encode('a,b\n1,2\n3,4\n'), 'magic number'],
  ])('refuses %s', async (_, bytes, message) => {
    await writeFile(path, bytes());
    await expectRejection(npySource(path), DataError, path, message);
  });
});

function npyHeader(descr: string, fortran: string, shape: string, dataBytes: number): Uint8Array {
  const header = new TextEncoder().encode(`{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`);
  return Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8, ...header, ...new Uint8Array(dataBytes));
}

function npyOf(data: InputArray, shape: readonly number[]): Uint8Array {
  const descr = data instanceof Uint8Array ? "'|u1'" : data instanceof Int32Array ? "'<i4'" : "'<f4'";
  const head = npyHeader(descr, 'False', `(${shape.join(', ')})`, 0);
  return Uint8Array.of(...head, ...new Uint8Array(data.buffer));
}
