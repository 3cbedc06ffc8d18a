import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fashionMnistPackage } from '../../../../data/node/images/fashion-mnist-package.ts';
import { DataError } from '../../../../engine/errors.ts';
import { temporaryFolder } from '../temporary.ts';

/** Without a folder to cache in. */
beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', '');
  vi.stubEnv('HOME', '');
});
afterEach(() => vi.unstubAllEnvs());

/** Image `index` of a class: no two of all images are the same. */
const image = (label: number, index: number): number[] => [label, index >> 8, index & 255, ...Array<number>(781).fill(0)];
const images = (label: number, count: number): unknown[] => Array.from({ length: count }, (_, index) => image(label, index));

/** A package with 1,002 images a class, but for the classes that `change` gives. */
async function packageWith(change: Record<number, unknown>): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'src', 'clothes'), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"version": "0.0.0"}');
  for (let label = 0; label < 10; label++) {
    await writeFile(join(folder, 'src', 'clothes', `${label}.json`), JSON.stringify(change[label] ?? { data: images(label, 1002) }));
  }
  return folder;
}

test('the last 1,000 of each class are the test part; empty rows and repeats are left out', async () => {
  const folder = await packageWith({ 0: { data: [[], ...images(0, 1003), []] }, 6: { data: [image(6, 0), image(0, 5), ...images(6, 1005)] } });
  const parts = await fashionMnistPackage(folder)!.load();
  if (!('train' in parts)) throw new Error('expected a training and a test part');
  const count = (targets: Iterable<number>): number[] => Array.from({ length: 10 }, (_, label) => [...targets].filter((target) => target === label).length);
  expect(count(parts.train.targets)).toEqual([3, 2, 2, 2, 2, 2, 5, 2, 2, 2]);
  expect(count(parts.test.targets)).toEqual(Array<number>(10).fill(1000));
  expect([parts.train.length, parts.test.length]).toEqual([24, 10_000]);
  // The first test image of class 6, after 6,000 of classes 0 to 5, follows its five training images.
  expect([...parts.test.inputs.subarray(6000 * 784, 6000 * 784 + 3)]).toEqual([6, 0, 5]);
  expect([...parts.train.inputs.subarray(0, 3)]).toEqual([0, 0, 0]);
});

test('a package without one of its files is no source', async () => {
  expect(fashionMnistPackage(await temporaryFolder())).toBeNull();
});

test.each([
  ['a short row', { data: [image(3, 0), [1, 2]] }, 'row 1: expected 784 pixels, got 2'],
  ['a pixel past a byte', { data: [[256, ...Array<number>(783).fill(0)]] }, 'row 0, pixel 0: expected an integer from 0 to 255, got 256'],
  ['a pixel that is a text', { data: [[...Array<number>(783).fill(0), '7']] }, 'row 0, pixel 783: expected an integer from 0 to 255, got "7"'],
  ['a row that is no list', { data: [7] }, 'expected {"data": [[...], ...]}'],
  ['no data', { rows: [] }, 'expected {"data": [[...], ...]}'],
  ['too few images', { data: images(3, 1000) }, 'expected more than 1000 distinct images, got 1000'],
])('refuses %s', async (_, content, message) => {
  const folder = await packageWith({ 3: content });
  const loading = fashionMnistPackage(folder)!.load();
  await expect(loading).rejects.toThrow(DataError);
  await expect(loading).rejects.toThrow(join(folder, 'src', 'clothes', '3.json'));
  await expect(loading).rejects.toThrow(message);
});

test('refuses what is not JSON', async () => {
  const folder = await packageWith({});
  await writeFile(join(folder, 'src', 'clothes', '0.json'), '{"data": [[1,');
  await expect(fashionMnistPackage(folder)!.load()).rejects.toThrow(/0\.json: not JSON/);
});
