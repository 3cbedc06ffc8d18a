import { expect, test } from 'vitest';
import { fitStatistics, hourEncoder, WIDTH } from '../../../../data/icu/physionet2012/encoder.ts';
import { HOURS, SERIES, seriesIndex } from '../../../../data/icu/physionet2012/parameters.ts';
import { ConfigError } from '../../../../engine/errors.ts';
import { expectError } from '../../../support/errors.ts';

const HR = seriesIndex('HR');
const LACTATE = seriesIndex('Lactate');
const VENTILATION = seriesIndex('MechVent');

/** Two stays with a few values, a third that must not count. */
function stays(): { grids: Float32Array; descriptors: Float32Array } {
  const grids = new Float32Array(3 * HOURS * 37).fill(NaN);
  const put = (stay: number, hour: number, series: number, value: number): unknown => (grids[(stay * HOURS + hour) * 37 + series] = value);
  for (const [stay, hour, value] of [[0, 0, 60], [0, 1, 70], [1, 40, 95]] as const) put(stay, hour, HR, value);
  put(0, 5, LACTATE, Math.E - 1);
  put(1, 5, LACTATE, Math.E ** 3 - 1);
  put(0, 7, VENTILATION, 1);
  put(1, 7, VENTILATION, 1);
  put(0, 3, seriesIndex('pH'), 7.25);
  grids.fill(1, 2 * HOURS * 37);
  return { grids, descriptors: Float32Array.of(50, 1, NaN, 2, 70, 0, 180, NaN, 1, 1, 1, 1) };
}

test('81 values an hour', () => expect(WIDTH).toBe(37 + 37 + 3 + 4));

test('means and deviations of what was measured, on its scale, over the given stays alone', () => {
  const { means, deviations } = fitStatistics(stays(), [0, 1]);
  // Of 60, 70 and 95: numpy's mean and std(ddof=1).
  expect(means[HR]).toBeCloseTo(75, 12);
  expect(deviations[HR]).toBeCloseTo(18.027756377319946, 12);
  expect(means[LACTATE]).toBeCloseTo(2, 6);
  expect(deviations[LACTATE]).toBeCloseTo(Math.SQRT2, 6);
  expect([means[VENTILATION], deviations[VENTILATION]]).toEqual([0, 1]);
  expect([means[seriesIndex('pH')], deviations[seriesIndex('pH')]]).toEqual([7.25, 1]);
  expect([means[seriesIndex('Na')], deviations[seriesIndex('Na')]]).toEqual([0, 1]);
  expect([...means.subarray(37)]).toEqual([60, 0.5, 180]);
  expect(deviations[37]).toBeCloseTo(14.142135623730951, 12);
  expectError(() => fitStatistics(stays(), [3]), ConfigError, 'stay 3', 'below 3');
});

test('an hour: what is not known is the mean, a ventilator is off, masks say what is new', () => {
  const { grids, descriptors } = stays();
  const statistics = fitStatistics({ grids, descriptors }, [0, 1]);
  const encoder = hourEncoder(statistics, descriptors);
  const { initial } = encoder;
  expect(SERIES.every(({ name }, i) => (name === 'MechVent' ? initial[i] === 0 : Number.isNaN(initial[i])))).toBe(true);
  const values = Float32Array.from(initial);
  values[HR] = 111;
  values[LACTATE] = Math.E ** 3 - 1;
  values[VENTILATION] = 1;
  const into = new Float32Array(WIDTH + 2).fill(9);
  encoder.encode(values, new Float32Array(37).fill(NaN).fill(111, HR, HR + 1), 0, into, 1);
  const row = into.subarray(1, WIDTH + 1);
  expect(row[HR]).toBeCloseTo(36 / 18.027756, 5);
  expect(row[LACTATE]).toBeCloseTo(1 / Math.SQRT2, 5);
  expect([...row].flatMap((value, i) => (value === 0 ? [] : [i]))).toEqual([HR, LACTATE, VENTILATION, 37 + HR, 74, 75, 78]);
  expect([row[VENTILATION], row[37 + HR], row[78]]).toEqual([1, 1, 1]);
  expect(row[74]).toBeCloseTo(-10 / 14.142136, 5);
  expect([into[0], into[WIDTH + 1]]).toEqual([9, 9]);
  encoder.encode(values, new Float32Array(37).fill(NaN), 1, into, 0);
  expect([...into.subarray(77, 81)]).toEqual([0, 0, 0, 0]);
});
