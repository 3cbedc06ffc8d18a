import { describe, expect, test } from 'vitest';
import { csvFields } from '../../../data/tables/csv-fields.ts';
import { DataError } from '../../../engine/errors.ts';

describe('csvFields', () => {
  test('the named columns in the order asked for, quotes and line ends of both kinds', () => {
    expect(csvFields('a,b,"c d"\r\n1,"x, ""y""\nz",3\r\n\n4,,6\n', 't', ['c d', 'b'])).toEqual([{ fields: ['3', 'x, "y"\nz'], line: 2 }, { fields: ['6', ''], line: 5 }]);
  });

  test('a file without a header has the columns and no others', () => {
    expect(csvFields('1,2\n3,4', 't', ['x', 'y'], false)).toEqual([{ fields: ['1', '2'], line: 1 }, { fields: ['3', '4'], line: 2 }]);
    expect(() => csvFields('1,2\n3', 't', ['x', 'y'], false)).toThrow('t: line 2: expected 2 fields, got 1');
    expect(() => csvFields('1\n2', 't', ['x', 'y'], false)).toThrow('t: line 1: expected 2 fields, got 1');
    expect(() => csvFields('\n', 't', ['x', 'y'], false)).toThrow('t: expected rows, got none');
  });

  test.each([
    ['a,b\n1,2', ['c'], "t: line 1: expected a column 'c', got a,b"],
    ['a,b\n1,2,3', ['a'], 't: line 2: expected 2 fields, got 3'],
    ['a,b\n', ['a'], 't: line 2: expected a header and rows, got a header alone'],
    ['\n\na, b ,b\n1,2,3', ['b'], "t: line 3: the column 'b' is there twice"],
    ['a,b\n1,"2', ['a'], 't: line 2: '],
  ])('refuses %j', (text, columns, message) => {
    expect(() => csvFields(text, 't', columns)).toThrow(DataError);
    expect(() => csvFields(text, 't', columns)).toThrow(message);
  });
});
