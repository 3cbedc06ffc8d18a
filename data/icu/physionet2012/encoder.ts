/**
 * The 81 values of an hour of a stay of the challenge: 37 series standardised, 37 masks (1 where measured in that hour), age, gender and height standardised, and one of four kinds of unit.
 *
 * A series keeps its value until it is measured again. Before it is measured at all, it has the mean, that is 0, as have descriptors that are not known; a ventilator is off. Means and
 * deviations are those of the training split's hours in which a value was measured.
 */
import { ConfigError } from '../../../engine/errors.ts';
import type { HourEncoder } from '../hourly-windows.ts';
import { hash32 } from '../../shuffle.ts';
import { DESCRIPTORS, HOURS, SERIES, type Parameter } from './parameters.ts';

/** Age, gender and height. The kind of unit, which follows them, has no mean. */
const MEASURES = DESCRIPTORS.slice(0, 3);
const UNITS = 4;

/** Values of an hour. */
export const WIDTH: number = 2 * SERIES.length + MEASURES.length + UNITS;

/** Stays one behind the other: grids of 48 hours, and descriptors. */
export interface StayValues {
  /** `[stays, 48, 37]`, NaN where not measured. */
  readonly grids: Float32Array;
  /** `[stays, 4]`, NaN where not known. */
  readonly descriptors: Float32Array;
}

/** Means and deviations of the series, on their own scales, and then of the first three descriptors. */
export interface Statistics {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

const scaled = ({ scale }: Parameter, value: number): number => (scale === 'log' ? Math.log1p(value) : value);

/**
 * Fits means and deviations (divided by n - 1; 1 where fewer than two values, or only equal ones, were measured) to the given stays.
 * @throws {ConfigError} a stay that is not there
 */
export function fitStatistics({ grids, descriptors }: StayValues, stays: Iterable<number>): Statistics {
  const parameters = [...SERIES, ...MEASURES];
  const counts = new Float64Array(parameters.length);
  const means = new Float64Array(parameters.length);
  const squares = new Float64Array(parameters.length);
  const note = (index: number, parameter: Parameter, raw: number): void => {
    if (Number.isNaN(raw)) return;
    const value = scaled(parameter, raw);
    const count = (counts[index] ?? 0) + 1;
    const before = value - (means[index] ?? 0);
    counts[index] = count;
    means[index] = (means[index] ?? 0) + before / count;
    squares[index] = (squares[index] ?? 0) + before * (value - (means[index] ?? 0));
  };
  const all = descriptors.length / DESCRIPTORS.length;
  for (const stay of stays) {
    if (!(stay >= 0 && stay < all)) throw new ConfigError(`stay ${stay}: expected a number below ${all}`);
    for (let hour = 0; hour < HOURS; hour++) {
      for (const [i, parameter] of SERIES.entries()) note(i, parameter, grids[(stay * HOURS + hour) * SERIES.length + i] ?? NaN);
    }
    for (const [i, parameter] of MEASURES.entries()) note(SERIES.length + i, parameter, descriptors[stay * DESCRIPTORS.length + i] ?? NaN);
  }
  const flag = (i: number): boolean => parameters[i]?.scale === 'flag';
  return {
    means: means.map((mean, i) => (flag(i) ? 0 : mean)),
    deviations: squares.map((sum, i) => (flag(i) || !(sum > 0) ? 1 : Math.sqrt(sum / ((counts[i] ?? 0) - 1)))),
  };
}

/**
 * Hours as a model takes them.
 * @param descriptors `[stays, 4]` of the stays of the grids that are encoded
 */
export function hourEncoder({ means, deviations }: Statistics, descriptors: Float32Array): HourEncoder {
  const count = SERIES.length;
  // Off for a flag, not yet known for the others.
  const initial = Float32Array.from(SERIES, ({ scale }) => (scale === 'flag' ? 0 : NaN));
  const standard = (index: number, parameter: Parameter, raw: number): number => (Number.isNaN(raw) ? 0 : (scaled(parameter, raw) - (means[index] ?? 0)) / (deviations[index] ?? 1));
  return {
    id: `physionet2012-${hash32(new Uint32Array(Float64Array.of(...means, ...deviations).buffer))}`,
    width: WIDTH,
    initial,
    encode(values, measured, stay, into, at) {
      for (let i = 0; i < count; i++) {
        const parameter = SERIES[i];
        if (parameter) into[at + i] = standard(i, parameter, values[i] ?? NaN);
        into[at + count + i] = Number.isNaN(measured[i]) ? 0 : 1;
      }
      const behind = at + 2 * count;
      for (const [i, parameter] of MEASURES.entries()) into[behind + i] = standard(count + i, parameter, descriptors[stay * DESCRIPTORS.length + i] ?? NaN);
      const unit = descriptors[stay * DESCRIPTORS.length + MEASURES.length];
      for (let i = 0; i < UNITS; i++) into[behind + MEASURES.length + i] = unit === i + 1 ? 1 : 0;
    },
  };
}
