/**
 * How sure a number is that was measured on samples: measured again on samples drawn from them with replacement. Source: Efron and Tibshirani,
 * An Introduction to the Bootstrap, 1993, chapters 13 and 14.
 */
import jStat from 'jstat';
import { random32, streamKey } from '../data/shuffle.ts';
import { ConfigError } from '../engine/errors.ts';

export interface BootstrapOptions {
  /** The interval is a function of it: an integer in [0, 2^53). */
  readonly seed: number;
  /** How often samples are drawn, at least 1; default 2000. */
  readonly resamples?: number;
  /** How often the interval should hold the truth, in (0, 1); default 0.95. */
  readonly confidence?: number;
  /**
   * `percentile` (default): between quantiles of what is measured again. `bca`: quantiles moved for bias and for skewness, the latter by leaving out
   * each group in turn; better where the statistic is skewed, at the price of one more measurement a group.
   */
  readonly interval?: 'percentile' | 'bca';
  /** Whom each sample is of: a patient, say. Groups are drawn whole, since the samples of one are alike. Default: each sample is its own. */
  readonly groups?: ArrayLike<number | string>;
}

export interface Interval {
  /** What is measured on the samples themselves. */
  readonly value: number;
  /** Ends of the interval; NaN when `value` is, or when no drawing gave a number. */
  readonly low: number;
  readonly high: number;
  /** How many drawings gave a number: an AUROC is none where only one class was drawn. The others are left out. */
  readonly resamples: number;
}

/**
 * An interval of confidence for a statistic. Two models on the same samples are compared by the difference of their statistics as one statistic: what
 * is drawn is then the same for both.
 * @param length number of samples, at least 1
 * @param statistic of the samples of the given numbers, each in [0, length), some more than once
 * @throws ConfigError for options out of their ranges
 */
export function bootstrap(length: number, statistic: (samples: Uint32Array) => number, options: BootstrapOptions): Interval {
  const { seed, resamples = 2000, confidence = 0.95, interval = 'percentile', groups } = options;
  if (!(Number.isSafeInteger(length) && length > 0)) throw new ConfigError(`bootstrap: expected at least 1 sample, got ${length}`);
  if (!(Number.isSafeInteger(resamples) && resamples > 0)) throw new ConfigError(`resamples: expected a whole number of at least 1, got ${resamples}`);
  if (!(confidence > 0 && confidence < 1)) throw new ConfigError(`confidence: expected a number between 0 and 1, got ${confidence}`);
  if (groups && groups.length !== length) throw new ConfigError(`groups: expected one for each of ${length} samples, got ${groups.length}`);
  const members = membersOf(length, groups);
  const value = statistic(Uint32Array.from({ length }, (_, i) => i));
  const values = Float64Array.from({ length: resamples }, (_, r) => statistic(drawn(members, streamKey(seed, 'bootstrap', r)))).filter((found) => !Number.isNaN(found)).sort();
  if (Number.isNaN(value) || values.length === 0) return { value, low: NaN, high: NaN, resamples: values.length };
  const ends = [(1 - confidence) / 2, (1 + confidence) / 2];
  const [low = NaN, high = NaN] = (interval === 'bca' ? corrected(ends, value, values, () => leftOut(members, statistic)) : ends).map((p) => quantile(values, p));
  return { value, low, high, resamples: values.length };
}

/** The samples of each group, groups in the order in which they first occur. */
function membersOf(length: number, groups: ArrayLike<number | string> | undefined): readonly Uint32Array[] {
  const found = new Map<number | string, number[]>();
  for (let i = 0; i < length; i++) {
    const group = groups?.[i] ?? i;
    const samples = found.get(group);
    if (samples) samples.push(i);
    else found.set(group, [i]);
  }
  return [...found.values()].map((samples) => Uint32Array.from(samples));
}

const together = (parts: readonly Uint32Array[]): Uint32Array => {
  const all = new Uint32Array(parts.reduce((total, { length }) => total + length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
};

/** As many groups as there are, with replacement. A group's chance is off by less than their number / 2^32 of itself. */
function drawn(members: readonly Uint32Array[], key: number): Uint32Array {
  return together(members.map((own, i) => members[Math.floor((random32(key, i) * members.length) / 2 ** 32)] ?? own));
}

/** The statistic without each group in turn: the jackknife. */
const leftOut = (members: readonly Uint32Array[], statistic: (samples: Uint32Array) => number): number[] => members.map((_, out) => statistic(together(members.filter((_group, i) => i !== out))));

/**
 * The shares at which BCa takes its quantiles. The bias is that of the median, values equal to the statistic counting half; the acceleration is a sixth of
 * the jackknife's skewness. NaN when leaving out a group leaves no number.
 */
function corrected(ends: readonly number[], value: number, values: Float64Array, jackknife: () => readonly number[]): number[] {
  const below = values.reduce((count, found) => count + (found < value ? 1 : found === value ? 0.5 : 0), 0) / values.length;
  const bias = jStat.normal.inv(below, 0, 1);
  const without = jackknife();
  const mean = without.reduce((total, found) => total + found, 0) / without.length;
  const moment = (power: number): number => without.reduce((total, found) => total + (mean - found) ** power, 0);
  const acceleration = moment(2) === 0 ? 0 : moment(3) / (6 * moment(2) ** 1.5);
  return ends.map((p) => {
    const z = bias + jStat.normal.inv(p, 0, 1);
    return jStat.normal.cdf(bias + z / (1 - acceleration * z), 0, 1);
  });
}

/** Between neighbours in a straight line, as NumPy's default. @param values in ascending order */
function quantile(values: Float64Array, p: number): number {
  const at = p * (values.length - 1);
  const [under, over] = [values[Math.floor(at)] ?? NaN, values[Math.ceil(at)] ?? NaN];
  return under + (over - under) * (at - Math.floor(at));
}
