/** From an episode to a grid of hours, as the MIMIC-III benchmarks' discretizer makes it with a step of one hour and imputation by the previous value. */
import { TOLERANCE, type Episode } from './episode.ts';
import { FIRST_COLUMNS, VALUE_COLUMNS, VARIABLES } from './variables.ts';

/** Hours that a period has, the last one perhaps in part. */
export const hoursIn = (period: number): number => Math.max(1, Math.ceil(period - TOLERANCE));

/**
 * The last value of each variable in each hour, `[hours, 17]`, NaN where it was not measured. What was charted on the hour belongs to the hour that ends then, and
 * what was charted after the period is left out.
 * @param period hours from admission, above 0
 */
export function discretize({ hours, values }: Episode, period: number): Float32Array {
  const grid = new Float32Array(hoursIn(period) * VARIABLES.length).fill(NaN);
  for (const [row, time] of hours.entries()) {
    if (time > period + TOLERANCE) break;
    const hour = Math.max(0, Math.ceil(time - TOLERANCE) - 1);
    for (let i = 0; i < VARIABLES.length; i++) {
      const value = values[row * VARIABLES.length + i] ?? NaN;
      if (!Number.isNaN(value)) grid[hour * VARIABLES.length + i] = value;
    }
  }
  return grid;
}

/** What each variable counts as before it is first measured. */
export const NORMAL: Float32Array = Float32Array.from(VARIABLES, ({ normal }) => normal);

/**
 * Writes the 76 columns of one hour: numbers as they are, categories one-hot, then the masks.
 * @param values the 17 values that hold in this hour
 * @param measured those measured in it, NaN elsewhere
 */
export function encodeHour(values: ArrayLike<number>, measured: ArrayLike<number>, into: Float32Array, at: number): void {
  into.fill(0, at, at + VALUE_COLUMNS);
  for (let i = 0; i < VARIABLES.length; i++) {
    const column = at + (FIRST_COLUMNS[i] ?? 0);
    const value = values[i] ?? NaN;
    if (VARIABLES[i]?.categories) into[column + value] = 1;
    else into[column] = value;
    into[at + VALUE_COLUMNS + i] = Number.isNaN(measured[i]) ? 0 : 1;
  }
}
