import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shrinkImages } from '../../../data/images/shrink.ts';
import { ConfigError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';

describe('shrinkImages', () => {
  test('means of squares, halves up, each channel and image by itself', () => {
    const pixels = Uint8Array.of(0, 1, 255, 255, 1, 0, 255, 255, 10, 20, 7, 7, 30, 41, 7, 6);
    const { shape, pixels: small, labels } = shrinkImages({ shape: [1, 2, 2, 4], pixels, labels: Int32Array.of(3) }, 2);
    expect(shape).toEqual([1, 2, 1, 2]);
    expect([...small]).toEqual([1, 255, 25, 7]);
    expect(labels).toEqual(Int32Array.of(3));
  });

  test('is within half a step of the mean, and by 1 the image itself', () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 2, 3), fc.uint8Array({ minLength: 72, maxLength: 72 }), (factor, pixels) => {
        const { pixels: small } = shrinkImages({ shape: [2, 1, 6, 6], pixels, labels: new Int32Array(2) }, factor);
        const side = 6 / factor;
        expect(small.length).toBe(2 * side * side);
        small.forEach((value, i) => {
          const [image, row, column] = [Math.floor(i / side / side), Math.floor(i / side) % side, i % side];
          let sum = 0;
          for (let y = 0; y < factor; y++) for (let x = 0; x < factor; x++) sum += pixels[image * 36 + (row * factor + y) * 6 + column * factor + x]!;
          expect(Math.abs(value - sum / factor ** 2)).toBeLessThanOrEqual(0.5);
        });
      }),
    );
  });

  test.each([0, 1.5, 4, NaN])('refuses the factor %d', (factor) => expectError(() => shrinkImages({ shape: [1, 1, 6, 6], pixels: new Uint8Array(36), labels: new Int32Array(1) }, factor), ConfigError, 'factor'));
});
