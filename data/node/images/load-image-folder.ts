/** A folder of pictures as a task. */
import { basename, resolve } from 'node:path';
import { ConfigError } from '../../../engine/errors.ts';
import { checkTask } from '../../check-task.ts';
import { divideByGroup } from '../../grouped-split.ts';
import { streamKey } from '../../shuffle.ts';
import { stratifiedOrder, take } from '../../split.ts';
import type { Split, Task } from '../../task.ts';
import { checkImageSize } from './decode-image.ts';
import { listImages } from './image-folder.ts';
import { imageSource, readImages, type ImageInputOptions } from './image-inputs.ts';
import type { Progress } from '../set.ts';

export interface ImageFolderOptions extends ImageInputOptions {
  /** Decides the split; an integer in [0, 2^53). */
  readonly seed: number;
  /** The task's name. Default: the folder's. */
  readonly name?: string;
  /** The folders to take, class 0 first. Default: all, sorted. */
  readonly classes?: readonly string[];
  /** Share of the pictures to validate with. Default 0.2. */
  readonly validation?: number;
  /** Share of the pictures to test with. Default 0.2. */
  readonly test?: number;
  /** Pictures of one group, a patient say, all go into one part. @param name of the file, without folders. Default: each by itself, every class in proportion */
  readonly groupOf?: (name: string) => string;
  /** Decode when a batch needs a picture, and not all of them into memory at once. Default false. */
  readonly onDemand?: boolean;
  readonly onProgress?: Progress;
}

/**
 * Loads a folder that has one folder of pictures per class as a task of images `[channels, height, width]`.
 * @throws {ConfigError} a size or a share out of range, or fewer than two classes
 * @throws {DataError} no such folder, a class without pictures, or a picture that cannot be read (with `onDemand`, when a batch needs it)
 * @example const task = await loadImageFolder('cells', { height: 32, width: 32, channels: 3, seed: 1, groupOf: (name) => name.split('_')[0] ?? name });
 */
export async function loadImageFolder(path: string, options: ImageFolderOptions): Promise<Task> {
  const { name = basename(resolve(path)), seed, validation = 0.2, test = 0.2, classes, groupOf, onDemand = false, onProgress, height, width, channels, concurrency } = options;
  const size = { height, width, channels, ...(concurrency === undefined ? {} : { concurrency }) };
  checkImageSize(size);
  if (concurrency !== undefined && !(Number.isSafeInteger(concurrency) && concurrency >= 1)) throw new ConfigError(`concurrency: expected a whole number from 1, got ${concurrency}`);
  if (!(validation >= 0 && test >= 0 && validation + test < 1)) throw new ConfigError(`validation and test: expected shares from 0 with a sum below 1, got ${validation} and ${test}`);
  const list = await listImages(path, classes);
  if (list.classes.length < 2) throw new ConfigError(`${path}: expected two classes at least, got ${list.classes.join(', ')}`);
  const all: Split = {
    length: list.images.length,
    inputs: onDemand ? imageSource(list.images, size) : await readImages(list.images, size, onProgress),
    targets: Int32Array.from(list.images, ({ label }) => label),
  };
  const groups = groupOf ? list.images.map((image) => groupOf(image.name)) : null;
  const parts = divided(all, groups, [1 - validation - test, validation, test], streamKey(seed, 'split', name));
  return checkTask({ name, kind: 'multiclass', classes: list.classes.length, inputShape: [channels, height, width], ...parts });
}

/**
 * Training, validation and test part by shares.
 * @param groups one a sample: those of a group stay together. Null: each sample by itself, every class in proportion
 */
export function divided(all: Split, groups: readonly string[] | null, shares: readonly [number, number, number], key: number): Pick<Task, 'train' | 'validation' | 'test'> {
  const [train, validation, test] = groups ? divideByGroup(groups, shares, key, all.targets) : byClass(all, shares, key);
  if (!train || !validation || !test) throw new RangeError('three parts make the splits of a task');
  return { train: take(all, train), validation: take(all, validation), test: take(all, test) };
}

function byClass({ length, targets }: Split, [, validation, test]: readonly [number, number, number], key: number): Uint32Array[] {
  const order = stratifiedOrder(targets, key);
  const [held, tested] = [Math.round(length * validation), Math.round(length * test)];
  const trained = length - held - tested;
  return [order.subarray(0, trained), order.subarray(trained, trained + held), order.subarray(trained + held)];
}
