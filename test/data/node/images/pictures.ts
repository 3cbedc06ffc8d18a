/** Pictures for tests, written by the encoder that the decoder belongs to. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';

/** Of one colour; the format is the name's ending. */
export async function writePicture(path: string, [r, g, b]: readonly [number, number, number], side = 4): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const picture = sharp({ create: { width: side, height: side, channels: 3, background: { r, g, b } } });
  // By default the encoder loses something in TIFF.
  await (path.endsWith('.tif') ? picture.tiff({ compression: 'lzw' }) : picture).toFile(path);
}

export async function writeText(path: string, text = ''): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
