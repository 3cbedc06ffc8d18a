/** STL-10 in its binary version: colour images of 96 x 96, each channel column-major, and labels from 1 to 10. https://cs.stanford.edu/~acoates/stl10/ */
import { DataError } from '../../engine/errors.ts';
import { rowMajorPlanes, type LabelledImages } from './labelled-images.ts';

export const STL10_CLASSES = 10;
const SIDE = 96;
const PIXELS = 3 * SIDE * SIDE;

export interface Stl10File {
  readonly bytes: Uint8Array;
  /** The name that errors mention. */
  readonly file: string;
}

/**
 * Reads `train_X.bin` with `train_y.bin`, or those of the test part, as `[count, 3, 96, 96]` and classes from 0.
 * @throws {DataError} bytes that are no whole number of images, a label for each that is not there, or one that is no class
 */
export function parseStl10(images: Stl10File, labels: Stl10File): LabelledImages {
  const count = images.bytes.length / PIXELS;
  if (count === 0 || !Number.isInteger(count)) throw new DataError(`${images.file}: expected images of ${PIXELS} bytes (3 x 96 x 96), got ${images.bytes.length} bytes: ${Math.floor(count)} images and ${images.bytes.length % PIXELS} bytes more`);
  if (labels.bytes.length !== count) throw new DataError(`${labels.file}: expected ${count} labels of a byte, as many as images in ${images.file}, got ${labels.bytes.length}`);
  const wrong = labels.bytes.findIndex((label) => label < 1 || label > STL10_CLASSES);
  if (wrong >= 0) throw new DataError(`${labels.file}: byte ${wrong}: expected a label from 1 to ${STL10_CLASSES}, got ${labels.bytes[wrong] ?? 'nothing'}`);
  return { shape: [count, 3, SIDE, SIDE], pixels: rowMajorPlanes(images.bytes, SIDE, SIDE), labels: Int32Array.from(labels.bytes, (label) => label - 1) };
}
