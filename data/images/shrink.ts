/** Smaller images. */
import { ConfigError } from '../../engine/errors.ts';
import type { LabelledImages } from './labelled-images.ts';

/**
 * Images whose height and width are a whole number of times smaller: each pixel is the mean of a square of `factor * factor`, rounded to the nearest
 * (halves up). STL-10's 96 x 96 by 3 gives 32 x 32.
 * @throws {ConfigError} `factor` is not a whole number from 1 that divides height and width
 */
export function shrinkImages({ shape: [count, channels, height, width], pixels, labels }: LabelledImages, factor: number): LabelledImages {
  if (!(Number.isSafeInteger(factor) && factor >= 1 && height % factor === 0 && width % factor === 0)) throw new ConfigError(`factor: expected a whole number that divides ${height} and ${width}, got ${factor}`);
  const [rows, columns] = [height / factor, width / factor];
  const out = new Uint8Array(count * channels * rows * columns);
  const area = factor * factor;
  for (let plane = 0; plane < count * channels; plane++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let y = 0; y < factor; y++) {
          const start = (plane * height + row * factor + y) * width + column * factor;
          for (let x = 0; x < factor; x++) sum += pixels[start + x] ?? 0;
        }
        out[(plane * rows + row) * columns + column] = Math.floor((2 * sum + area) / (2 * area));
      }
    }
  }
  return { shape: [count, channels, rows, columns], pixels: out, labels };
}
