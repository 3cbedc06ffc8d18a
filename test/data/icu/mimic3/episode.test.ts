import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEpisode } from '../../../../data/icu/mimic3/episode.ts';
import { COLUMNS, VALUE_COLUMNS, VARIABLES } from '../../../../data/icu/mimic3/variables.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectError } from '../../../support/errors.ts';
import { episodeText, EVENTS, HEADER, utf8 } from './episode-writer.ts';

test('17 variables make 59 columns of values and 76 in all', () => {
  expect([VARIABLES.length, VALUE_COLUMNS, COLUMNS.length]).toEqual([17, 59, 76]);
  expect(VARIABLES.filter(({ categories }) => categories).map(({ categories }) => categories!.length)).toEqual([2, 8, 12, 13, 12]);
  expect(COLUMNS.filter((name) => !name.includes('->')).length).toBe(12);
  expect(new Set(COLUMNS).size).toBe(76);
  for (const { normal, categories } of VARIABLES) if (categories) expect(categories[normal]).toBeDefined();
  expect(VARIABLES[5]!.categories![VARIABLES[5]!.normal]).toBe('15');
});

test('values by variable, categories by number, NaN where the field is empty', () => {
  const { hours, values } = parseEpisode(utf8(episodeText(EVENTS)), 'e.csv');
  expect([...hours]).toEqual([0, 0.4, 1, 1.0000005, 1.25, 3, 3.7]);
  const row = (moment: number): Record<string, number> => Object.fromEntries(VARIABLES.flatMap(({ name }, i) => (Number.isNaN(values[moment * 17 + i]!) ? [] : [[name, values[moment * 17 + i]!]])));
  expect(row(0)).toEqual({ 'Heart Rate': 90, 'Glascow coma scale total': 5, pH: Math.fround(7.31) });
  expect(row(1)).toEqual({ 'Heart Rate': 95.5, 'Capillary refill rate': 1 });
  expect(row(4)).toEqual({ 'Glascow coma scale eye opening': 5, Temperature: Math.fround(38.2) });
  expect(row(6)).toEqual({ 'Heart Rate': 61 });
});

test('the order of columns, a byte order mark and CRLF change nothing; a time that is 0 but for rounding is 0', () => {
  const plain = parseEpisode(utf8(episodeText(EVENTS)), 'e.csv');
  expect(parseEpisode(utf8(`\ufeff${episodeText(EVENTS, [...HEADER].reverse()).replaceAll('\n', '\r\n')}`), 'e.csv')).toEqual(plain);
  expect([...parseEpisode(utf8(episodeText([['-0.0000005', { pH: 7 }]])), 'e.csv').hours]).toEqual([0]);
});

test.each<[string, string, string[]]>([
  ['a missing column', episodeText(EVENTS, HEADER.filter((name) => name !== 'Glucose')), ["e.csv: line 1: expected a column 'Glucose'"]],
  ['no hours', episodeText(EVENTS, HEADER.slice(1)), ["line 1: expected a column 'Hours'"]],
  ['a column there twice', episodeText(EVENTS, [...HEADER, 'pH']), ["the column 'pH' is there twice"]],
  ['an unknown column', episodeText(EVENTS, [...HEADER, 'Mood']), ['line 1', '17 variables', '"Mood"']],
  ['no number', episodeText([['1', { pH: 'low' }]]), ['line 2: expected a number for pH, got "low"']],
  ['an unknown category', episodeText([['1', {}], ['2', { 'Glascow coma scale total': '16' }]]), ['line 3: expected one of the categories of Glascow coma scale total', 'got "16"']],
  ['a space for a category', episodeText([['1', { 'Capillary refill rate': ' ' }]]), ['line 2', 'Capillary refill rate', 'got " "']],
  ['a negative time', episodeText([['-0.5', {}]]), ['line 2: expected hours from 0, got -0.5']],
  ['hours out of order', episodeText([['2', {}], ['1.5', {}]]), ['line 3: expected hours in rising order, got 1.5 after 2']],
  ['no time', episodeText([['', {}]]), ['line 2: expected a number for Hours']],
  ['no row', episodeText([]), ['a header alone']],
  ['nothing', '', ['an empty file']],
])('%s is an error', (_, text, parts) => expectError(() => parseEpisode(utf8(text), 'e.csv'), DataError, ...parts));

test('mutated text gives categories and numbers or a DataError', () => {
  const text = episodeText(EVENTS);
  const edits = fc.array(fc.tuple(fc.nat(text.length - 1), fc.constantFrom(...Array.from('0123456789.,-\n\r"xT '))), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(edits, fc.option(fc.nat(text.length)), (changes, cut) => {
      const characters = Array.from(text);
      for (const [place, value] of changes) characters[place] = value;
      try {
        const { hours, values } = parseEpisode(utf8(characters.slice(0, cut ?? text.length).join('')), 'e.csv');
        expect(values.length).toBe(17 * hours.length);
        values.forEach((value, i) => {
          const { categories } = VARIABLES[i % 17]!;
          expect(Number.isNaN(value) || (categories ? categories[value] !== undefined : Number.isFinite(value))).toBe(true);
        });
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        expect((error as Error).message).toMatch(/^e\.csv: line /);
      }
    }),
    { numRuns: 400 },
  );
});
