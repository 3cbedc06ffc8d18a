import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { frameCount, spectrogram, standardiseRows } from '../../../data/ecg/spectrogram.ts';
import { ConfigError, ShapeError } from '../../../engine/errors.ts';

interface Fixture {
  readonly spectrograms: readonly { readonly count: number; readonly rate: number; readonly size: number; readonly overlap: number; readonly shape: number[]; readonly power: number[] }[];
}
const FIXTURE = JSON.parse(readFileSync(new URL('../../fixtures/spectrograms-scipy.json', import.meta.url), 'utf8')) as Fixture;

/** The script's thousandths from -1 to 1. */
const numbers = (count: number, seed: number): Float32Array => Float32Array.from({ length: count }, (_, i) => (Number((BigInt(i + seed) ** 3n * 7919n) % 2003n) - 1001) / 1000);

describe('spectrogram', () => {
  test.each(FIXTURE.spectrograms)('$count samples in frames of $size that share $overlap are what scipy.signal.spectrogram has', ({ count, rate, size, overlap, shape, power }) => {
    const result = spectrogram(numbers(count, 1), rate, { size, overlap });
    expect([result.frequencies, result.frames]).toEqual(shape);
    const most = Math.max(...power);
    result.power.forEach((value, i) => expect(Math.abs(value - power[i]!), `value ${i}`).toBeLessThan(3e-7 * power[i]! + 1e-8 * most));
  });

  test('frames of 64 that share 32 are the default', () => {
    const signal = numbers(170, 1);
    expect(spectrogram(signal, 100)).toEqual(spectrogram(signal, 100, { size: 64, overlap: 32 }));
  });

  test("a sine's power lies at its frequency: half its squared amplitude, over the window's width", () => {
    const rate = 128;
    const signal = Float32Array.from({ length: 640 }, (_, i) => 2 * Math.cos((2 * Math.PI * 20 * i) / rate));
    const { power, frames } = spectrogram(signal, rate);
    const total = (t: number): number => Array.from({ length: 33 }, (_, k) => power[k * frames + t]!).reduce((a, b) => a + b) * (rate / 64);
    for (let t = 0; t < frames; t++) expect(total(t)).toBeCloseTo(2, 5);
    const rows = Array.from({ length: 33 }, (_, k) => power[k * frames]!);
    expect(rows.indexOf(Math.max(...rows))).toBe(10);
  });

  test('a level is nothing, and a frame with a NaN is NaN', () => {
    expect(spectrogram(new Float32Array(128).fill(0.5), 100).power.every((value) => value === 0)).toBe(true);
    const { power, frames } = spectrogram(numbers(160, 1).fill(NaN, 10, 11), 100);
    expect(frames).toBe(4);
    expect([...power].map(Number.isNaN)).toEqual(Array.from({ length: 33 }, () => [true, false, false, false]).flat());
  });

  test.each([[0, 0], [63, 0], [64, 1], [95, 1], [96, 2], [1000, 30], [3840, 119]])('%i samples have %i frames', (samples, frames) => {
    expect(frameCount(samples)).toBe(frames);
    expect(spectrogram(new Float32Array(samples), 100).frames).toBe(frames);
  });

  test.each([[{ size: 48 }], [{ size: 1 }], [{ size: 64, overlap: 64 }], [{ size: 64, overlap: -1 }], [{ size: 64, overlap: 1.5 }], [{ size: NaN }]])('refuses %o', (options) => {
    expect(() => spectrogram(new Float32Array(100), 100, options)).toThrow(ConfigError);
  });
});

describe('standardiseRows', () => {
  test('rows have mean 0 and deviation 1 over the training samples and the frames that are there', () => {
    // [samples 3, rows 2, frames 2]; the last sample is no training sample.
    const values = Float32Array.of(1, 3, 5, NaN, 5, 7, 5, 5, 4, 104, 6, NaN);
    standardiseRows(values, 2, 2, Uint32Array.of(0, 1));
    const deviation = Math.sqrt(5);
    expect(values).toEqual(Float32Array.of(-3 / deviation, -1 / deviation, 0, 0, 1 / deviation, 3 / deviation, 0, 0, 0, 100 / deviation, 1, 0));
  });

  test('rows that no training sample has stay finite', () => {
    const values = Float32Array.of(NaN, 2);
    standardiseRows(values, 1, 1, Uint32Array.of(0));
    expect(values).toEqual(Float32Array.of(0, 2));
  });

  test('refuses half a sample', () => expect(() => standardiseRows(new Float32Array(5), 1, 2, new Uint32Array(0))).toThrow(ShapeError));
});
