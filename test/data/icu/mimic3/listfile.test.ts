import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LISTFILES, parseListfile } from '../../../../data/icu/mimic3/listfile.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectError } from '../../../support/errors.ts';
import { utf8 } from './episode-writer.ts';

const S1 = '10011_episode1_timeseries.csv';
const S2 = '10011_episode2_timeseries.csv';
const mortality = (text: string): unknown => parseListfile(utf8(text), 'l.csv', LISTFILES['in-hospital-mortality']);
const decompensation = (text: string): unknown => parseListfile(utf8(text), 'l.csv', LISTFILES.decompensation);
const phenotyping = (text: string): unknown => parseListfile(utf8(text), 'l.csv', LISTFILES.phenotyping);
const NAMES = Array.from({ length: 25 }, (_, i) => (i === 0 ? '"Shock, of any kind"' : `Phenotype ${i}`));
const LABELS = Array.from({ length: 25 }, (_, i) => (i === 3 ? '' : i % 2));

test('in-hospital mortality: 48 hours of each stay', () => {
  expect(mortality(`\ufeffstay,y_true\r\n${S1},1\r\n${S2},0\r\n`)).toEqual([{ stay: S1, subject: '10011', hours: 48, labels: [1] }, { stay: S2, subject: '10011', hours: 48, labels: [0] }]);
});

test('decompensation: many windows of a stay; a label may be missing', () => {
  expect(decompensation(`stay,period_length,y_true\n${S1},5.000000,0\n${S1},6.000000,\n`)).toEqual([
    { stay: S1, subject: '10011', hours: 5, labels: [0] },
    { stay: S1, subject: '10011', hours: 6, labels: [NaN] },
  ]);
});

test('phenotyping: 25 labels in the order of the file, whatever they are called', () => {
  const text = `stay,period_length,${NAMES.join(',')}\n${S1},70.123400,${LABELS.join(',')}\n`;
  expect(phenotyping(text)).toEqual([{ stay: S1, subject: '10011', hours: 70.1234, labels: LABELS.map((value) => (value === '' ? NaN : value)) }]);
});

test.each<[string, () => unknown, string[]]>([
  ['a missing column', () => mortality(`stay,label\n${S1},1\n`), ["l.csv: line 1: expected a column 'y_true'"]],
  ['no periods', () => decompensation(`stay,y_true\n${S1},1\n`), ["expected a column 'period_length'"]],
  ['too few phenotypes', () => phenotyping(`stay,period_length,a,b\n${S1},5,1,0\n`), ['line 1: expected 25 columns with labels, got 2']],
  ['a stay that is there twice', () => mortality(`stay,y_true\n${S1},1\n${S2},1\n${S1},0\n`), [`l.csv: line 4: ${S1} is there twice, first on line 2`]],
  ['a window that is there twice', () => decompensation(`stay,period_length,y_true\n${S1},5,0\n${S1},5.0,0\n`), ['line 3', 'twice with 5 hours, first on line 2']],
  ['a phenotyped stay twice', () => phenotyping(`stay,period_length,${NAMES.join(',')}\n${S1},70,${LABELS.join(',')}\n${S1},71,${LABELS.join(',')}\n`), ['line 3', 'is there twice, first on line 2']],
  ['a path for a stay', () => mortality('stay,y_true\n../10011_episode1.csv,1\n'), ['line 2: expected a stay', '"../10011_episode1.csv"']],
  ['a stay without its subject', () => mortality('stay,y_true\nepisode1_timeseries.csv,1\n'), ['line 2: expected a stay']],
  ['another label', () => mortality(`stay,y_true\n${S1},2\n`), ['line 2: expected 0 or 1 for y_true', 'got "2"']],
  ['no number', () => decompensation(`stay,period_length,y_true\n${S1},long,1\n`), ['line 2: expected a number for period_length, got "long"']],
  ['an empty window', () => decompensation(`stay,period_length,y_true\n${S1},0,1\n`), ['line 2: expected a period_length above 0', 'got 0']],
  ['a window of centuries', () => decompensation(`stay,period_length,y_true\n${S1},1e9,1\n`), ['line 2', '20000 hours, got 1000000000']],
  ['nothing', () => mortality(''), ['an empty file']],
])('%s is an error', (_, parse, parts) => expectError(parse, DataError, ...parts));

test('mutated text gives samples or a DataError', () => {
  const text = `stay,period_length,y_true\n${S1},5.000000,0\n${S1},6.000000,1\n${S2},7.5,\n`;
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...Array.from('0179.,-/\n\r"x_ ')), fc.boolean(), (place, value, cut) => {
      const changed = cut ? text.slice(0, place) : text.slice(0, place) + value + text.slice(place + 1);
      try {
        for (const { stay, subject, hours, labels } of parseListfile(utf8(changed), 'l.csv', LISTFILES.decompensation)) {
          expect(stay.startsWith(`${subject}_`) && hours > 0 && labels.length === 1).toBe(true);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
    { numRuns: 400 },
  );
});
