import { describe, expect, test } from 'vitest';
import { ecgFrames, ecgSpectrogram } from '../../../data/ecg/ecg.ts';
import { resample } from '../../../data/ecg/resample.ts';
import { spectrogram } from '../../../data/ecg/spectrogram.ts';
import { DataError } from '../../../engine/errors.ts';

const WINDOW = { rate: 100, seconds: 3 };
const FRAMES = 8;
const wave = (length: number, phase = 0): Float32Array => Float32Array.from({ length }, (_, i) => Math.sin(0.7 * i + phase) + 0.3 * Math.cos(0.011 * i * i));
const join = (...leads: Float32Array[]): Float32Array => Float32Array.from(leads.flatMap((lead) => [...lead]));
const logged = (signal: Float32Array): number[] => [...spectrogram(signal, 100).power].map((power) => Math.fround(Math.log(power + 1e-9)));
/** Rows of one lead, `[33, frames]`. */
const lead = (values: Float32Array, index: number): number[] => [...values.subarray(index * 33 * FRAMES, (index + 1) * 33 * FRAMES)];

describe('ecgSpectrogram', () => {
  test('is the logarithm of the power of each lead', () => {
    const values = ecgSpectrogram(join(wave(300), wave(300, 1)), 2, 100, WINDOW);
    expect(ecgFrames(WINDOW)).toBe(FRAMES);
    expect(values.length).toBe(2 * 33 * FRAMES);
    expect([lead(values, 0), lead(values, 1)]).toEqual([logged(wave(300)), logged(wave(300, 1))]);
  });

  test('takes the middle of a longer record', () => {
    expect(lead(ecgSpectrogram(wave(701), 1, 100, WINDOW), 0)).toEqual(logged(wave(701).subarray(200, 500)));
  });

  test('a shorter record stands at the end', () => {
    const values = lead(ecgSpectrogram(wave(170), 1, 100, WINDOW), 0);
    const own = logged(wave(170));
    for (let k = 0; k < 33; k++) {
      expect(values.slice(k * FRAMES, k * FRAMES + 4)).toEqual([NaN, NaN, NaN, NaN]);
      expect(values.slice(k * FRAMES + 4, (k + 1) * FRAMES)).toEqual(own.slice(4 * k, 4 * k + 4));
    }
    expect(lead(ecgSpectrogram(wave(63), 1, 100, WINDOW), 0).every(Number.isNaN)).toBe(true);
  });

  test('comes from another sampling frequency', () => {
    const record = wave(750);
    expect(lead(ecgSpectrogram(record, 1, 250, WINDOW), 0)).toEqual(logged(resample(record, 2, 5)));
  });

  test('a flat line is the floor, and a missing sample takes its two frames', () => {
    expect(lead(ecgSpectrogram(new Float32Array(300).fill(0.2), 1, 100, WINDOW), 0)).toEqual(Array<number>(33 * FRAMES).fill(Math.fround(Math.log(1e-9))));
    const values = lead(ecgSpectrogram(wave(300).fill(NaN, 100, 101), 1, 100, WINDOW), 0);
    expect(values.slice(0, FRAMES).map(Number.isNaN)).toEqual([false, false, true, true, false, false, false, false]);
  });

  test('refuses leads of different lengths', () => expect(() => ecgSpectrogram(wave(7), 2, 100, WINDOW)).toThrow(DataError));
});
