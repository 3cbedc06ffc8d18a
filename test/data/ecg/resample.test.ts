import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resample } from '../../../data/ecg/resample.ts';
import { ConfigError } from '../../../engine/errors.ts';

interface Fixture {
  readonly resampled: readonly { readonly up: number; readonly down: number; readonly input: number[]; readonly output: number[] }[];
}
const FIXTURE = JSON.parse(readFileSync(new URL('../../fixtures/spectrograms-scipy.json', import.meta.url), 'utf8')) as Fixture;

const sine = (frequency: number, rate: number, length: number): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(0.3 + (2 * Math.PI * frequency * i) / rate));
const worst = (a: ArrayLike<number>, b: ArrayLike<number>, margin = 0): number => {
  let most = 0;
  for (let i = margin; i < a.length - margin; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
};

describe('resample', () => {
  test.each(FIXTURE.resampled)('$up / $down is what scipy.signal.resample_poly makes of it, but at the ends, which scipy takes for 0', ({ up, down, input, output }) => {
    const result = resample(Float32Array.from(input), up, down);
    expect(result.length).toBe(output.length);
    // scipy does not scale the weights of each new sample to a sum of one: with this window they are off by less than 5e-5.
    const margin = Math.ceil((16 * Math.max(up, down)) / down);
    expect(result.length).toBeGreaterThan(2 * margin);
    expect(worst(result, output, margin)).toBeLessThan(5e-5);
  });

  test.each([[32, 75], [3, 2], [1, 4], [7, 1], [128, 300]])('%i / %i keeps a constant to the ends', (up, down) => {
    const result = resample(new Float32Array(101).fill(0.7), up, down);
    expect(result).toEqual(new Float32Array(Math.ceil((101 * up) / down)).fill(0.7));
  });

  test.each([
    [300, 128, 5],
    [300, 128, 51],
    [100, 128, 40],
    [360, 100, 40],
  ])('from %i to %i Hz a sine of %i Hz is that sine at the new times', (from, to, frequency) => {
    const result = resample(sine(frequency, from, 10 * from), to, from);
    expect(result.length).toBe(10 * to);
    expect(worst(result, sine(frequency, to, 10 * to), 50)).toBeLessThan(2e-4);
  });

  test('what lies above half the new frequency is gone', () => {
    const result = resample(sine(90, 300, 3000), 128, 300);
    expect(worst(result, new Float32Array(result.length), 50)).toBeLessThan(2e-4);
  });

  test('a ratio is what it is in lowest terms, and of one it copies', () => {
    const signal = sine(3, 50, 70);
    expect(resample(signal, 128, 300)).toEqual(resample(signal, 32, 75));
    const copy = resample(signal, 4, 4);
    expect(copy).toEqual(signal);
    expect(copy.buffer).not.toBe(signal.buffer);
  });

  test('a missing sample is missing as far as it reaches', () => {
    const signal = sine(3, 50, 200).fill(NaN, 100, 101);
    const missing = [...resample(signal, 2, 1)].flatMap((value, i) => (Number.isNaN(value) ? [i] : []));
    expect(missing).toEqual(Array.from({ length: 65 }, (_, i) => 168 + i));
  });

  test.each([[0, 1], [1, 0], [1.5, 1], [1, -2], [NaN, 1], [1, Infinity]])('refuses %d / %d', (up, down) => {
    expect(() => resample(new Float32Array(3), up, down)).toThrow(ConfigError);
  });

  test('nothing gives nothing', () => expect(resample(new Float32Array(0), 3, 2).length).toBe(0));
});
