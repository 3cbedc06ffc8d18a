/** MedMNIST's archives: one `.npz` a set, with images and labels of three parts. https://medmnist.com, Yang et al., Scientific Data 10:41, 2023 */
import { DataError } from '../../engine/errors.ts';
import { readNpz } from '../../engine/io/npz.ts';
import type { StoredTensor } from '../../engine/io/elements.ts';
import { checkTask } from '../check-task.ts';
import { channelsFirst } from './labelled-images.ts';
import type { Split, Task, TaskKind } from '../task.ts';

export interface MedMnistOptions {
  /** The task's name: `pathmnist`. */
  readonly name: string;
  /**
   * What the labels are. Default: several a sample are `multilabel`; one is `binary` where no other than 0 and 1 is there, else `multiclass` with one class
   * more than the largest label.
   */
  readonly kind?: Exclude<TaskKind, 'regression'>;
}

interface Part {
  readonly shape: readonly number[];
  readonly pixels: Uint8Array;
  readonly labels: StoredTensor;
}

/**
 * Reads an archive of two-dimensional images, grey `[count, height, width]` or colour `[count, height, width, 3]`, as a task on channels-first bytes.
 * @param bytes the whole file
 * @param file the name that errors mention
 * @throws {DataError} no such archive, a part that is missing, parts of different shapes, or labels that are not of the kind
 */
export async function readMedMnist(bytes: Uint8Array, file: string, { name, kind }: MedMnistOptions): Promise<Task> {
  const arrays = await readNpz(bytes, file);
  const partOf = (part: string): Part => {
    const [images, labels] = ['images', 'labels'].map((what) => {
      const found = arrays.get(`${part}_${what}`);
      if (!found) throw new DataError(`${file}: expected an array ${part}_${what}, got ${[...arrays.keys()].join(', ') || 'none'}`);
      arrays.delete(`${part}_${what}`);
      return found;
    }) as [StoredTensor, StoredTensor];
    return { ...imagesOf(images, `${file}: ${part}_images`), labels: checkedLabels(labels, images.shape[0] ?? 0, `${file}: ${part}_labels`) };
  };
  const [train, validation, test] = [partOf('train'), partOf('val'), partOf('test')];
  for (const { shape, labels } of [validation, test]) {
    if (shape.join() !== train.shape.join()) throw new DataError(`${file}: expected all parts to have images [${train.shape.join(', ')}], got [${shape.join(', ')}]`);
    if (labels.shape[1] !== train.labels.shape[1]) throw new DataError(`${file}: expected all parts to have ${train.labels.shape[1] ?? 0} labels a sample, got ${labels.shape[1] ?? 0}`);
  }
  const width = train.labels.shape[1] ?? 1;
  let largest = 0;
  for (const { labels } of [train, validation, test]) for (const label of labels.data) largest = Math.max(largest, label);
  const found = kind ?? (width > 1 ? 'multilabel' : largest <= 1 ? 'binary' : 'multiclass');
  if (found !== 'multilabel' && width > 1) throw new DataError(`${file}: expected one label a sample for the kind ${found}, got ${width}`);
  const split = ({ pixels, labels: { data } }: Part): Split => ({ length: data.length / width, inputs: pixels, targets: found === 'multiclass' ? Int32Array.from(data) : Float32Array.from(data) });
  return checkTask({ name, kind: found, classes: found === 'multiclass' ? largest + 1 : width, inputShape: train.shape, train: split(train), validation: split(validation), test: split(test) });
}

function imagesOf({ shape, data }: StoredTensor, where: string): Omit<Part, 'labels'> {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || (channels !== 1 && channels !== 3) || !(data instanceof Uint32Array)) throw new DataError(`${where}: expected bytes [count, height, width] or [count, height, width, 3], got the shape [${shape.join(', ')}]`);
  if (count === 0 || height === 0 || width === 0) throw new DataError(`${where}: expected images, got the shape [${shape.join(', ')}]`);
  const pixels = Uint8Array.from(data);
  const wrong = data.findIndex((value) => value > 255);
  if (wrong >= 0) throw new DataError(`${where}: value ${wrong}: expected at most 255, got ${data[wrong] ?? 'nothing'}`);
  return { shape: [channels, height, width], pixels: channelsFirst(pixels, height * width, channels) };
}

/** Labels `[count, width]` of whole numbers from 0. */
function checkedLabels({ shape, data }: StoredTensor, count: number, where: string): StoredTensor {
  const [length, width = 1] = shape;
  if (length !== count || shape.length > 2 || width < 1) throw new DataError(`${where}: expected ${count} rows of labels, as many as images, got the shape [${shape.join(', ')}]`);
  const wrong = data.findIndex((label) => !(Number.isInteger(label) && label >= 0));
  if (wrong >= 0) throw new DataError(`${where}: row ${Math.floor(wrong / width)}: expected a whole number from 0, got ${data[wrong] ?? 'nothing'}`);
  return { shape: [count, width], data };
}
