import { expect, test } from 'vitest';
import { ORGAN_FAILURES, OrganFailureWatch } from '../../../../data/icu/physionet2012/organ-failure.ts';
import { seriesIndex } from '../../../../data/icu/physionet2012/parameters.ts';

type Measurement = readonly [hour: number, name: string, value: number];

/** The label, or null where it is missing; all others must be missing but ventilation, which is off. */
function label(name: (typeof ORGAN_FAILURES)[number], ...measurements: readonly Measurement[]): number | null {
  const watch = new OrganFailureWatch();
  for (const [hour, series, value] of measurements) watch.measure(seriesIndex(series), value, hour * 60);
  watch.end();
  ORGAN_FAILURES.forEach((other, i) => {
    if (other !== name) expect(watch.labels[i], other).toBe(other === 'ventilation' ? 0 : NaN);
  });
  const value = watch.labels[ORGAN_FAILURES.indexOf(name)]!;
  return Number.isNaN(value) ? null : value;
}

test.each([
  ['creatinine >= 2', 'Creatinine', 2, 1.9],
  ['platelets < 100', 'Platelets', 99, 100],
  ['bilirubin >= 2', 'Bilirubin', 2, 1.9],
  ['mean arterial pressure < 60', 'MAP', 59, 60],
  ['mean arterial pressure < 60', 'NIMAP', 59, 60],
  ['GCS <= 8', 'GCS', 8, 9],
  ['lactate >= 4', 'Lactate', 4, 3.9],
] as const)('%s by %s: the worst of the second day', (name, series, bad, good) => {
  expect(label(name, [24, series, bad])).toBe(1);
  expect(label(name, [24, series, good])).toBe(0);
  expect(label(name, [30, series, good], [31, series, bad], [48, series, good])).toBe(1);
  expect(label(name, [23.98, series, bad], [40, series, good])).toBe(0);
  expect(label(name, [23.98, series, bad])).toBeNull();
  expect(label(name)).toBeNull();
});

test('either mean pressure counts', () => {
  expect(label('mean arterial pressure < 60', [25, 'MAP', 70], [25, 'NIMAP', 55], [26, 'MAP', 70])).toBe(1);
});

test('ventilation is off unless it is recorded on the second day', () => {
  expect(label('ventilation')).toBe(0);
  expect(label('ventilation', [10, 'MechVent', 1])).toBe(0);
  expect(label('ventilation', [10, 'MechVent', 1], [24, 'MechVent', 1])).toBe(1);
  expect(label('ventilation', [24, 'MechVent', 0])).toBe(0);
});

test('oxygen is compared with the latest share that is breathed in, of the same minute too', () => {
  const name = 'PaO2/FiO2 < 200';
  expect(label(name, [10, 'FiO2', 0.5], [25, 'PaO2', 99])).toBe(1);
  expect(label(name, [10, 'FiO2', 0.5], [25, 'PaO2', 100])).toBe(0);
  expect(label(name, [10, 'FiO2', 0.5], [25, 'PaO2', 99], [25, 'FiO2', 0.4])).toBe(0);
  expect(label(name, [10, 'FiO2', 0.4], [25, 'PaO2', 99], [26, 'FiO2', 0.5])).toBe(0);
  expect(label(name, [10, 'FiO2', 1], [25, 'FiO2', 0.25], [25, 'PaO2', 99])).toBe(0);
  expect(label(name, [25, 'PaO2', 50])).toBeNull();
  expect(label(name, [25, 'PaO2', 50], [26, 'FiO2', 1])).toBeNull();
  expect(label(name, [10, 'FiO2', 1], [23, 'PaO2', 50])).toBeNull();
});
