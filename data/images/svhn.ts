/** SVHN's cropped digits (format 2): MAT-files with `X` [32, 32, 3, count] and `y` [count, 1], in which 10 stands for the digit 0. http://ufldl.stanford.edu/housenumbers/ */
import { DataError } from '../../engine/errors.ts';
import { rowMajorPlanes, type LabelledImages } from './labelled-images.ts';
import { readMat } from './mat.ts';

export const SVHN_CLASSES = 10;
const SIDE = 32;

/**
 * Reads `train_32x32.mat`, `test_32x32.mat` or `extra_32x32.mat` as `[count, 3, 32, 32]`, with the class of a digit being the digit.
 * @param bytes the whole file
 * @param file the name that errors mention
 * @throws {DataError} no such MAT-file, arrays of another shape or type, or a label that is none from 1 to 10
 */
export async function readSvhn(bytes: Uint8Array, file: string): Promise<LabelledImages> {
  const { X, y } = await readMat(bytes, file, ['X', 'y']);
  // MATLAB drops a last axis of size 1.
  const [height = 0, width = 0, channels = 0, count = 1, ...rest] = X.shape;
  if (height !== SIDE || width !== SIDE || channels !== 3 || rest.length > 0 || !(X.data instanceof Uint8Array)) throw new DataError(`${file}: X: expected bytes [32, 32, 3, count], got a ${X.data.constructor.name} [${X.shape.join(', ')}]`);
  if (count === 0 || y.data.length !== count) throw new DataError(`${file}: y: expected as many labels as images in X, ${count} and at least 1, got ${y.data.length}`);
  const labels = Int32Array.from(y.data, (label, i) => {
    if (!(Number.isInteger(label) && label >= 1 && label <= SVHN_CLASSES)) throw new DataError(`${file}: y: image ${i}: expected a label from 1 to ${SVHN_CLASSES}, got ${label}`);
    return label % SVHN_CLASSES;
  });
  return { shape: [count, 3, SIDE, SIDE], pixels: rowMajorPlanes(X.data, SIDE, SIDE), labels };
}
