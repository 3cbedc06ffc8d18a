/** Normal numbers between bounds, by the inverse of the distribution function: none is drawn twice. */
import type { Device } from './device/device.ts';
import { ConfigError } from './errors.ts';
import type { Shape } from './layout.ts';
import { fill } from './random.ts';
import type { Generator } from './random.ts';
import type { Tensor } from './tensor.ts';

export interface TruncatedNormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Of the normal distribution that is cut, above 0; default 1. */
  readonly deviation?: number;
  /** The bounds, as values and not as deviations; default -2 and 2. */
  readonly low?: number;
  readonly high?: number;
}

/** Further out in deviations, float32 cannot tell the shares apart. */
const FARTHEST = 2;

/** The error function, by its series: to 1e-9 or better, and ±1 where float32 knows no difference. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x);
  let [term, total] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18; n++) {
    term *= -x * x / n;
    total += term / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * total;
}

/**
 * Normal, under the condition of being in [low, high]. PyTorch: `torch.nn.init.trunc_normal_`.
 * @throws ConfigError unless low < high and deviation > 0, and when the mean is more than two deviations outside
 */
export function truncatedNormal(device: Device, shape: Shape, generator: Generator, { mean = 0, deviation = 1, low = -2, high = 2 }: TruncatedNormalOptions = {}): Tensor {
  if (!(low < high) || !(deviation > 0 && deviation < Infinity)) throw new ConfigError(`truncatedNormal: expected low < high and a deviation above 0, got ${low}, ${high} and ${deviation}`);
  if (!(mean >= low - FARTHEST * deviation && mean <= high + FARTHEST * deviation)) throw new ConfigError(`truncatedNormal: expected a mean at most ${FARTHEST} deviations outside [${low}, ${high}], got ${mean} with deviation ${deviation}`);
  const [from, to] = [low, high].map((bound) => erf((bound - mean) / deviation / Math.SQRT2)) as [number, number];
  return fill('truncated_normal_numbers', device, shape, generator, { low: mean, high: deviation, centre: (from + to) / 2, reach: (to - from) / 2, least: Math.fround(low), most: Math.fround(high) });
}
