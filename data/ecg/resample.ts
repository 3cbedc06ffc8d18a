/** Another sampling frequency for a signal, by a ratio of whole numbers. */
import { ConfigError } from '../../engine/errors.ts';

/** Zeros of the sinc on either side. */
const HALF_WIDTH = 16;
/** Of the Kaiser window: side lobes lie about 80 dB down. */
const BETA = 8;

/**
 * The signal at `up / down` of its sampling frequency: `ceil(length * up / down)` samples, the first at the time of the first.
 *
 * A windowed sinc, cut off at half of the lower of the two frequencies, is evaluated at the time of each new sample only. Its weights are scaled to
 * a sum of one, at the ends too, where it reaches past the signal: a constant stays exactly that. Away from the ends (16 samples of the lower
 * frequency) the amplitude of a sine of up to 0.8 of the cut-off is kept to 2e-4. A sample that is NaN makes those NaN that its weight reaches.
 * @param signal evenly sampled values
 * @param up a whole number from 1
 * @param down a whole number from 1
 * @throws {ConfigError} `up` or `down` is no such number
 */
export function resample(signal: Float32Array, up: number, down: number): Float32Array {
  for (const [name, value] of [['up', up], ['down', down]] as const) if (!Number.isSafeInteger(value) || value < 1) throw new ConfigError(`resample: ${name}: expected a whole number from 1, got ${value}`);
  const divisor = commonDivisor(up, down);
  const [rise, fall] = [up / divisor, down / divisor];
  if (rise === fall) return signal.slice();
  const weights = filter(Math.max(rise, fall));
  const half = (weights.length - 1) / 2;
  const out = new Float32Array(Math.ceil((signal.length * rise) / fall));
  for (let m = 0; m < out.length; m++) {
    // On a time axis with `rise` ticks per sample: the new sample's tick is m * fall.
    const first = Math.max(0, Math.ceil((m * fall - half) / rise));
    const last = Math.min(signal.length - 1, Math.floor((m * fall + half) / rise));
    let [sum, total] = [0, 0];
    for (let n = first, tick = half + m * fall - first * rise; n <= last; n++, tick -= rise) {
      const weight = weights[tick] ?? 0;
      sum += weight * (signal[n] ?? 0);
      total += weight;
    }
    out[m] = sum / total;
  }
  return out;
}

/** A sinc with zeros every `period` ticks under a Kaiser window. */
function filter(period: number): Float64Array {
  const half = HALF_WIDTH * period;
  return Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = (Math.PI * (i - half)) / period;
    return (i === half ? 1 : Math.sin(x) / x) * bessel(BETA * Math.sqrt(1 - ((i - half) / half) ** 2));
  });
}

/** The modified Bessel function of the first kind of order 0, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
