import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { idxFolder } from '../../../../data/node/images/idx-folder.ts';
import type { TaskInfo } from '../../../../data/registry.ts';
import { DataError } from '../../../../engine/errors.ts';
import { writeIdx } from '../../images/idx-writer.ts';
import { temporaryFolder, writePart } from '../temporary.ts';

const task: TaskInfo = { name: 'mnist', kind: 'multiclass', classes: 10, inputShape: [1, 28, 28] };

async function complete(gzip = false): Promise<string> {
  const folder = await temporaryFolder();
  await writePart(folder, 'train', 30, 1, gzip);
  await writePart(folder, 't10k', 20, 2, gzip);
  return folder;
}

test.each([false, true])('reads the four files (gzip: %s)', async (gzip) => {
  const parts = await idxFolder(await complete(gzip), task)!.load();
  if (!('train' in parts)) throw new Error('expected a training and a test part');
  expect([parts.train.length, parts.test.length]).toEqual([30, 20]);
  expect([...parts.train.inputs.subarray(784 * 29, 784 * 29 + 3)]).toEqual([29, 1, 0]);
  expect([...parts.test.targets]).toEqual(Array.from({ length: 20 }, (_, i) => i % 10));
});

test('without the training images it is no source, or a pool where that is allowed', async () => {
  const folder = await complete();
  await rm(join(folder, 'train-images-idx3-ubyte'));
  expect(idxFolder(folder, task)).toBeNull();
  const parts = await idxFolder(folder, task, { testAlone: true })!.load();
  expect('pool' in parts && parts.pool.length).toBe(20);
});

test('a folder without test files, or no folder, is no source', async () => {
  const folder = await complete();
  await rm(join(folder, 't10k-labels-idx1-ubyte'));
  expect(idxFolder(folder, task)).toBeNull();
  expect(idxFolder(join(folder, 'nowhere'), task, { testAlone: true })).toBeNull();
});

test.each([
  ['labels that are too few', 'train-labels-idx1-ubyte', writeIdx([29], new Uint8Array(29)), 'expected 30 labels'],
  ['a label that is no class', 'train-labels-idx1-ubyte', writeIdx([30], new Uint8Array(30).fill(10, 7)), 'label 7: expected a class below 10, got 10'],
  ['images in the place of labels', 't10k-labels-idx1-ubyte', writeIdx([5, 2, 2], new Uint8Array(20)), 'expected one label per sample, got the shape [5, 2, 2]'],
  ['labels in the place of images', 't10k-images-idx3-ubyte', writeIdx([20], new Uint8Array(20)), 'expected images of 28 x 28, got the shape [20]'],
  ['images of another size', 'train-images-idx3-ubyte', writeIdx([30, 2, 2], new Uint8Array(120)), 'expected images of 28 x 28, got the shape [30, 2, 2]'],
])('refuses %s', async (_, name, bytes, message) => {
  const folder = await complete();
  await writeFile(join(folder, name), bytes);
  const loading = idxFolder(folder, task)!.load();
  await expect(loading).rejects.toThrow(DataError);
  await expect(loading).rejects.toThrow(`${join(folder, name)}: `);
  await expect(loading).rejects.toThrow(message);
});
