/** The paper's five sets of images as their makers distribute them, each read as 3 x 32 x 32. */
import { join } from 'node:path';
import { parseCifar10 } from '../../images/cifar.ts';
import { joinImages, type LabelledImages } from '../../images/labelled-images.ts';
import { shrinkImages } from '../../images/shrink.ts';
import { streamKey } from '../../shuffle.ts';
import { partition } from '../../split.ts';
import { parseStl10 } from '../../images/stl.ts';
import { readSvhn } from '../../images/svhn.ts';
import type { Split, Task } from '../../task.ts';
import { plainOrGzip, readBytes } from '../files.ts';
import { loadImageFolder, type ImageFolderOptions } from './load-image-folder.ts';
import type { ReadOptions } from '../set.ts';

export type Splits = Pick<Task, 'train' | 'validation' | 'test'>;

export interface ImageOrigin {
  /** The task that it is. */
  readonly task: string;
  /** Names that its folder may have: that of the makers' archive first. */
  readonly folders: readonly [string, ...string[]];
  /** The files or folders in it; files may be `.gz`. */
  readonly holds: readonly string[];
  load(folder: string, options: ReadOptions): Promise<Splits>;
}

const SIZE = { height: 32, width: 32, channels: 3 } as const;
const CIFAR_TRAIN = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);

export const IMAGE_ORIGINS: readonly ImageOrigin[] = [
  official('cifar-10', ['cifar-10-batches-bin', 'cifar10'], [...CIFAR_TRAIN, 'test_batch.bin'], 1 / 4, async (folder) => {
    const read = async (name: string): Promise<LabelledImages> => {
      const { bytes, file } = await opened(folder, name);
      return parseCifar10(bytes, file);
    };
    return [joinImages(await Promise.all(CIFAR_TRAIN.map(read))), await read('test_batch.bin')];
  }),
  official('svhn', ['svhn'], ['train_32x32.mat', 'test_32x32.mat'], 1 / 5, async (folder) => {
    const read = async (name: string): Promise<LabelledImages> => {
      const { bytes, file } = await opened(folder, name);
      return readSvhn(bytes, file);
    };
    return [await read('train_32x32.mat'), await read('test_32x32.mat')];
  }),
  official('stl-10', ['stl10_binary', 'stl10'], ['train_X.bin', 'train_y.bin', 'test_X.bin', 'test_y.bin'], 1 / 5, async (folder) => {
    const read = async (part: string): Promise<LabelledImages> => shrinkImages(parseStl10(await opened(folder, `${part}_X.bin`), await opened(folder, `${part}_y.bin`)), 3);
    return [await read('train'), await read('test')];
  }),
  pictures('malaria', ['cell_images', 'malaria'], ['Uninfected', 'Parasitized'], { groupOf: malariaPatient }),
  pictures('colorectal', ['Kather_texture_2016_image_tiles_5000', 'colorectal'], ['01_TUMOR', '02_STROMA', '03_COMPLEX', '04_LYMPHO', '05_DEBRIS', '06_MUCOSA', '07_ADIPOSE', '08_EMPTY'], { validation: 0.2, test: 0.24 }),
];

/**
 * Whose cell a picture of the malaria set shows, by the file's name: the number of the case, `C93` of `C93P54ThinF_IMG_20150821_163452_cell_163.png`. What
 * follows it is written in many ways, and a healthy person has no number behind the P. The set has 200 of them.
 */
export function malariaPatient(file: string): string {
  return /C\d+/.exec(file)?.[0] ?? file;
}

async function opened(folder: string, name: string): Promise<{ readonly bytes: Uint8Array; readonly file: string }> {
  const file = plainOrGzip(join(folder, name)) ?? join(folder, name);
  return { bytes: await readBytes(file), file };
}

/** A set with a test part of its own; of the training part a share validates, each class in proportion. @param read gives the two */
function official(task: string, folders: ImageOrigin['folders'], holds: readonly string[], share: number, read: (folder: string) => Promise<readonly [LabelledImages, LabelledImages]>): ImageOrigin {
  return {
    task, folders, holds,
    load: async (path, { seed }) => {
      const [all, test] = (await read(path)).map(asSplit);
      if (!all || !test) throw new RangeError('a training and a test part');
      const held = Math.floor(all.length * share);
      const [train, validation] = partition(all, [all.length - held, held], streamKey(seed, 'split', task), true);
      if (!train || !validation) throw new RangeError('two parts make a training and a validation part');
      return { train, validation, test };
    },
  };
}

/** A set of pictures, one folder a class. */
function pictures(task: string, folders: ImageOrigin['folders'], classes: readonly string[], options: Pick<ImageFolderOptions, 'groupOf' | 'validation' | 'test'>): ImageOrigin {
  return { task, folders, holds: classes, load: (path, { seed, onProgress }) => loadImageFolder(path, { ...SIZE, ...options, name: task, classes, seed, ...(onProgress ? { onProgress } : {}) }) };
}

const asSplit = ({ pixels, labels }: LabelledImages): Split => ({ length: labels.length, inputs: pixels, targets: labels });
