/** Standardising the twelve continuous columns of the MIMIC-III benchmarks; categories and masks stay as they are. */
import { DataError } from '../../../engine/errors.ts';
import type { HourEncoder, HourlyGrids } from '../hourly-windows.ts';
import { hash32 } from '../../shuffle.ts';
import { COLUMNS, FIRST_COLUMNS, VARIABLES } from './variables.ts';
import { encodeHour, NORMAL } from './discretize.ts';

/** Per variable: mean and standard deviation; 0 and 1 for categorical ones. */
export interface Statistics {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Deviations below it count as it, as in the public code. */
const LEAST = 1e-7;

/**
 * Mean and standard deviation (divided by n - 1) over every hour of the given stays, with the values that hold in it: measured, kept or normal.
 * @param parts grids, and the stays of each that count: those of the training split
 */
export function fitStatistics(parts: readonly { readonly grids: Pick<HourlyGrids, 'starts' | 'values'>; readonly stays: Iterable<number> }[]): Statistics {
  const count = VARIABLES.length;
  const means = new Float64Array(count);
  const squares = new Float64Array(count);
  let hours = 0;
  for (const { grids, stays } of parts) {
    for (const stay of stays) {
      const current = Float64Array.from(NORMAL);
      for (let row = grids.starts[stay] ?? 0; row < (grids.starts[stay + 1] ?? 0); row++) {
        hours++;
        for (let i = 0; i < count; i++) {
          const measured = grids.values[row * count + i] ?? NaN;
          if (!Number.isNaN(measured)) current[i] = measured;
          // Welford's update: sums of squares would cancel.
          const value = current[i] ?? 0;
          const before = value - (means[i] ?? 0);
          means[i] = (means[i] ?? 0) + before / hours;
          squares[i] = (squares[i] ?? 0) + before * (value - (means[i] ?? 0));
        }
      }
    }
  }
  const continuous = (i: number): boolean => !VARIABLES[i]?.categories;
  return {
    means: means.map((mean, i) => (continuous(i) ? mean : 0)),
    deviations: squares.map((sum, i) => (continuous(i) ? Math.max(LEAST, Math.sqrt(sum / Math.max(1, hours - 1))) : 1)),
  };
}

/**
 * Statistics from a file, in place of those of the training split: JSON `{"means": [...], "stds": [...]}` with a number for each of the 76 columns, as the public code's normalizers
 * have them. Those are pickles, which are not opened, since a pickle is a program: `json.dump({k: list(v) for k, v in pickle.load(f, encoding='latin1').items()}, out)` makes one of the other.
 * @param file the name that errors mention
 * @throws {DataError} anything else
 */
export function parseStatistics(bytes: Uint8Array, file: string): Statistics {
  if (bytes[0] === 0x80) throw new DataError(`${file}: byte 0: expected JSON, got a pickle: write its 'means' and 'stds' as JSON`);
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DataError(`${file}: expected JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const numbers = (key: 'means' | 'stds'): number[] => {
    const list: unknown = typeof content === 'object' && content !== null && key in content ? (content as Record<string, unknown>)[key] : undefined;
    if (!Array.isArray(list) || list.length !== COLUMNS.length) throw new DataError(`${file}: expected '${key}' to be a list of ${COLUMNS.length} numbers, got ${Array.isArray(list) ? `one of ${list.length}` : typeof list}`);
    return list.map((value: unknown, column) => {
      if (typeof value !== 'number' || !Number.isFinite(value) || (key === 'stds' && value < 0)) throw new DataError(`${file}: '${key}', column ${column}: expected a ${key === 'stds' ? 'number from 0' : 'finite number'}, got ${JSON.stringify(value)}`);
      return value;
    });
  };
  const means = numbers('means');
  const stds = numbers('stds');
  const pick = (list: readonly number[], other: number): Float64Array => Float64Array.from(VARIABLES, ({ categories }, i) => (categories ? other : list[FIRST_COLUMNS[i] ?? 0] ?? 0));
  return { means: pick(means, 0), deviations: pick(stds, 1).map((value) => Math.max(LEAST, value)) };
}

/** The 76 columns of an hour, the continuous ones standardised. */
export function standardisedHours({ means, deviations }: Statistics): HourEncoder {
  const scaled = new Float64Array(VARIABLES.length);
  return {
    id: `mimic3-${hash32(new Uint32Array(Float64Array.of(...means, ...deviations).buffer))}`,
    width: COLUMNS.length,
    initial: NORMAL,
    encode(values, measured, _stay, into, at) {
      for (let i = 0; i < scaled.length; i++) scaled[i] = ((values[i] ?? 0) - (means[i] ?? 0)) / (deviations[i] ?? 1);
      encodeHour(scaled, measured, into, at);
    },
  };
}
