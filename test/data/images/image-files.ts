/** Files of images/ beside the fixtures' script, and the pixels that it says they hold. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../fixtures/images');

export async function imageFile(name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(join(FOLDER, name)));
}

export const pixelAt = (row: number, column: number, channel: number, image: number): number => (8 * row + Math.floor(column / 4) + 85 * channel + 13 * image) % 256;

/** `[count, channels, height, width]`, from image `first` on. */
export function pixelsOf(count: number, channels: number, height: number, width: number, first = 0): number[] {
  const out: number[] = [];
  for (let image = first; image < first + count; image++) {
    for (let channel = 0; channel < channels; channel++) for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) out.push(pixelAt(row, column, channel, image));
  }
  return out;
}
