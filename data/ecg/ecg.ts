/** Electrocardiograms as inputs: the logarithms of spectrograms, of one length. */
import { DataError } from '../../engine/errors.ts';
import { resample } from './resample.ts';
import { frameCount, spectrogram } from './spectrogram.ts';

/** Recordings with the same leads at the same sampling frequency, read when they are needed. */
export interface EcgRecords {
  readonly leads: number;
  /** Samples per second, a whole number. */
  readonly rate: number;
  readonly count: number;
  /** Tells these records from all others, also from earlier ones at the same place: it decides whether what was made of them may be used again. */
  readonly id: string;
  /**
   * Record i in millivolts, row-major `[leads, samples]`, as long as it is; NaN where a sample is missing.
   * @throws {DataError} a damaged record
   */
  read(i: number): Promise<Float32Array>;
}

/** What inputs are made of records. */
export interface EcgWindow {
  /** Samples per second that spectrograms are taken at, a whole number. */
  readonly rate: number;
  /** The middle of a longer record is used. */
  readonly seconds: number;
}

/** Samples in a frame, of which half are shared with the next; the paper's. */
const FRAME = 64;
export const ECG_FREQUENCIES: number = FRAME / 2 + 1;
/** In mV^2 / Hz, added before the logarithm: below what steps of 1 microvolt leave at 100 Hz (1.7e-9), so that only a flat line meets it. */
const FLOOR = 1e-9;

/** Frames of time in the inputs of such a window. */
export function ecgFrames({ rate, seconds }: EcgWindow): number {
  return frameCount(Math.floor(rate * seconds), { size: FRAME });
}

/**
 * The inputs that a record gives: of each lead ln(P + 1e-9) with P the power spectral density in mV^2 / Hz of frames of 64 samples that overlap by 32,
 * see `spectrogram`. Of a longer record the middle is taken. A shorter one has fewer frames: those missing stand before its own, as NaN, so that a
 * network that reads to the last frame ends on the record. A frame is NaN for a lead that misses a sample of it.
 * @param record row-major `[leads, samples]`, millivolts
 * @param rate its samples per second
 * @returns row-major `[leads, 33, frames]`
 * @throws {DataError} values that are not whole leads
 */
export function ecgSpectrogram(record: Float32Array, leads: number, rate: number, window: EcgWindow): Float32Array {
  if (record.length % leads !== 0) throw new DataError(`a record of ${record.length} values: expected whole leads, ${leads} of one length`);
  const samples = record.length / leads;
  const frames = ecgFrames(window);
  const out = new Float32Array(leads * ECG_FREQUENCIES * frames).fill(NaN);
  for (let lead = 0; lead < leads; lead++) {
    const signal = middle(resample(record.subarray(lead * samples, (lead + 1) * samples), window.rate, rate), Math.floor(window.rate * window.seconds));
    const { power, frames: there } = spectrogram(signal, window.rate, { size: FRAME });
    for (let k = 0; k < ECG_FREQUENCIES; k++) {
      const row = (lead * ECG_FREQUENCIES + k) * frames + frames - there;
      for (let t = 0; t < there; t++) out[row + t] = Math.log((power[k * there + t] ?? NaN) + FLOOR);
    }
  }
  return out;
}

function middle(signal: Float32Array, length: number): Float32Array {
  const start = Math.max(0, Math.floor((signal.length - length) / 2));
  return signal.subarray(start, start + length);
}
