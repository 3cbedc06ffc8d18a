import { expect, test } from 'vitest';
import { parseCinc2017 } from '../../../data/ecg/cinc2017.ts';
import { DataError } from '../../../engine/errors.ts';

test('reads a label for each record', () => {
  expect(parseCinc2017('A00001,N\r\nA00004,A\r\nA00005,O\r\nA00022,~\r\n')).toEqual([
    { record: 'A00001', label: 'N' },
    { record: 'A00004', label: 'A' },
    { record: 'A00005', label: 'O' },
    { record: 'A00022', label: '~' },
  ]);
});

test.each([
  ['', 'REFERENCE.csv: expected rows, got none'],
  ['A00001,N\nA00002,X\n', "REFERENCE.csv: line 2: expected a label of N A O ~, got 'X'"],
  ['A00001,N\nA00001,A\n', "line 2: expected a record that was not there before, got 'A00001'"],
  ['../A00001,N\n', "line 1: expected the name of a record, got '../A00001'"],
  ['A00001,N,1\n', 'line 1: expected 2 fields, got 3'],
  ['A00001\n', 'line 1: expected 2 fields, got 1'],
])('refuses %j', (text, message) => {
  expect(() => parseCinc2017(text)).toThrow(DataError);
  expect(() => parseCinc2017(text)).toThrow(message);
});
