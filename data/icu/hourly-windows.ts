/** Windows of hourly series as samples: each is made from its stay's grid when it is asked for, so that a thousand windows of one stay cost its memory once. */
import { ShapeError } from '../../engine/errors.ts';
import type { InputSource } from '../input-source.ts';
import { hash32 } from '../shuffle.ts';

export interface HourlyGrids {
  /** Tells these grids from all others. */
  readonly id: string;
  /** Values a step. */
  readonly variables: number;
  /** Where each stay's hours begin among all, and the end of the last: one more number than stays. */
  readonly starts: Uint32Array;
  /** `[hours of all stays, variables]`, NaN where a variable was not measured. */
  readonly values: Float32Array;
}

/** How the hours of a stay become the steps of a sample. */
export interface HourEncoder {
  /** Tells this encoder from others that the same grids may meet: its statistics are part of it. */
  readonly id: string;
  /** Values that a step has. */
  readonly width: number;
  /** What each variable counts as before it is first measured. */
  readonly initial: ArrayLike<number>;
  /**
   * Writes `width` values into `into` from `at` on.
   * @param values what each variable is in this hour: its latest measurement
   * @param measured what was measured in this very hour, NaN elsewhere
   */
  encode(values: Float32Array, measured: Float32Array, stay: number, into: Float32Array, at: number): void;
}

/** Which hours of which stays are samples. */
export interface Windows {
  readonly stays: Uint32Array;
  /** Hours from the stay's beginning to the window's end, for each. */
  readonly ends: Uint32Array;
}

/**
 * Samples `[steps, width]`: the hours of each window in their order, or its last `steps` hours where it has more, and NaN, which a `timeSeriesTransformer` takes for padding,
 * behind them. A variable keeps its value until it is measured again, also from before the hours that are kept; nothing after the window's end is looked at.
 * @throws ShapeError a window that is empty or ends after its stay's grid
 */
export function windowSource(grids: HourlyGrids, windows: Windows, encoder: HourEncoder, steps: number): InputSource {
  const { starts, values, variables } = grids;
  const { stays, ends } = windows;
  for (const [i, stay] of stays.entries()) {
    const hours = (starts[stay + 1] ?? NaN) - (starts[stay] ?? NaN);
    const end = ends[i] ?? 0;
    if (!(end >= 1 && end <= hours)) throw new ShapeError(`windowSource: window ${i} ends after ${end} hours, stay ${stay} has ${Number.isNaN(hours) ? 'none' : hours}`);
  }
  const { width } = encoder;
  const size = steps * width;
  const id = `${grids.id}/${encoder.id}/${steps}[${hash32(stays)},${hash32(ends)}]`;

  const write = (sample: number, into: Float32Array, at: number): void => {
    const stay = stays[sample] ?? 0;
    const end = ends[sample] ?? 0;
    const first = Math.max(0, end - steps);
    const current = Float32Array.from(encoder.initial);
    for (let hour = 0; hour < end; hour++) {
      const row = ((starts[stay] ?? 0) + hour) * variables;
      const measured = values.subarray(row, row + variables);
      for (let i = 0; i < variables; i++) {
        const value = measured[i] ?? NaN;
        if (!Number.isNaN(value)) current[i] = value;
      }
      if (hour >= first) encoder.encode(current, measured, stay, into, at + (hour - first) * width);
    }
    into.fill(NaN, at + (end - first) * width, at + size);
  };

  return {
    type: 'float32',
    length: stays.length * size,
    id,
    read: (samples, into) => {
      if (!(into instanceof Float32Array) || into.length !== samples.length * size) {
        return Promise.reject(new ShapeError(`windowSource: expected a Float32Array of ${samples.length * size} values, got a ${into.constructor.name} of ${into.length}`));
      }
      samples.forEach((sample, i) => write(sample, into, i * size));
      return Promise.resolve();
    },
  };
}

/** Grids one behind the other. @param grids `[hours, variables]` each */
export function joinGrids(grids: readonly Float32Array[], variables: number): Pick<HourlyGrids, 'variables' | 'starts' | 'values'> {
  const starts = new Uint32Array(grids.length + 1);
  for (const [i, { length }] of grids.entries()) {
    if (length % variables !== 0) throw new ShapeError(`joinGrids: grid ${i} has ${length} values, which are not whole hours of ${variables}`);
    starts[i + 1] = (starts[i] ?? 0) + length / variables;
  }
  const values = new Float32Array((starts.at(-1) ?? 0) * variables);
  for (const [i, grid] of grids.entries()) values.set(grid, (starts[i] ?? 0) * variables);
  return { variables, starts, values };
}
