import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { streamBatches } from '../../../../data/batches.ts';
import { loadImageFolder } from '../../../../data/node/images/load-image-folder.ts';
import { listImages } from '../../../../data/node/images/image-folder.ts';
import { together } from '../../../../data/node/together.ts';
import { isSource } from '../../../../data/input-source.ts';
import type { Split, Task } from '../../../../data/task.ts';
import { ConfigError, DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { arrayOf } from '../../../support/inputs.ts';
import { writePicture, writeText } from './pictures.ts';
import { temporaryFolder } from '../temporary.ts';

const size = { height: 2, width: 2, channels: 3 } as const;

/** Classes b (10 pictures), a (20) and c (10); picture i of class k is red i and green k, and of patient i / 4. */
async function folder(): Promise<string> {
  const path = await temporaryFolder();
  for (const [k, [name, count]] of ([['b', 10], ['a', 20], ['c', 10]] as const).entries()) {
    for (let i = 0; i < count; i++) await writePicture(join(path, name, `P${Math.floor(i / 4)}_${i}.${i % 2 === 0 ? 'png' : 'tif'}`), [i, k, 0]);
  }
  await writeText(join(path, 'a', 'Thumbs.db'));
  await writeText(join(path, 'a', 'notes.txt'));
  await writeText(join(path, 'a', '._P0_0.png'));
  await writeText(join(path, 'readme.png'));
  await mkdir(join(path, '.hidden'));
  return path;
}

const parts = ({ train, validation, test: held }: Task): Split[] => [train, validation, held];
/** The picture's number and class by its pixels. */
const seen = (split: Split): [number, number][] => {
  const values = arrayOf(split);
  return Array.from({ length: split.length }, (_, i) => [values[12 * i]!, values[12 * i + 4]!]);
};

describe('loadImageFolder', () => {
  test('sorted folders are the classes; each picture is once there, with its label, and each class in proportion', async () => {
    const path = await folder();
    const progress: number[][] = [];
    const task = await loadImageFolder(path, { ...size, seed: 1, name: 'mine', onProgress: (done, total) => progress.push([done, total]) });
    expect([task.name, task.kind, task.classes, task.inputShape]).toEqual(['mine', 'multiclass', 3, [3, 2, 2]]);
    expect(parts(task).map(({ targets }) => [0, 1, 2].map((label) => targets.filter((target) => target === label).length))).toEqual([[12, 6, 6], [4, 2, 2], [4, 2, 2]]);
    // Written as b, a, c: green 1 is a, class 0.
    for (const split of parts(task)) expect(seen(split).map(([, green]) => [1, 0, 2].indexOf(green))).toEqual([...split.targets]);
    expect(new Set(parts(task).flatMap(seen).map(String)).size).toBe(40);
    expect(progress.at(-1)).toEqual([40, 40]);
  });

  test('the seed decides the split', async () => {
    const path = await folder();
    const load = async (seed: number): Promise<unknown> => parts(await loadImageFolder(path, { ...size, seed })).map(seen);
    const first = await load(1);
    expect(await load(1)).toEqual(first);
    expect(await load(2)).not.toEqual(first);
  });

  test('pictures of one group stay together', async () => {
    const task = await loadImageFolder(await folder(), { ...size, seed: 3, groupOf: (name) => name.split('_')[0] ?? name });
    const patients = parts(task).map((split) => new Set(seen(split).map(([number]) => Math.floor(number / 4))));
    expect(patients.reduce((sum, { size: count }) => sum + count, 0)).toBe(5);
    expect(new Set(patients.flatMap((set) => [...set])).size).toBe(5);
  });

  test('classes by name, in that order', async () => {
    const task = await loadImageFolder(await folder(), { ...size, seed: 1, classes: ['c', 'a'], channels: 1 });
    expect([task.classes, task.inputShape]).toEqual([2, [1, 2, 2]]);
    expect([0, 1].map((label) => parts(task).flatMap(({ targets }) => [...targets]).filter((target) => target === label).length)).toEqual([10, 20]);
  });

  test('on demand the batches are those of the folder in memory', async () => {
    const path = await folder();
    const [read, held] = [await loadImageFolder(path, { ...size, seed: 1, onDemand: true, concurrency: 3 }), await loadImageFolder(path, { ...size, seed: 1 })];
    expect(isSource(read.train.inputs)).toBe(true);
    const options = { batchSize: 7, seed: 5, epoch: 0 };
    const all = async (task: Task): Promise<unknown[]> => {
      const out: unknown[] = [];
      for await (const batch of streamBatches(task.train, 12, options)) out.push(batch);
      return out;
    };
    expect(await all(read)).toEqual(await all(held));
  });

  test('a damaged picture is named, at once or when a batch needs it', async () => {
    const path = await folder();
    await rm(join(path, 'c', 'P0_0.png'));
    await writeText(join(path, 'c', 'P0_0.png'), 'none');
    await expectRejection(loadImageFolder(path, { ...size, seed: 1 }), DataError, /P0_0\.png: expected a picture/);
    const task = await loadImageFolder(path, { ...size, seed: 1, onDemand: true });
    const reading = Promise.all(parts(task).map(async ({ inputs, length }) => isSource(inputs) && inputs.read(Uint32Array.from({ length }, (_, i) => i), new Uint8Array(length * 12))));
    await expectRejection(reading, DataError, /P0_0\.png: expected a picture/);
  });

  test('refuses what is no such folder', async () => {
    const path = await folder();
    const load = (where: string, options = {}): Promise<Task> => loadImageFolder(where, { ...size, seed: 1, ...options });
    await expectRejection(load(join(path, 'gone')), DataError, /gone: expected a folder/);
    await expectRejection(load(join(path, 'a')), DataError, /a: expected a folder for each class, got none/);
    await expectRejection(load(path, { classes: ['a', 'd'] }), DataError, /d: expected a folder/);
    await mkdir(join(path, 'empty'));
    await writeText(join(path, 'empty', 'a.txt'));
    await expectRejection(load(path), DataError, /empty: expected pictures of the class empty .* got none/);
    await expectRejection(load(path, { classes: ['a'] }), ConfigError, /expected two classes at least, got a/);
    await expectRejection(load(path, { validation: 0.5, test: 0.5 }), ConfigError, /sum below 1/);
    await expectRejection(load(path, { height: 0 }), ConfigError, /height/);
    await expectRejection(load(path, { concurrency: 0 }), ConfigError, /concurrency/);
  });
});

test('listImages sorts by code units, and what ends like a picture in capitals is one', async () => {
  const path = await temporaryFolder();
  for (const name of ['b.PNG', 'B.jpeg', 'ä.tiff', 'a10.jpg', 'a9.TIF']) await writeText(join(path, 'x', name));
  expect((await listImages(path)).images.map(({ name }) => name)).toEqual(['B.jpeg', 'a10.jpg', 'a9.TIF', 'b.PNG', 'ä.tiff']);
});

describe('together', () => {
  test('does all, no more than so many at a time', async () => {
    let [running, most] = [0, 0];
    const done: number[] = [];
    await together(20, 3, async (index) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      done.push(index);
    });
    expect([most, done.sort((a, b) => a - b)]).toEqual([3, [...Array(20).keys()]]);
  });

  test('begins no more after a failure, and throws it when what runs is done', async () => {
    const begun: number[] = [];
    const work = together(20, 2, async (index) => {
      begun.push(index);
      await Promise.resolve();
      if (index === 3) throw new DataError('three');
    });
    await expectRejection(work, DataError, 'three');
    expect(begun.length).toBeLessThanOrEqual(5);
  });
});
