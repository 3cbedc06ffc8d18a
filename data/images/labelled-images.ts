/** Images that have one class each: what the readers of image formats give. */
import { ShapeError } from '../../engine/errors.ts';

export interface LabelledImages {
  /** `[count, channels, height, width]`. */
  readonly shape: readonly [number, number, number, number];
  /** Row-major, channels first; a view into the bytes that were read where the format has that order. */
  readonly pixels: Uint8Array;
  /** `[count]` classes from 0. */
  readonly labels: Int32Array;
}

/**
 * Column-major planes made row-major: of `[..., width, height]` the last two axes change places. MATLAB stores images so.
 * @param pixels a whole number of planes
 */
export function rowMajorPlanes(pixels: Uint8Array, height: number, width: number): Uint8Array {
  const out = new Uint8Array(pixels.length);
  const plane = height * width;
  for (let start = 0; start < pixels.length; start += plane) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) out[start + row * width + column] = pixels[start + column * height + row] ?? 0;
    }
  }
  return out;
}

/**
 * Images with the channels of each pixel side by side, `[count, height, width, channels]`, made channels-first.
 * @param size pixels of an image, height * width
 */
export function channelsFirst(pixels: Uint8Array, size: number, channels: number): Uint8Array {
  if (channels === 1) return pixels;
  const out = new Uint8Array(pixels.length);
  const image = size * channels;
  for (let start = 0; start < pixels.length; start += image) {
    for (let pixel = 0; pixel < size; pixel++) {
      for (let channel = 0; channel < channels; channel++) out[start + channel * size + pixel] = pixels[start + pixel * channels + channel] ?? 0;
    }
  }
  return out;
}

/** Images of one shape from several files, one after the other. @throws {ShapeError} images of different shapes */
export function joinImages(parts: readonly LabelledImages[]): LabelledImages {
  const count = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  const [, channels, height, width] = parts[0]?.shape ?? [0, 0, 0, 0];
  const pixels = new Uint8Array(count * channels * height * width);
  const labels = new Int32Array(count);
  let at = 0;
  for (const part of parts) {
    if (part.shape.slice(1).join() !== [channels, height, width].join()) throw new ShapeError(`expected images of ${channels} x ${height} x ${width}, got ${part.shape.slice(1).join(' x ')}`);
    pixels.set(part.pixels, at * channels * height * width);
    labels.set(part.labels, at);
    at += part.labels.length;
  }
  return { shape: [count, channels, height, width], pixels, labels };
}
