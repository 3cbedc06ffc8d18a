import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readMat } from '../../../data/images/mat.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectRejection } from '../../support/errors.ts';
import { imageFile } from './image-files.ts';

/** A writer of the format that shares nothing with the reader: header, tags, elements. */
function writer(little: boolean): { word: (value: number) => number[]; element: (type: number, bytes: number[]) => number[]; small: (type: number, bytes: number[]) => number[]; file: (...elements: number[][]) => Uint8Array } {
  const order = (bytes: number[]): number[] => (little ? bytes : bytes.reverse());
  const word = (value: number): number[] => order([value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24]);
  const padded = (bytes: number[]): number[] => [...bytes, ...Array<number>((8 - (bytes.length % 8)) % 8).fill(0)];
  return {
    word,
    element: (type, bytes) => [...word(type), ...word(bytes.length), ...(type === 15 ? bytes : padded(bytes))],
    small: (type, bytes) => [...word(type + (bytes.length << 16)), ...bytes, ...Array<number>(4 - bytes.length).fill(0)],
    file: (...elements) => Uint8Array.from([...Array<number>(124).fill(32), ...(little ? [0, 1, 73, 77] : [1, 0, 77, 73]), ...elements.flat()]),
  };
}

/** An array of class `type`, [2, 3]. */
function array(little: boolean, type: number, values: number[], { sizes = [2, 3], flags = 0, name = 'X' } = {}): number[] {
  const w = writer(little);
  return w.element(14, [...w.element(6, [...w.word(type + flags), ...w.word(0)]), ...w.element(5, sizes.flatMap(w.word)), ...w.small(1, [name.charCodeAt(0)]), ...values]);
}
const bytes = (little: boolean, ...values: number[]): number[] => writer(little).element(2, values);

describe('readMat', () => {
  test.each(['numbers.mat', 'numbers-compressed.mat'])('%s holds what SciPy wrote', async (file) => {
    const read = await readMat(await imageFile(file), file, ['x', 'single', 'int8', 'int16', 'uint16', 'int32', 'uint32', 'uint8', 'logical', 'empty', 'last']);
    const x = Float64Array.from({ length: 24 }, (_, i) => {
      const [a, b, c] = [i % 2, Math.floor(i / 2) % 3, Math.floor(i / 6)];
      return (a * 12 + b * 4 + c) / 4;
    });
    expect(read).toEqual({
      x: { shape: [2, 3, 4], data: x },
      single: { shape: [1, 2], data: Float32Array.of(0.5, -1.5) },
      int8: { shape: [1, 2], data: Int8Array.of(-128, 127) },
      int16: { shape: [2, 1], data: Int16Array.of(-32768, 32767) },
      uint16: { shape: [1, 1], data: Uint16Array.of(65535) },
      int32: { shape: [1, 3], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, 5) },
      uint32: { shape: [1, 2], data: Uint32Array.of(2 ** 32 - 1, 0) },
      uint8: { shape: [3, 2], data: Uint8Array.of(0, 2, 4, 1, 3, 5) },
      logical: { shape: [1, 2], data: Uint8Array.of(1, 0) },
      empty: { shape: [0, 3], data: new Float64Array() },
      last: { shape: [1, 1], data: Float64Array.of(7) },
    });
  });

  test.each([
    ['text', /numbers\.mat: the element at byte \d+: expected numbers, got text/],
    ['structure', /got a structure/],
    ['cell', /got a cell array/],
    ['complex', /expected real numbers, got complex ones/],
    ['wide', /got an array of int64/],
    ['nowhere', /numbers\.mat: expected an array named nowhere, got .*x, single.*last/],
  ])('refuses %s', async (wanted, message) => expectRejection(readMat(await imageFile('numbers.mat'), 'numbers.mat', [wanted]), DataError, message));

  test('doubles that MATLAB wrote as bytes, in either byte order', async () => {
    for (const little of [true, false]) {
      const { X } = await readMat(writer(little).file(array(little, 6, bytes(little, 1, 2, 3, 4, 5, 255))), 'x', ['X']);
      expect(X).toEqual({ shape: [2, 3], data: Float64Array.of(1, 2, 3, 4, 5, 255) });
      const short = await readMat(writer(little).file(array(little, 9, writer(little).small(2, [7, 8]), { sizes: [1, 2] })), 'x', ['X']);
      expect(short.X).toEqual({ shape: [1, 2], data: Uint8Array.of(7, 8) });
    }
  });

  const w = writer(true);
  const zipped = (content: number[]): number[] => w.element(15, [...deflateSync(Uint8Array.from(content))]);
  const good = array(true, 9, bytes(true, 1, 2, 3, 4, 5, 6));
  test.each([
    ['an empty file', new Uint8Array(), /truncated, or no MAT-file: expected a header of 128 bytes, got 0/],
    ['another file', new Uint8Array(200), /byte 126: expected the mark IM or MI/],
    ['version 7.3', Uint8Array.from(w.file(), (byte, i) => i === 125 ? 2 : byte), /version 7\.3, which is HDF5.*-v7/],
    ['a cut tag', w.file([14, 0, 0]), /element at byte 128: truncated: expected a tag of 8 bytes, got 3/],
    ['a cut array', w.file(good.slice(0, -9)), /element at byte 128: truncated: expected \d+ bytes, got \d+/],
    ['an element that is no array', w.file(w.element(9, [0, 0, 0, 0, 0, 0, 0, 0])), /expected an array \(type 14\) or a compressed one \(15\), got the type 9/],
    ['fewer values than sizes', w.file(array(true, 9, bytes(true, 1, 2, 3))), /expected 6 bytes of values for the shape \[2, 3\], got 3/],
    ['a negative size', w.file(array(true, 9, bytes(true), { sizes: [-1, 6] })), /expected sizes from 0, got \[-1, 6\]/],
    ['one size', w.file(array(true, 9, bytes(true), { sizes: [6] })), /expected two sizes at least/],
    ['sizes beyond counting', w.file(array(true, 9, bytes(true, 1), { sizes: Array<number>(40).fill(2 ** 31 - 1) })), /bytes of values for the shape .* got 1/],
    ['a value that its class cannot hold', w.file(array(true, 8, bytes(true, 1, 2, 3, 4, 5, 128))), /value 5 is 128, which its class cannot hold/],
    ['bytes behind the values', w.file(array(true, 9, [...bytes(true, 1, 2, 3, 4, 5, 6), ...bytes(true, 1)])), /holds 16 bytes behind its values/],
    ['bytes behind a compressed array', w.file(zipped([...good, 0, 0, 0, 0, 0, 0, 0, 0])), /unpacks to more bytes than the array needs/],
    ['a compressed array that is cut', w.file(w.element(15, [...deflateSync(Uint8Array.from(good))].slice(0, -6))), /truncated|does not unpack/],
    ['a compressed array of less than it says', w.file(zipped(good.slice(0, -8))), /truncated: unpacks to 0 bytes where 6 are expected/],
    ['what does not unpack', w.file(w.element(15, Array<number>(40).fill(1))), /damaged: it does not unpack/],
    ['a compressed number', w.file(zipped(bytes(true, 1, 2))), /expected a compressed array \(type 14\), got the type 2/],
  ])('refuses %s and says where', async (_, file, message) => expectRejection(readMat(file, 'a.mat', ['X']), DataError, 'a.mat', message));

  test('an array whose size is no multiple of 8 is filled up to one', async () => {
    const ragged = array(true, 9, [...w.word(2), ...w.word(6), 1, 2, 3, 4, 5, 6]);
    const { X, Y } = await readMat(w.file(ragged, array(true, 9, bytes(true, 7), { sizes: [1, 1], name: 'Y' })), 'x', ['X', 'Y']);
    expect([[...X.data], [...Y.data]]).toEqual([[1, 2, 3, 4, 5, 6], [7]]);
  });

  test('a few bytes that claim a gigabyte allocate nothing', async () => {
    const huge = [...w.word(14), ...w.word(2 ** 30 + 64), ...w.element(6, [...w.word(9), ...w.word(0)]), ...w.element(5, [w.word(2 ** 15), w.word(2 ** 15)].flat()), ...w.small(1, ['X'.charCodeAt(0)]), ...w.word(2), ...w.word(2 ** 30)];
    await expectRejection(readMat(w.file(zipped(huge)), 'a.mat', ['X']), DataError, /damaged: \d+ bytes cannot unpack to 1073741824/);
  });

  test('changed and cut bytes give arrays of the shape that they say, or a DataError', async () => {
    const files = [w.file(good), w.file(zipped(good)), await imageFile('numbers-compressed.mat')] as const;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), fc.array(fc.tuple(fc.nat(10_000), fc.nat(255)), { maxLength: 3 }), fc.option(fc.nat(400), { nil: 0 }), async (file, edits, cut) => {
        const changed = file.slice(0, Math.max(0, file.length - cut));
        for (const [at, value] of edits) if (changed.length > 0) changed[at % changed.length] = value;
        try {
          const { X } = await readMat(changed, 'x', ['X']);
          expect(X.data.length).toBe(X.shape.reduce((a, b) => a * b, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 400 },
    );
  });
});
