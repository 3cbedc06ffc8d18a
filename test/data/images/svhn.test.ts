import { describe, expect, test } from 'vitest';
import { readSvhn } from '../../../data/images/svhn.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectRejection } from '../../support/errors.ts';
import { imageFile, pixelsOf } from './image-files.ts';

describe('readSvhn', () => {
  test('images as SciPy wrote them, upright, and 10 for the digit 0', async () => {
    const { shape, pixels, labels } = await readSvhn(await imageFile('svhn.mat'), 'svhn.mat');
    expect(shape).toEqual([3, 3, 32, 32]);
    expect(labels).toEqual(Int32Array.of(0, 1, 9));
    expect(Buffer.compare(pixels, Uint8Array.from(pixelsOf(3, 3, 32, 32)))).toBe(0);
  });

  test('one image, whose last axis is not written, with labels as doubles', async () => {
    const { shape, pixels, labels } = await readSvhn(await imageFile('svhn-one.mat'), 'x');
    expect([shape, [...labels]]).toEqual([[1, 3, 32, 32], [0]]);
    expect([...pixels]).toEqual(pixelsOf(1, 3, 32, 32));
  });

  test('refuses a MAT-file of something else', async () => {
    await expectRejection(readSvhn(await imageFile('numbers.mat'), 'numbers.mat'), DataError, /numbers\.mat: expected an array named X, got x, single/);
  });
});
