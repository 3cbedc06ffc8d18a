/** Pictures as bytes of a fixed size. The decoder is `sharp`, loaded when the first picture is asked for. */
import type { Sharp } from 'sharp';
import { ConfigError, DataError } from '../../../engine/errors.ts';
import { channelsFirst } from '../../images/labelled-images.ts';

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  /** 1: grey by luminance, 3: red, green and blue (sRGB). */
  readonly channels: 1 | 3;
}

/** @throws {ConfigError} a side that is no whole number from 1, or another number of channels */
export function checkImageSize({ height, width, channels }: ImageSize): void {
  for (const [name, side] of [['height', height], ['width', width]] as const) if (!(Number.isSafeInteger(side) && side >= 1)) throw new ConfigError(`${name}: expected a whole number from 1, got ${side}`);
  if (![1, 3].includes(channels)) throw new ConfigError(`channels: expected 1 or 3, got ${channels}`);
}

/**
 * A picture (PNG, JPEG, TIFF and what else `sharp` knows) in the given size, `[channels, height, width]`: stretched, whatever its proportions were, by Lanczos'
 * filter where the size changes. Sixteen bits become eight, transparency is dropped, and of several pages the first is taken.
 * @param picture its bytes
 * @param file the name that errors mention
 * @throws {DataError} bytes that are no such picture or a damaged one, or `sharp` cannot be loaded here
 */
export async function decodeImage(picture: Uint8Array, file: string, { height, width, channels }: ImageSize): Promise<Uint8Array> {
  const sharp = await decoder();
  let bytes: Uint8Array;
  try {
    bytes = await sharp(picture).removeAlpha().resize(width, height, { fit: 'fill' }).toColourspace(channels === 1 ? 'b-w' : 'srgb').raw({ depth: 'uchar' }).toBuffer();
  } catch (cause) {
    throw new DataError(`${file}: expected a picture, such as PNG, JPEG or TIFF: ${reason(cause)}`, { cause });
  }
  if (bytes.length !== channels * height * width) throw new DataError(`${file}: expected ${channels} x ${height} x ${width} values of the decoder, got ${bytes.length}`);
  return channelsFirst(new Uint8Array(bytes), height * width, channels);
}

type Decoder = (picture: Uint8Array) => Sharp;

let loaded: Promise<Decoder> | undefined;

const decoder = (): Promise<Decoder> => (loaded ??= openDecoder(() => import('sharp')));

/** @throws {DataError} what `load` throws, and how to have the package */
export async function openDecoder(load: () => Promise<{ readonly default: (picture: Uint8Array, options: { readonly failOn: 'error' }) => Sharp }>): Promise<Decoder> {
  try {
    const { default: sharp } = await load();
    return (picture) => sharp(picture, { failOn: 'error' });
  } catch (cause) {
    throw new DataError(`pictures are decoded by the package 'sharp', which cannot be loaded: ${reason(cause)}. To have it, run: npm install sharp`, { cause });
  }
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
