import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readSvhn } from '../../../data/images/svhn.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectRejection } from '../../support/errors.ts';
import { imageFile, pixelsOf } from './image-files.ts';

/** The same file without compression: behind a header of 128 bytes each element is a type, a size and deflated bytes. */
function inflated(file: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [file.subarray(0, 128)];
  const view = new DataView(file.buffer, file.byteOffset);
  for (let at = 128; at < file.length; at += 8 + view.getUint32(at + 4, true)) parts.push(inflateSync(file.subarray(at + 8, at + 8 + view.getUint32(at + 4, true))));
  return new Uint8Array(Buffer.concat(parts));
}

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

  test('refuses a label that stands for no digit', async () => {
    const plain = inflated(await imageFile('svhn.mat'));
    const labels = Buffer.from(plain).lastIndexOf(Buffer.of(10, 1, 9));
    expect((await readSvhn(plain, 'x')).labels).toEqual(Int32Array.of(0, 1, 9));
    for (const wrong of [0, 11]) await expectRejection(readSvhn(plain.with(labels + 2, wrong), 'x'), DataError, `x: y: image 2: expected a label from 1 to 10, got ${wrong}`);
  });

  test('refuses a MAT-file of something else', async () => {
    await expectRejection(readSvhn(await imageFile('numbers.mat'), 'numbers.mat'), DataError, /numbers\.mat: expected an array named X, got x, single/);
  });
});
