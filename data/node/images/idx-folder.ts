/** A folder with the four IDX files of the MNIST family, each plain or `.gz`. */
import { join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';
import { parseIdx } from '../../images/idx.ts';
import type { TaskInfo } from '../../registry.ts';
import type { Split } from '../../task.ts';
import { plainOrGzip, readBytes } from '../files.ts';
import type { Source } from '../parts.ts';

interface Pair {
  readonly images: string;
  readonly labels: string;
}

export interface IdxFolderOptions {
  /** Accept a folder without the training images and offer its test images as one pool. Default false. */
  readonly testAlone?: boolean;
}

/**
 * The source that the folder is, or null when files are missing.
 *
 * The names are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`.
 */
export function idxFolder(path: string, task: TaskInfo, { testAlone = false }: IdxFolderOptions = {}): Source | null {
  const train = findPair(path, 'train');
  const test = findPair(path, 't10k');
  if (!test) return null;
  if (train) {
    return { path, load: async () => ({ train: await readPair(train, task), test: await readPair(test, task) }) };
  }
  return testAlone ? { path, load: async () => ({ pool: await readPair(test, task) }) } : null;
}

function findPair(folder: string, part: 'train' | 't10k'): Pair | null {
  const images = plainOrGzip(join(folder, `${part}-images-idx3-ubyte`));
  const labels = plainOrGzip(join(folder, `${part}-labels-idx1-ubyte`));
  return images && labels ? { images, labels } : null;
}

/**
 * Reads images and their labels.
 * @throws {DataError} a damaged file, another image size than the task's, a label without an image, or a label that is no class
 */
async function readPair({ images, labels }: Pair, task: TaskInfo): Promise<Split<Uint8Array>> {
  const pixels = parseIdx(await readBytes(images), images);
  const classes = parseIdx(await readBytes(labels), labels);

  const [length = 0, ...size] = pixels.shape;
  const wanted = task.inputShape.slice(1);
  if (size.join() !== wanted.join()) throw new DataError(`${images}: expected images of ${wanted.join(' x ')}, got the shape [${pixels.shape.join(', ')}]`);
  if (classes.shape.length !== 1) throw new DataError(`${labels}: expected one label per sample, got the shape [${classes.shape.join(', ')}]`);
  if (classes.data.length !== length) throw new DataError(`${labels}: expected ${length} labels, as many as images in ${images}, got ${classes.data.length}`);
  const wrong = classes.data.findIndex((label) => label >= task.classes);
  if (wrong >= 0) throw new DataError(`${labels}: label ${wrong}: expected a class below ${task.classes}, got ${classes.data[wrong] ?? ''}`);
  return { length, inputs: pixels.data, targets: Int32Array.from(classes.data) };
}
