import sharp, { type Sharp } from 'sharp';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { checkImageSize, decodeImage, openDecoder } from '../../../../data/node/images/decode-image.ts';
import { ConfigError, DataError } from '../../../../engine/errors.ts';
import { expectError, expectRejection } from '../../../support/errors.ts';

/** 2 rows of 3 pixels. */
const PIXELS = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30, 40, 50, 60, 250, 251, 252];
const RED = [255, 0, 0, 10, 40, 250];
const GREEN = [0, 255, 0, 20, 50, 251];
const BLUE = [0, 0, 255, 30, 60, 252];

const picture = (): Sharp => sharp(Uint8Array.from(PIXELS), { raw: { width: 3, height: 2, channels: 3 } });
const size = { height: 2, width: 3, channels: 3 } as const;

afterEach(() => vi.doUnmock('sharp'));

describe('decodeImage', () => {
  test.each(['png', 'tiff'] as const)('%s without loss: planes of red, green and blue', async (format) => {
    const bytes = await (format === 'tiff' ? picture().tiff({ compression: 'lzw' }) : picture().png()).toBuffer();
    expect([...(await decodeImage(bytes, 'x', size))]).toEqual([...RED, ...GREEN, ...BLUE]);
  });

  test('JPEG nearly so', async () => {
    const grey = await sharp({ create: { width: 16, height: 16, channels: 3, background: { r: 200, g: 100, b: 50 } } }).jpeg({ quality: 100 }).toBuffer();
    const [r, g, b] = [0, 1, 2].map((channel) => channel * 256);
    const planes = await decodeImage(grey, 'x', { height: 16, width: 16, channels: 3 });
    for (const [at, value] of [[r, 200], [g, 100], [b, 50]] as const) expect(Math.abs(planes[at!]! - value)).toBeLessThanOrEqual(2);
  });

  test('transparency is dropped, a grey picture has its value three times, and 16 bits become 8', async () => {
    const alpha = await picture().ensureAlpha(0.5).png().toBuffer();
    expect([...(await decodeImage(alpha, 'x', size))]).toEqual([...RED, ...GREEN, ...BLUE]);
    const grey = sharp(Uint8Array.of(0, 7, 255, 128, 1, 2), { raw: { width: 3, height: 2, channels: 1 } });
    const plane = [0, 7, 255, 128, 1, 2];
    expect([...(await decodeImage(await grey.clone().png().toBuffer(), 'x', size))]).toEqual([...plane, ...plane, ...plane]);
    expect([...(await decodeImage(await grey.clone().png().toBuffer(), 'x', { ...size, channels: 1 }))]).toEqual(plane);
    const deep = await grey.clone().toColourspace('grey16').png().toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(deep, 'x', { ...size, channels: 1 }))]).toEqual(plane);
  });

  test('one channel is the luminance, and other sizes are stretched', async () => {
    const values = await decodeImage(await picture().png().toBuffer(), 'x', { ...size, channels: 1 });
    expect(values[1]).toBeGreaterThan(values[0]!);
    expect(values[0]).toBeGreaterThan(values[2]!);
    const large = await sharp({ create: { width: 9, height: 4, channels: 3, background: { r: 1, g: 2, b: 3 } } }).png().toBuffer();
    expect([...(await decodeImage(large, 'x', { height: 2, width: 2, channels: 3 }))]).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
  });

  test('what is no picture, or is cut, is a DataError that names the file', async () => {
    await expectRejection(decodeImage(Uint8Array.of(1, 2, 3), 'a/b.png', size), DataError, /^a\/b\.png: expected a picture/);
    await expectRejection(decodeImage(new Uint8Array(), 'b.png', size), DataError, /^b\.png: expected a picture/);
    const noise = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * i * 31) % 251);
    const whole = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    for (const bytes of [await whole.clone().png().toBuffer(), await whole.clone().jpeg().toBuffer()]) {
      await expectRejection(decodeImage(bytes.subarray(0, bytes.length / 2), 'cut', { height: 64, width: 64, channels: 3 }), DataError, /^cut: expected a picture/);
    }
  });

  test.each([{ height: 0 }, { width: 1.5 }, { channels: 2 }])('refuses the size %j', (bad) => expectError(() => checkImageSize({ ...size, ...bad } as typeof size), ConfigError, Object.keys(bad)[0]!));

  test('without the decoder the error says how to have it', async () => {
    await expectRejection(openDecoder(() => Promise.reject(new Error('no binary for this platform'))), DataError, /the package 'sharp', which cannot be loaded: no binary for this platform.*npm install sharp/);
  });
});
