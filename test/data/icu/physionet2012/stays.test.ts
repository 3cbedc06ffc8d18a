import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOURS, SERIES, seriesIndex } from '../../../../data/icu/physionet2012/parameters.ts';
import { parseStay, parseStays, type Stay } from '../../../../data/icu/physionet2012/stays.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectError } from '../../../support/errors.ts';
import { descriptors, stayText, tableText, utf8, type Row } from './challenge-writer.ts';

const parse = (rows: readonly Row[]): Stay => parseStay(utf8(stayText(rows)), 'x.txt');
const at = ({ grid }: Stay, hour: number, name: string): number => grid[hour * SERIES.length + seriesIndex(name)]!;
const measured = ({ grid }: Stay): number => grid.filter((value) => !Number.isNaN(value)).length;

const ROWS: Row[] = [
  ...descriptors(132539),
  ['00:07', 'HR', 73], ['00:59', 'HR', 75], ['01:00', 'HR', 60], ['02:10', 'Urine', 100], ['02:10', 'Urine', 30.5], ['02:40', 'Urine', 0], ['03:00', 'pH', 735], ['03:00', 'Temp', 36.5],
  ['47:59', 'HR', 80], ['48:00', 'HR', 81], ['48:00', 'MechVent', 1],
];

describe('a stay', () => {
  test('the challenge has 37 series', () => {
    expect(SERIES.length).toBe(37);
    expect(new Set(SERIES.map(({ name }) => name)).size).toBe(37);
    for (const { least, most } of SERIES) expect(least).toBeLessThan(most);
  });

  test('the last value of each hour, the sum of urine, nothing implausible', () => {
    const stay = parse(ROWS);
    expect(stay.record).toBe(132539);
    expect([...stay.descriptors]).toEqual([54, 0, NaN, 4]);
    expect(stay.grid.length).toBe(HOURS * 37);
    expect([at(stay, 0, 'HR'), at(stay, 1, 'HR'), at(stay, 47, 'HR'), at(stay, 47, 'MechVent'), at(stay, 2, 'Urine'), at(stay, 3, 'Temp')]).toEqual([75, 60, 81, 1, 130.5, 36.5]);
    expect(at(stay, 0, 'Weight')).toBeNaN();
    expect(measured(stay)).toBe(6);
  });

  test('a byte order mark, CRLF and the number of the record behind other descriptors change nothing', () => {
    const [first, second, ...rest] = ROWS;
    expect(parseStay(utf8(`\ufeff${stayText([second!, first!, ...rest], '\r\n')}`), 'x.txt')).toEqual(parse(ROWS));
  });

  test.each<[string, Row[], string[]]>([
    ['a time that is none', [['0:07', 'HR', 1]], ['x.txt: line 8: expected a time from 00:00 to 48:00, got "0:07"']],
    ['minutes over 59', [['00:60', 'HR', 1]], ['line 8', '"00:60"']],
    ['a time after the last', [['48:01', 'HR', 1]], ['line 8', '"48:01"']],
    ['a negative time', [['-1:00', 'HR', 1]], ['line 8', '"-1:00"']],
    ['times out of order', [['02:00', 'HR', 70], ['01:59', 'HR', 71]], ['line 9: expected times in rising order, got 01:59 after 02:00']],
    ['an unknown parameter', [['02:00', 'Mood', 70]], ['line 8: expected a parameter of the challenge, got "Mood"']],
    ['an empty parameter', [['02:00', '', 70]], ['line 8: expected a parameter of the challenge, got ""']],
    ['no number', [['02:00', 'HR', 'high']], ['line 8: expected a number for HR, got "high"']],
    ['another record', [['02:00', 'RecordID', 7]], ['line 8: expected the record 132539, got 7']],
  ])('%s is an error', (_, rows, parts) => {
    expectError(() => parse([...descriptors(132539), ...rows]), DataError, ...parts);
  });

  test('a file without its record, without a column, of nothing', () => {
    expectError(() => parse([['00:00', 'HR', 70]]), DataError, 'x.txt: expected a row with the parameter RecordID');
    expectError(() => parse(Array<Row>(20).fill(['00:00', 'HR', 70])), DataError, 'line 12', 'RecordID');
    expectError(() => parse([['00:00', 'RecordID', 1.5]]), DataError, 'line 2', 'RecordID', '1.5');
    expectError(() => parseStay(utf8('Time,Parameter\n00:00,HR\n'), 'x.txt'), DataError, "x.txt: line 1: expected a column 'Value'");
    expectError(() => parseStay(new Uint8Array(), 'x.txt'), DataError, 'x.txt: line 1', 'an empty file');
  });
});

describe('a table', () => {
  const other: Row[] = [...descriptors(7), ['05:00', 'Lactate', 4.5], ['30:00', 'Lactate', 1]];

  test('has the same stays as their files', () => {
    const done: number[] = [];
    expect(parseStays(utf8(tableText([[132539, ROWS], [7, other]])), 'set.csv', (at, total) => done.push(at / total))).toEqual([parse(ROWS), parse(other)]);
    expect(done).toEqual([1]);
  });

  test('a record that comes back is an error', () => {
    expectError(() => parseStays(utf8(tableText([[7, other], [8, descriptors(8)], [7, other]])), 'set.csv'), DataError, 'set.csv: line 16: record 7 comes back');
    expectError(() => parseStays(utf8(tableText([[7, descriptors(8)]])), 'set.csv'), DataError, 'line 2: expected the record 7, got 8');
    expectError(() => parseStays(utf8('RecordID,Time,Parameter,Value\nx,00:00,Age,5\n'), 'set.csv'), DataError, 'line 2', 'RecordID', '"x"');
  });

  test('mutated text gives the plausible values it has, or a DataError', () => {
    const text = tableText([[132539, ROWS], [7, other]]);
    const edits = fc.array(fc.record({ at: fc.nat(text.length - 1), value: fc.constantFrom(...Array.from('0123456789:.,-e\n\rHRxA" ')) }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.nat(text.length), (changes, length) => {
        const characters = Array.from(text.slice(0, text.length - (length % 7 === 0 ? length : 0)));
        for (const { at: place, value } of changes) if (place < characters.length) characters[place] = value;
        try {
          for (const { grid, organFailure } of parseStays(utf8(characters.join('')), 'set.csv')) {
            grid.forEach((value, i) => {
              const { name, least, most } = SERIES[i % 37]!;
              if (!Number.isNaN(value) && name !== 'Urine') expect(value >= Math.fround(least) && value <= most).toBe(true);
            });
            for (const label of organFailure) expect(label === 0 || label === 1 || Number.isNaN(label)).toBe(true);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
          expect((error as Error).message).toMatch(/^set\.csv: /);
        }
      }),
      { numRuns: 400 },
    );
  });
});
