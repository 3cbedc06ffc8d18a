/** The same number from several runs. */

export interface Spread {
  readonly count: number;
  readonly mean: number;
  /** Of the sample; 0 for one run. */
  readonly sd: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(values: readonly [number, ...number[]]): Spread;
export function spreadOf(values: readonly number[]): Spread | undefined;
/** Undefined for no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  const count = values.length;
  if (count === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { count, mean, sd: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, low: Math.min(...values), high: Math.max(...values) };
}
