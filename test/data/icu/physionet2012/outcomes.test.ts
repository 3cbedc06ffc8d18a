import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseOutcomes } from '../../../../data/icu/physionet2012/outcomes.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectError } from '../../../support/errors.ts';
import { OUTCOMES, outcomesText, utf8 } from './challenge-writer.ts';

test('what is known of each patient, and what is not', () => {
  const rows = [
    [132539, 5, -1, 0],
    [132540, -1, 575, 0],
    [132541, 19, 4, 1],
    [132542, 12, -1, 1],
    [132543, -1, -1, 1],
    [132544, 10, 0, 0],
    [132545, 4, -23, 0],
    [132546, 9, 10, 0],
  ] as const;
  expect(parseOutcomes(utf8(`\ufeff${outcomesText(rows).replaceAll('\n', '\r\n')}`), 'o.txt')).toEqual([
    { record: 132539, stay: 5, survival: Infinity, died: 0 },
    { record: 132540, stay: NaN, survival: 575, died: 0 },
    { record: 132541, stay: 19, survival: 4, died: 1 },
    { record: 132542, stay: 12, survival: 12, died: 1 },
    { record: 132543, stay: NaN, survival: NaN, died: 1 },
    { record: 132544, stay: 10, survival: NaN, died: 0 },
    { record: 132545, stay: 4, survival: NaN, died: 0 },
    { record: 132546, stay: 9, survival: 10, died: 0 },
  ]);
});

test.each([
  ['a missing column', 'RecordID,Length_of_stay,Survival\n1,2,3\n', ["o.txt: line 1: expected a column 'In-hospital_death'"]],
  ['a record that is there twice', outcomesText([[1, 2, -1, 0], [2, 2, -1, 0], [1, 3, -1, 0]]), ['o.txt: line 4: record 1 is there twice, first on line 2']],
  ['no number', `${OUTCOMES}\n1,6,1,long,-1,0\n`, ['line 2: expected a number for Length_of_stay, got "long"']],
  ['half a day', `${OUTCOMES}\n1,6,1,2.5,-1,0\n`, ['line 2: expected a whole number for Length_of_stay, got "2.5"']],
  ['another label', outcomesText([[1, 2, -1, 2]]), ['line 2: expected 0 or 1 for In-hospital_death, got 2']],
  ['no record', outcomesText([[0, 2, -1, 1]]), ['line 2', 'RecordID from 1', 'got 0']],
  ['nothing', '', ['an empty file']],
])('%s is an error', (_, text, parts) => expectError(() => parseOutcomes(utf8(text), 'o.txt'), DataError, ...parts));

test('mutated text gives outcomes or a DataError', () => {
  const text = outcomesText([[1, 2, -1, 0], [2, 20, 3, 1], [3, 7, -1, 0]]);
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...Array.from('0127-,.\n\r"x')), fc.boolean(), (place, value, cut) => {
      const changed = cut ? text.slice(0, place) : text.slice(0, place) + value + text.slice(place + 1);
      try {
        for (const { died, stay } of parseOutcomes(utf8(changed), 'o.txt')) expect((died === 0 || died === 1) && !(stay < 0)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
    { numRuns: 400 },
  );
});
