/** The IDX format of the MNIST family: a big-endian header, then unsigned bytes in row-major order. http://yann.lecun.com/exdb/mnist/ */
import { DataError } from '../../engine/errors.ts';

const VECTOR = 0x00000801;
const IMAGES = 0x00000803;

export interface IdxArray {
  /** Sizes of the axes, outermost first: `[count]` or `[count, rows, columns]`. */
  readonly shape: number[];
  /** Row-major values, a view into the bytes that were parsed. */
  readonly data: Uint8Array;
}

/**
 * Reads one IDX array of unsigned bytes, of rank 1 (labels) or 3 (images).
 *
 * Nothing is allocated for the values, whatever the header claims.
 * @param bytes the whole file, not compressed
 * @param file the name that errors mention
 * @throws {DataError} another magic number, an axis of size zero, or more or fewer bytes than the header announces
 */
export function parseIdx(bytes: Uint8Array, file: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (offset: number): number => {
    if (offset + 4 > bytes.length) throw new DataError(`${file}: truncated at byte ${bytes.length}: the header needs bytes ${offset} to ${offset + 3}`);
    return view.getUint32(offset);
  };

  const magic = word(0);
  if (magic !== VECTOR && magic !== IMAGES) {
    throw new DataError(`${file}: byte 0: expected the magic number ${hex(VECTOR)} or ${hex(IMAGES)} (IDX, unsigned bytes), got ${hex(magic)}${hint(magic)}`);
  }
  const rank = magic & 0xff;
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const offset = 4 + 4 * axis;
    const size = word(offset);
    if (size === 0) throw new DataError(`${file}: byte ${offset}: expected axis ${axis} to have at least one element, got 0`);
    shape.push(size);
  }

  const start = 4 + 4 * rank;
  // Three 32-bit sizes can pass 2^53, but rounding never brings such a product back down to the length of a real file.
  const expected = shape.reduce((product, size) => product * size, 1);
  const got = bytes.length - start;
  if (got !== expected) {
    const problem = got < expected ? `truncated at byte ${bytes.length}` : `trailing bytes from byte ${start + expected}`;
    throw new DataError(`${file}: ${problem}: expected ${expected} values for the shape [${shape.join(', ')}], got ${got}`);
  }
  return { shape, data: bytes.subarray(start) };
}

const hex = (word: number): string => `0x${word.toString(16).padStart(8, '0')}`;

function hint(magic: number): string {
  if (magic >>> 16 === 0x1f8b) return ': the file is still compressed with gzip';
  return '';
}
