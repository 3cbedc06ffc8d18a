/** The binary version of CIFAR-10: records of one byte of label and three planes of 32 x 32, red, green and blue. https://www.cs.toronto.edu/~kriz/cifar.html */
import { DataError } from '../../engine/errors.ts';
import type { LabelledImages } from './labelled-images.ts';

export const CIFAR10_CLASSES = 10;
const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
const RECORD = 1 + PIXELS;

/**
 * Reads the images of one file, `data_batch_1.bin` or `test_batch.bin`, as `[count, 3, 32, 32]`.
 * @param bytes the whole file; the official ones have 10,000 records, and any number from 1 is read
 * @param file the name that errors mention
 * @throws {DataError} bytes that are no whole number of records, or a label that is no class
 */
export function parseCifar10(bytes: Uint8Array, file: string): LabelledImages {
  const count = bytes.length / RECORD;
  if (count === 0 || !Number.isInteger(count)) throw new DataError(`${file}: expected records of ${RECORD} bytes (a label and 3 x 32 x 32 pixels), got ${bytes.length} bytes: ${Math.floor(count)} records and ${bytes.length % RECORD} bytes more`);
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new Int32Array(count);
  for (let record = 0; record < count; record++) {
    const start = record * RECORD;
    const label = bytes[start] ?? 0;
    if (label >= CIFAR10_CLASSES) throw new DataError(`${file}: record ${record}, byte ${start}: expected a label below ${CIFAR10_CLASSES}, got ${label}`);
    labels[record] = label;
    pixels.set(bytes.subarray(start + 1, start + RECORD), record * PIXELS);
  }
  return { shape: [count, 3, SIDE, SIDE], pixels, labels };
}
