/** Electrocardiograms packed as differences: after gunzip the low bytes of all int16 differences, then their high bytes, row after row; a row is one lead of one record. */
import { DataError } from '../../engine/index.ts';

/**
 * The int16 samples, row-major `[rows, length]`: sums of the differences along each row, modulo 2^16.
 * @param bytes not compressed
 * @param length samples in a row
 * @param file the name that errors mention
 * @throws {DataError} the bytes are not whole rows
 */
export function unpackDeltaPlanes(bytes: Uint8Array, length: number, file: string): Int16Array {
  if (bytes.length === 0 || bytes.length % (2 * length) !== 0) throw new DataError(`${file}: expected rows of ${length} samples, two bytes each, got ${bytes.length} bytes`);
  const count = bytes.length / 2;
  const out = new Int16Array(count);
  for (let i = 0, value = 0; i < count; i++) {
    const difference = (bytes[i] ?? 0) | ((bytes[count + i] ?? 0) << 8);
    value = i % length === 0 ? difference : value + difference;
    out[i] = value;
  }
  return out;
}
