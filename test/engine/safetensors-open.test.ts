import { describe, expect, test } from 'vitest';
import { CheckpointError, openSafetensors, readSafetensors } from '../../engine/index.ts';
import type { ReadBytes } from '../../engine/index.ts';
import { expectRejection } from '../support/errors.ts';
import { arrayFile, expectStored } from '../support/stored.ts';

const good = arrayFile('all.safetensors');
const headerBytes = good[0]! + 256 * good[1]!;
const from = (bytes: Uint8Array): ReadBytes => (offset, length) => bytes.subarray(offset, offset + length);

describe('openSafetensors', () => {
  test('reads the header, and then the one tensor that is asked for', async () => {
    const asked: [number, number][] = [];
    const file = await openSafetensors((offset, length) => {
      asked.push([offset, length]);
      return good.subarray(offset, offset + length);
    }, 'all', { size: good.length });
    expect(asked).toEqual([[0, 8], [8, headerBytes]]);
    expect(file.info('cube')).toEqual({ shape: [2, 3, 4], dtype: 'float32' });
    expect(file.info('bfloat16').dtype).toBe('float32');
    expectStored(await file.read('int16'), 'int16');
    expect(asked.slice(2)).toEqual([[8 + headerBytes + 244, 4]]);
    // Of no elements, nothing is read.
    expectStored(await file.read('empty'), 'empty');
    expect(asked).toHaveLength(3);
  });

  test('gives what reading the whole file gives, out of a Blob', async () => {
    const blob = new Blob([Uint8Array.from(good)]);
    const file = await openSafetensors(async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()), 'all', { size: blob.size });
    const { tensors, metadata } = readSafetensors(good, 'all');
    expect(file.names).toEqual([...tensors.keys()]);
    expect(file.metadata).toEqual(metadata);
    for (const name of file.names) expect(await file.read(name)).toEqual(tensors.get(name));
  });

  test('a name that is not there', async () => {
    const file = await openSafetensors(from(good), 'all');
    await expectRejection(file.read('weight'), CheckpointError, 'all: ', 'no tensor weight', 'cube', 'int8');
    expect(() => file.info('toString')).toThrow(CheckpointError);
  });

  test('what is cut off is refused: at once where the size is known, else where it is missed', async () => {
    for (const length of [0, 7, 8, 8 + headerBytes - 1]) await expectRejection(openSafetensors(from(good.subarray(0, length)), 'all'), CheckpointError, 'all: ', 'not a safetensors file');
    await expectRejection(openSafetensors(from(good), 'all', { size: 100 }), CheckpointError, 'truncated', `header of ${headerBytes} bytes`);
    for (const [size, problem] of [[good.length - 1, 'truncated'], [good.length + 1, 'trailing']] as const) await expectRejection(openSafetensors(from(good), 'all', { size }), CheckpointError, 'all: ', problem);
    const cut = await openSafetensors(from(good.subarray(0, good.length - 1)), 'all');
    await expectRejection(cut.read('bool'), CheckpointError, 'all: ', 'truncated', 'expected 3 bytes', 'got 2');
    expectStored(await cut.read('uint8'), 'uint8');
  });

  test('a broken header is refused, a failed read passed on', async () => {
    await expectRejection(openSafetensors(from(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 91, 93)), 'all'), CheckpointError, 'all: ', 'not a JSON object');
    await expectRejection(openSafetensors(() => Promise.reject(new RangeError('gone')), 'all'), RangeError, 'gone');
  });
});
