/** Spectrograms: how the power of a signal spreads over frequencies, in overlapping frames of time. */
import FFT from 'fft.js';
import { ConfigError, ShapeError } from '../../engine/errors.ts';

export interface SpectrogramOptions {
  /** Samples in a frame, a power of two from 2. Default 64. */
  readonly size?: number;
  /** Samples that a frame shares with the next one, below `size`. Default half of `size`. */
  readonly overlap?: number;
}

export interface Spectrogram {
  /** Row-major, `[frequencies, frames]`: row k is the frequency k * rate / size. */
  readonly power: Float32Array;
  /** `size / 2 + 1`, from 0 to half the sampling frequency. */
  readonly frequencies: number;
  readonly frames: number;
}

/** Frames in a signal: those that lie in it wholly. */
export function frameCount(samples: number, { size = 64, overlap = size / 2 }: SpectrogramOptions = {}): number {
  return Math.max(0, Math.floor((samples - overlap) / (size - overlap)));
}

/**
 * The power spectral density, in squared units of the signal per hertz, as scipy.signal.spectrogram has it with window='hann' and its other defaults:
 * each frame less its mean, under a periodic Hann window, densities of one side (all but those at 0 and at half the sampling frequency count twice).
 * A frame with a NaN is NaN.
 * @param rate samples per second
 * @throws {ConfigError} `size` is no power of two, or `overlap` no whole number from 0 below it
 */
export function spectrogram(signal: Float32Array, rate: number, options: SpectrogramOptions = {}): Spectrogram {
  const { size = 64, overlap = size / 2 } = options;
  if (!Number.isSafeInteger(size) || size < 2 || (size & (size - 1)) !== 0) throw new ConfigError(`spectrogram: expected a size that is a power of two from 2, got ${size}`);
  if (!Number.isSafeInteger(overlap) || overlap < 0 || overlap >= size) throw new ConfigError(`spectrogram: expected an overlap from 0 to ${size - 1}, got ${overlap}`);
  const frames = frameCount(signal.length, options);
  const frequencies = size / 2 + 1;
  const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  const scale = 1 / (rate * window.reduce((sum, weight) => sum + weight * weight, 0));
  const transform = new FFT(size);
  const spectrum = transform.createComplexArray();
  const frame = new Array<number>(size).fill(0);
  const power = new Float32Array(frequencies * frames);
  for (let t = 0; t < frames; t++) {
    const values = signal.subarray(t * (size - overlap), t * (size - overlap) + size);
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    for (let i = 0; i < size; i++) frame[i] = ((values[i] ?? 0) - mean) * (window[i] ?? 0);
    transform.realTransform(spectrum, frame);
    for (let k = 0; k < frequencies; k++) {
      const square = (spectrum[2 * k] ?? 0) ** 2 + (spectrum[2 * k + 1] ?? 0) ** 2;
      power[k * frames + t] = square * scale * (k === 0 || k === size / 2 ? 1 : 2);
    }
  }
  return { power, frequencies, frames };
}

/**
 * Brings spectrograms to mean 0 and deviation 1, in place: each row of a sample (a lead at a frequency) by what the training samples have there, over
 * all their frames. NaN, where a frame is missing, becomes 0: the mean. A row that is constant in training becomes 0 where it has that value.
 * @param values row-major, `[samples, rows, frames]`
 * @param training numbers of the samples that count
 * @throws {ShapeError} the values are not whole samples
 */
export function standardiseRows(values: Float32Array, rows: number, frames: number, training: Uint32Array): void {
  const size = rows * frames;
  if (values.length % size !== 0) throw new ShapeError(`standardiseRows: expected whole samples of ${rows} x ${frames}, got ${values.length} values`);
  const count = new Uint32Array(rows);
  const mean = new Float64Array(rows);
  const squares = new Float64Array(rows);
  for (const sample of training) {
    for (let row = 0, at = sample * size; row < rows; row++) {
      let [n, average, sum] = [count[row] ?? 0, mean[row] ?? 0, squares[row] ?? 0];
      for (const end = at + frames; at < end; at++) {
        const value = values[at] ?? NaN;
        if (Number.isNaN(value)) continue;
        // Welford's update: one pass, and no difference of large sums.
        const difference = value - average;
        average += difference / ++n;
        sum += difference * (value - average);
      }
      [count[row], mean[row], squares[row]] = [n, average, sum];
    }
  }
  const deviation = squares.map((sum, row) => (sum > 0 ? Math.sqrt(sum / (count[row] ?? 1)) : 1));
  for (let at = 0, line = 0; at < values.length; line++) {
    const row = line % rows;
    for (const end = at + frames; at < end; at++) {
      const value = values[at] ?? NaN;
      values[at] = Number.isNaN(value) ? 0 : (value - (mean[row] ?? 0)) / (deviation[row] ?? 1);
    }
  }
}
