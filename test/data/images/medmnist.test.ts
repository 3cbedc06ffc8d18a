import { describe, expect, test } from 'vitest';
import { readMedMnist } from '../../../data/images/medmnist.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectRejection } from '../../support/errors.ts';
import { arrayOf } from '../../support/inputs.ts';
import { imageFile, pixelsOf } from './image-files.ts';

const read = async (name: string, options = {}): ReturnType<typeof readMedMnist> => readMedMnist(await imageFile(`${name}.npz`), `${name}.npz`, { name, ...options });

describe('readMedMnist', () => {
  test('two classes are a binary task', async () => {
    const task = await read('grey');
    expect([task.name, task.kind, task.classes, task.inputShape]).toEqual(['grey', 'binary', 1, [1, 4, 3]]);
    expect([task.train, task.validation, task.test].map(({ length }) => length)).toEqual([3, 1, 2]);
    expect([...arrayOf(task.train)]).toEqual(pixelsOf(3, 1, 4, 3));
    expect([...arrayOf(task.validation)]).toEqual(pixelsOf(1, 1, 4, 3, 3));
    expect(task.train.targets).toEqual(Float32Array.of(0, 1, 1));
    expect(task.test.targets).toEqual(Float32Array.of(0, 1));
  });

  test('colour images come channels first; the classes are those of all parts', async () => {
    const task = await read('colour');
    expect([task.kind, task.classes, task.inputShape]).toEqual(['multiclass', 5, [3, 3, 5]]);
    expect(task.train.inputs).toBeInstanceOf(Uint8Array);
    expect([...arrayOf(task.test)]).toEqual(pixelsOf(2, 3, 3, 5, 4));
    expect(task.test.targets).toEqual(Int32Array.of(3, 1));
  });

  test('fourteen labels a sample', async () => {
    const task = await read('chest');
    expect([task.kind, task.classes, task.train.length, task.test.length]).toEqual(['multilabel', 14, 3, 1]);
    expect([...task.train.targets.subarray(14, 28)]).toEqual([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...task.test.targets]).toEqual(Array<number>(14).fill(0));
  });

  test('a kind by name: two classes as such', async () => {
    const task = await read('grey', { kind: 'multiclass' });
    expect([task.kind, task.classes, task.train.targets]).toEqual(['multiclass', 2, Int32Array.of(0, 1, 1)]);
  });

  test('refuses what is not such an archive', async () => {
    await expectRejection(read('chest', { kind: 'multiclass' }), DataError, /chest\.npz: expected one label a sample for the kind multiclass, got 14/);
    await expectRejection(read('colour', { kind: 'binary' }), DataError, /task colour, train, sample 1: expected 0 or 1.* got 4/);
    const arrays = readMedMnist(await imageFile('../arrays/stored.npz'), 'a.npz', { name: 'a' });
    await expectRejection(arrays, DataError, /a\.npz: expected an array train_images, got /);
    await expectRejection(readMedMnist(new Uint8Array(9), 'a.npz', { name: 'a' }), DataError, 'a.npz');
  });
});
