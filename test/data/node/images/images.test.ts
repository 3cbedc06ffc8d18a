/** The data set `images`, small: every file as its maker lays it out. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { malariaPatient } from '../../../../data/node/images/image-origins.ts';
import { loadDataset } from '../../../../data/node/load.ts';
import { images } from '../../../../data/node/sets/images.ts';
import { datasetInfo } from '../../../../data/registry.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { arrayOf } from '../../../support/inputs.ts';
import { imageFile } from '../../images/image-files.ts';
import { writePicture } from './pictures.ts';
import { temporaryFolder } from '../temporary.ts';

beforeEach(() => vi.stubEnv('LAZYGRAD_DATA', ''));
afterEach(() => vi.unstubAllEnvs());

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
}

/** Record i of batch b: label i, first pixel b. */
const cifar = (batch: number): Uint8Array => Uint8Array.from({ length: 4 * 3073 }, (_, at) => at % 3073 === 0 ? Math.floor(at / 3073) : at % 3073 === 1 ? batch : 9);
/** Nine pixels in the middle of the first square of image i are i + 1, the others 0. */
const stl = (count: number): Uint8Array => Uint8Array.from({ length: count * 27648 }, (_, at) => (at % 27648) % 96 < 3 && at % 27648 < 3 * 96 ? Math.floor(at / 27648) + 1 : 0);

async function everything(base: string): Promise<void> {
  for (let batch = 1; batch <= 5; batch++) await put(join(base, `cifar-10-batches-bin/data_batch_${batch}.bin`), cifar(batch));
  await put(join(base, 'cifar-10-batches-bin/test_batch.bin.gz'), gzipSync(cifar(6)));
  for (const part of ['train', 'test']) {
    await put(join(base, `svhn/${part}_32x32.mat`), await imageFile('svhn.mat'));
    await put(join(base, `stl10_binary/${part}_X.bin`), stl(5));
    await put(join(base, `stl10_binary/${part}_y.bin`), Uint8Array.of(1, 2, 3, 4, 10));
  }
  for (const [k, name] of ['Uninfected', 'Parasitized'].entries()) {
    for (let i = 0; i < 10; i++) await writePicture(join(base, `cell_images/${name}/C${i}${k === 1 ? 'P5' : ''}ThinF_IMG_2015_cell_1.png`), [i, k, 0]);
  }
  for (const [k, name] of ['01_TUMOR', '02_STROMA', '03_COMPLEX', '04_LYMPHO', '05_DEBRIS', '06_MUCOSA', '07_ADIPOSE', '08_EMPTY'].entries()) {
    for (let i = 0; i < 4; i++) await writePicture(join(base, `Kather_texture_2016_image_tiles_5000/${name}/CRC_${i}.tif`), [k, k, k]);
  }
}

describe('images', () => {
  test('five tasks on 3 x 32 x 32, as the registry has them', async () => {
    const directory = await temporaryFolder();
    await everything(join(directory, 'images'));
    const { tasks } = await loadDataset('images', { directory, seed: 1 });
    expect(tasks.map(({ name, kind, classes, inputShape }) => ({ name, kind, classes, inputShape }))).toEqual(datasetInfo('images').tasks);
    expect(tasks.map(({ train, validation, test: held }) => [train.length, validation.length, held.length])).toEqual([[15, 5, 4], [3, 0, 3], [4, 1, 5], [12, 4, 4], [18, 6, 8]]);
    const [cifar10, svhn, stl10, malaria, colorectal] = tasks;
    const first = (split: Parameters<typeof arrayOf>[0] & { length: number }): number[] => Array.from({ length: split.length }, (_, i) => arrayOf(split)[3072 * i]!);
    expect([...first(cifar10!.train), ...first(cifar10!.validation)].sort()).toEqual([1, 2, 3, 4, 5].flatMap((batch) => Array<number>(4).fill(batch)));
    expect(first(cifar10!.test)).toEqual([6, 6, 6, 6]);
    expect([...svhn!.test.targets]).toEqual([0, 1, 9]);
    expect([first(stl10!.test), [...stl10!.test.targets]]).toEqual([[1, 2, 3, 4, 5], [0, 1, 2, 3, 9]]);
    const patients = [malaria!.train, malaria!.validation, malaria!.test].map((split) => new Set(first(split)));
    expect(patients.reduce((sum, { size }) => sum + size, 0)).toBe(10);
    expect(first(colorectal!.test)).toEqual([...colorectal!.test.targets]);
    expect([...colorectal!.test.targets].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('the folders may also lie in the data folder itself; one that is missing is missing for all, and the error says what is wanted', async () => {
    const directory = await temporaryFolder();
    await everything(directory);
    expect(images.find([directory])?.path).toContain(join(directory, 'stl10_binary'));
    await rm(join(directory, 'stl10_binary/test_y.bin'));
    expect(images.find([directory])).toBeNull();
    await expectRejection(loadDataset('images', { directory, seed: 1 }), DataError, /images: not found/, /stl10_binary \(stl-10: train_X\.bin, .*\)/, /cell_images \(malaria: Uninfected, Parasitized\)/);
  });

  test.each([
    ['C93P54ThinF_IMG_20150821_163452_cell_163.png', 'C93'],
    ['C1_thinF_IMG_20150604_104722_cell_9.png', 'C1'],
    ['C39AP4thinF_IMG_20150618_110236_cell_1.png', 'C39'],
    ['other.png', 'other.png'],
  ])('%s is of %s', (file, patient) => expect(malariaPatient(file)).toBe(patient));
});
