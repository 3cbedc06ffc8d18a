/**
 * Five tasks of images from packed excerpts, in the place of the paper's: CIFAR-10 (10,000 + 2,000), street signs for house numbers, blood cells by type for
 * tissue, malaria and pneumonia, all as 3 x 32 x 32. Grey images of 28 x 28 stand in the middle of black ones, three times.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { csvFields } from '../../../data/tables/csv-fields.ts';
import { divideByGroup, parseIdx, partition, streamKey, take } from '../../../data/index.ts';
import type { InputArray, Split, Task, TaskInfo } from '../../../data/index.ts';
import { decodeImage } from '../../../data/node/images/decode-image.ts';
import { readBytes } from '../../../data/node/files.ts';
import { malariaPatient } from '../../../data/node/images/image-origins.ts';
import type { ReadOptions, SetLoader } from '../../../data/node/set.ts';
import { together } from '../../../data/node/together.ts';
import { DataError } from '../../../engine/index.ts';
import { unpackDeltaImages } from '../delta-images.ts';
import { greyToColour } from '../grey-to-colour.ts';
import { parseJpk } from '../jpk.ts';

type Samples = Split<InputArray>;
type Splits = Pick<Task, 'train' | 'validation' | 'test'>;

interface Packing {
  readonly folder: string;
  readonly classes: number;
  readonly files: readonly string[];
  load(read: Read, options: ReadOptions): Promise<Splits>;
}

interface File {
  readonly bytes: Uint8Array;
  readonly file: string;
}

type Read = (name: string) => Promise<File>;

const SIDE = 32;
const GREY_SIDE = 28;
const SIZE = { height: SIDE, width: SIDE, channels: 3 } as const;
const PIXELS = 3 * SIDE * SIDE;
const idxFiles = (part: string): string[] => [`${part}-images-idx3-ubyte.gz`, `${part}-labels-idx1-ubyte.gz`];
const deltaFiles = (part: string): string[] => [`${part}-images-nchw-delta.bin.gz`, `${part}-labels-idx1-ubyte.gz`];

const PACKINGS: readonly Packing[] = [
  {
    folder: 'cifar10', classes: 10, files: ['cifar10_train10k.jpk.gz', 'cifar10_test2k.jpk.gz'],
    load: async (read, { seed, onProgress }) => {
      const all = await pictures(await read('cifar10_train10k.jpk.gz'), onProgress);
      const held = Math.floor(all.length / 4);
      const [train, validation] = partition(all, [all.length - held, held], streamKey(seed, 'split', 'cifar10'), true);
      return named([train, validation, await pictures(await read('cifar10_test2k.jpk.gz'), onProgress)]);
    },
  },
  {
    folder: 'gtsrb', classes: 10, files: [...deltaFiles('train'), 'train.csv', ...deltaFiles('test')],
    // A sign was taken ten times and more while the car came nearer: 00003 of Images/00001/00003_00012.ppm.
    load: async (read, { seed }) => {
      const all = await colour(read, 'train');
      const tracks = await column(read, 'train.csv', 'path', all.length, (path) => path.replace(/_[^_]*$/, ''));
      const [train, validation] = divideByGroup(tracks, [0.8, 0.2], streamKey(seed, 'split', 'gtsrb'), all.targets).map((part) => take(all, part));
      return named([train, validation, await colour(read, 'test')]);
    },
  },
  {
    folder: 'bccd', classes: 3, files: ['train', 'val', 'test'].flatMap(deltaFiles),
    load: async (read) => named([await colour(read, 'train'), await colour(read, 'val'), await colour(read, 'test')]),
  },
  {
    folder: 'malaria', classes: 2, files: [...idxFiles('sub10k'), 'sub10k-cells.csv'],
    load: async (read, { seed }) => {
      const all = await grey(read, 'sub10k');
      const patients = await column(read, 'sub10k-cells.csv', 'file', all.length, malariaPatient);
      return named(divideByGroup(patients, [0.6, 0.2, 0.2], streamKey(seed, 'split', 'malaria'), all.targets).map((part) => take(all, part)));
    },
  },
  {
    folder: 'pneumoniamnist', classes: 2, files: ['train', 'val', 'test'].flatMap(idxFiles),
    load: async (read) => named([await grey(read, 'train'), await grey(read, 'val'), await grey(read, 'test')]),
  },
];

const taskOf = ({ folder, classes }: Packing): TaskInfo => ({ name: folder, kind: 'multiclass', classes, inputShape: [3, SIDE, SIDE] });

/** Tasks cifar10, gtsrb, bccd, malaria and pneumoniamnist, each from `DIR/<task>/`; there when all five are. */
export const packedImages: SetLoader = {
  name: 'images',
  wanted: `put ${PACKINGS.map(({ folder, files }) => `${folder}/ (${files.join(', ')})`).join(', ')} into DIR`,
  find(folders) {
    const path = folders.find((folder) => PACKINGS.every((packing) => packing.files.every((name) => existsSync(join(folder, packing.folder, name)))));
    if (path === undefined) return null;
    return {
      path,
      tasks: PACKINGS.map(taskOf),
      about: {
        size: '12,000, 4,000, 1,780, 10,000 and 5,856 images',
        licence: 'CIFAR-10: none stated (Krizhevsky, 2009); GTSRB: free to use (Stallkamp et al., 2012); BCCD: MIT; Malaria cells: none stated (Rajaraman et al., 2018, US National Library of Medicine); PneumoniaMNIST: CC BY 4.0 (MedMNIST; Kermany et al., 2018)',
        source: 'CIFAR-10: https://www.cs.toronto.edu/~kriz/cifar.html; GTSRB: https://benchmark.ini.rub.de; BCCD: https://github.com/Shenggan/BCCD_Dataset; Malaria cells: https://lhncbc.nlm.nih.gov/LHC-research/LHC-projects/image-processing/malaria-datasheet.html; PneumoniaMNIST: https://medmnist.com',
      },
      async load(options) {
        const tasks: Task[] = [];
        for (const packing of PACKINGS) {
          const { folder } = packing;
          const read: Read = async (name) => {
            const file = join(path, folder, name);
            return { file, bytes: await readBytes(file) };
          };
          tasks.push({ ...taskOf(packing), ...await packing.load(read, options) });
        }
        return tasks;
      },
    };
  },
};

async function pictures({ bytes, file }: File, onProgress: ReadOptions['onProgress']): Promise<Samples> {
  const packed = parseJpk(bytes, file);
  const inputs = new Uint8Array(packed.length * PIXELS);
  let done = 0;
  await together(packed.length, 8, async (index) => {
    const picture = packed[index];
    if (picture) inputs.set(await decodeImage(picture.bytes, `${file}: picture ${index}`, SIZE), index * PIXELS);
    done++;
    if (done % 256 === 0 || done === packed.length) onProgress?.(done, packed.length, 'pictures');
  });
  return { length: packed.length, inputs, targets: Int32Array.from(packed, ({ label }) => label) };
}

async function colour(read: Read, part: string): Promise<Samples> {
  const { bytes, file } = await read(`${part}-images-nchw-delta.bin.gz`);
  return labelled(unpackDeltaImages(bytes, SIDE, SIDE, file), read, part);
}

async function grey(read: Read, part: string): Promise<Samples> {
  const { bytes, file } = await read(`${part}-images-idx3-ubyte.gz`);
  const { shape, data } = parseIdx(bytes, file);
  if (shape[1] !== GREY_SIDE || shape[2] !== GREY_SIDE) throw new DataError(`${file}: expected images of ${GREY_SIDE} x ${GREY_SIDE}, got the shape [${shape.join(', ')}]`);
  return labelled(greyToColour(data, GREY_SIDE, SIDE), read, part);
}

async function labelled(inputs: Uint8Array, read: Read, part: string): Promise<Samples> {
  const { bytes, file } = await read(`${part}-labels-idx1-ubyte.gz`);
  const { shape, data } = parseIdx(bytes, file);
  if (shape.length !== 1 || data.length * PIXELS !== inputs.length) throw new DataError(`${file}: expected a label for each of ${inputs.length / PIXELS} images, got the shape [${shape.join(', ')}]`);
  return { length: data.length, inputs, targets: Int32Array.from(data) };
}

/** What a column says of each sample. */
async function column(read: Read, name: string, heading: string, count: number, make: (field: string) => string): Promise<string[]> {
  const { bytes, file } = await read(name);
  const rows = csvFields(new TextDecoder().decode(bytes), file, [heading]);
  if (rows.length !== count) throw new DataError(`${file}: expected ${count} rows, one a sample, got ${rows.length}`);
  return rows.map(({ fields: [field = ''] }) => make(field));
}

function named([train, validation, test]: readonly (Split | undefined)[]): Splits {
  if (!train || !validation || !test) throw new RangeError('three parts make the splits of a task');
  return { train, validation, test };
}
