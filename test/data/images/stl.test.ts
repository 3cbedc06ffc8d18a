import { describe, expect, test } from 'vitest';
import { parseStl10 } from '../../../data/images/stl.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';
import { pixelAt, pixelsOf } from './image-files.ts';

/** By the description: "the first 96*96 values are the red channel ... in column-major order", then green, then blue. */
function stored(count: number): Uint8Array {
  const out: number[] = [];
  for (let image = 0; image < count; image++) for (let channel = 0; channel < 3; channel++) for (let column = 0; column < 96; column++) for (let row = 0; row < 96; row++) out.push(pixelAt(row, column, channel, image));
  return Uint8Array.from(out);
}

const images = (bytes: Uint8Array): { bytes: Uint8Array; file: string } => ({ bytes, file: 'train_X.bin' });
const labels = (...values: number[]): { bytes: Uint8Array; file: string } => ({ bytes: Uint8Array.from(values), file: 'train_y.bin' });

describe('parseStl10', () => {
  test('rows stand for rows, and label 1 is class 0', () => {
    const read = parseStl10(images(stored(2)), labels(1, 10));
    expect(read.shape).toEqual([2, 3, 96, 96]);
    expect(read.labels).toEqual(Int32Array.of(0, 9));
    expect(Buffer.compare(read.pixels, Uint8Array.from(pixelsOf(2, 3, 96, 96)))).toBe(0);
  });

  test.each([
    ['no images', new Uint8Array(), [], /train_X\.bin: expected images of 27648 bytes .* got 0 bytes/],
    ['a cut image', stored(1).subarray(1), [1], /got 27647 bytes: 0 images and 27647 bytes more/],
    ['too few labels', stored(2), [1], /train_y\.bin: expected 2 labels of a byte, as many as images in train_X\.bin, got 1/],
    ['label 0, which marks none', stored(2), [1, 0], /train_y\.bin: byte 1: expected a label from 1 to 10, got 0/],
    ['label 11', stored(1), [11], /byte 0: .*got 11/],
  ])('refuses %s', (_, x, y, message) => expectError(() => parseStl10(images(x), labels(...y)), DataError, message));
});
