/** Listed pictures as inputs: decoded once into memory, or each time that a batch needs them. */
import { createHash } from 'node:crypto';
import type { InputSource } from '../../input-source.ts';
import { decodeImage, type ImageSize } from './decode-image.ts';
import { readBytes } from '../files.ts';
import type { ListedImage } from './image-folder.ts';
import type { Progress } from '../set.ts';
import { together } from '../together.ts';

export interface ImageInputOptions extends ImageSize {
  /** Pictures under way at a time. Default 8. */
  readonly concurrency?: number;
}

const CONCURRENCY = 8;
/** Pictures between two reports. */
const REPORT_EVERY = 64;

/**
 * All pictures, `[images, channels, height, width]`.
 * @throws {DataError} a picture that cannot be read
 */
export async function readImages(images: readonly ListedImage[], { concurrency = CONCURRENCY, ...size }: ImageInputOptions, onProgress?: Progress): Promise<Uint8Array> {
  const values = valuesOf(size);
  const out = new Uint8Array(images.length * values);
  let done = 0;
  await together(images.length, concurrency, async (index) => {
    out.set(await decoded(images[index], size), index * values);
    done++;
    if (done % REPORT_EVERY === 0 || done === images.length) onProgress?.(done, images.length, 'pictures');
  });
  return out;
}

/** The pictures as a source: for a folder that does not fit into memory. Nothing is read yet. */
export function imageSource(images: readonly ListedImage[], { concurrency = CONCURRENCY, ...size }: ImageInputOptions): InputSource {
  const values = valuesOf(size);
  const { height, width, channels } = size;
  return {
    type: 'uint8',
    length: images.length * values,
    id: `pictures ${channels}x${height}x${width} ${namesHash(images)}`,
    read: (samples, into) => together(samples.length, concurrency, async (at) => {
      into.set(await decoded(images[samples[at] ?? 0], size), at * values);
    }),
  };
}

/** Of names and not of paths: a folder may be moved between a run and its going on. */
function namesHash(images: readonly ListedImage[]): string {
  const hash = createHash('sha256');
  for (const { label, name } of images) hash.update(`${label}/${name}\n`);
  return hash.digest('hex').slice(0, 16);
}

const valuesOf = ({ height, width, channels }: ImageSize): number => channels * height * width;

async function decoded(image: ListedImage | undefined, size: ImageSize): Promise<Uint8Array> {
  if (!image) throw new RangeError('no such picture');
  return decodeImage(await readBytes(image.path), image.path, size);
}
