/** Results over several seeds: their mean, how far they spread, and how sure a difference is. */
import jStat from 'jstat';

export interface Spread {
  readonly mean: number;
  /** Sample standard deviation; NaN for fewer than two values. */
  readonly sd: number;
}

export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, sd: values.length < 2 ? NaN : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) };
}

export interface Difference {
  readonly mean: number;
  /** Ends of the confidence interval; NaN for fewer than two pairs. */
  readonly low: number;
  readonly high: number;
}

/**
 * Mean of `values[i] - others[i]`, pairs of one seed each, with Student's t interval.
 * @param confidence in (0, 1); default 0.95
 */
export function pairedDifference(values: readonly number[], others: readonly number[], confidence = 0.95): Difference {
  const { mean, sd } = spread(values.map((value, i) => value - (others[i] ?? NaN)));
  const n = values.length;
  const half = n < 2 ? NaN : (jStat.studentt.inv((1 + confidence) / 2, n - 1) * sd) / Math.sqrt(n);
  return { mean, low: mean - half, high: mean + half };
}
