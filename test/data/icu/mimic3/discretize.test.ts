/** Against numbers of a second implementation, written from the description of the public discretizer in Python and numpy, over the same events. */
import { expect, test } from 'vitest';
import { windowSource, joinGrids } from '../../../../data/icu/hourly-windows.ts';
import { discretize, encodeHour, hoursIn, NORMAL } from '../../../../data/icu/mimic3/discretize.ts';
import { parseEpisode } from '../../../../data/icu/mimic3/episode.ts';
import { fitStatistics, parseStatistics, standardisedHours } from '../../../../data/icu/mimic3/normalizer.ts';
import { COLUMNS, VARIABLES } from '../../../../data/icu/mimic3/variables.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectError } from '../../../support/errors.ts';
import { episodeText, EVENTS, utf8 } from './episode-writer.ts';

const episode = parseEpisode(utf8(episodeText(EVENTS)), 'e.csv');

/** `[hours, 76]`, not standardised. */
async function columns(period: number): Promise<number[][]> {
  const hours = hoursIn(period);
  const encoder = { id: '', width: 76, initial: NORMAL, encode: (values: Float32Array, measured: Float32Array, _: number, into: Float32Array, at: number) => encodeHour(values, measured, into, at) };
  const into = new Float32Array(hours * 76);
  await windowSource({ id: '', ...joinGrids([discretize(episode, period)], 17) }, { stays: Uint32Array.of(0), ends: Uint32Array.of(hours) }, encoder, hours).read(Uint32Array.of(0), into);
  return Array.from({ length: hours }, (_, hour) => [...into.subarray(hour * 76, (hour + 1) * 76)]);
}

test.each([
  [3, [23, 19, 19], 2844.56, 141851.39],
  [3.2, [23, 19, 19, 17], 3766.28, 187733.92],
  [4, [23, 19, 19, 18], 3768.28, 187852.92],
])('a period of %d hours', async (period, filled, sum, weighted) => {
  const rows = await columns(period);
  expect(rows.map((row) => row.filter((value) => value !== 0).length)).toEqual(filled);
  expect(rows.flat().reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 3);
  expect(rows.reduce((total, row) => total + row.reduce((all, value, i) => all + value * (i + 1), 0), 0)).toBeCloseTo(weighted, 2);
});

test('the last of three hours, column by column', async () => {
  const row = (await columns(3))[2]!;
  const there = Object.fromEntries(row.flatMap((value, i) => (value === 0 ? [] : [[COLUMNS[i]!, value]])));
  expect(there).toEqual({
    'Capillary refill rate->1.0': 1, 'Diastolic blood pressure': 59, 'Fraction inspired oxygen': Math.fround(0.21), 'Glascow coma scale eye opening->To Speech': 1,
    'Glascow coma scale motor response->2 Abnorm extensn': 1, 'Glascow coma scale total->14': 1, 'Glascow coma scale verbal response->5 Oriented': 1, Glucose: 200, 'Heart Rate': 60,
    Height: 170, 'Mean blood pressure': 77, 'Oxygen saturation': 98, 'Respiratory rate': 19, 'Systolic blood pressure': 118, Temperature: Math.fround(38.2), Weight: 70, pH: Math.fround(7.31),
    'mask->Glascow coma scale motor response': 1, 'mask->Heart Rate': 1,
  });
});

test('means and deviations are those of numpy, over the training stays alone', () => {
  const grids = joinGrids([new Float32Array(34).fill(1e6), discretize(episode, 4)], 17);
  const { means, deviations } = fitStatistics([{ grids, stays: [1] }]);
  const of = (name: string): number[] => [means, deviations].map((list) => list[VARIABLES.findIndex((variable) => variable.name === name)]!);
  expect(of('Heart Rate')[0]).toBeCloseTo(78, 6);
  expect(of('Heart Rate')[1]).toBeCloseTo(20.211383, 5);
  expect(of('Temperature')[0]).toBeCloseTo(37.8, 5);
  expect(of('Temperature')[1]).toBeCloseTo(0.8, 5);
  expect(of('Weight')).toEqual([70, 1e-7]);
  expect(of('Glascow coma scale total')).toEqual([0, 1]);
});

test('continuous columns are standardised, categories and masks are not', () => {
  const means = Float64Array.from(VARIABLES, ({ categories }) => (categories ? 0 : 10));
  const encoder = standardisedHours({ means, deviations: Float64Array.from(VARIABLES, ({ categories }) => (categories ? 1 : 2)) });
  const into = new Float32Array(78).fill(-5);
  encoder.encode(Float32Array.from(VARIABLES, (_, i) => i % 2), Float32Array.from(VARIABLES, (_, i) => (i === 16 ? 0 : NaN)), 0, into, 1);
  expect(Object.fromEntries([...into.subarray(1, 77)].flatMap((value, i) => (value === 0 ? [] : [[COLUMNS[i]!, value]])))).toEqual({
    'Capillary refill rate->0.0': 1, 'Diastolic blood pressure': -4.5, 'Fraction inspired oxygen': -5, 'Glascow coma scale eye opening->3 To speech': 1, 'Glascow coma scale motor response->1 No Response': 1,
    'Glascow coma scale total->10': 1, 'Glascow coma scale verbal response->1 No Response': 1, Glucose: -4.5, 'Heart Rate': -5, Height: -4.5, 'Mean blood pressure': -5, 'Oxygen saturation': -4.5,
    'Respiratory rate': -5, 'Systolic blood pressure': -4.5, Temperature: -5, Weight: -4.5, pH: -5, 'mask->pH': 1,
  });
  expect([into[0], into[77]]).toEqual([-5, -5]);
});

test('statistics from a file', () => {
  const list = COLUMNS.map((_, i) => i + 0.5);
  const text = (content: unknown): Uint8Array => utf8(JSON.stringify(content));
  const { means, deviations } = parseStatistics(text({ means: list, stds: list.map((value, i) => (i === 58 ? 0 : value)) }), 'n.json');
  expect([means[0], means[1], means[16], deviations[0], deviations[1], deviations[16]]).toEqual([0, 2.5, 58.5, 1, 2.5, 1e-7]);
  for (const [content, ...parts] of [
    [Uint8Array.of(0x80, 2, 0x7d), 'n.json: byte 0: expected JSON, got a pickle'],
    [utf8('{"means": ['), 'n.json: expected JSON'],
    [utf8('null'), "'means' to be a list of 76 numbers, got undefined"],
    [text({ means: list.slice(1), stds: list }), "'means'", 'one of 75'],
    [text({ means: list, stds: list.map((value) => -value) }), "'stds', column 0: expected a number from 0, got -0.5"],
    [text({ means: list.map(() => null), stds: list }), "'means', column 0: expected a finite number, got null"],
  ] as const) expectError(() => parseStatistics(content, 'n.json'), DataError, ...parts);
});
