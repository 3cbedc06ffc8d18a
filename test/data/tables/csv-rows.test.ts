import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberIn } from '../../../data/tables/cells.ts';
import { columnsOf, decimal, eachRow } from '../../../data/tables/csv-rows.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function rowsOf(bytes: Uint8Array, file = 'x.csv'): { header: readonly string[]; rows: (readonly string[])[]; lines: number[] } {
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  let header: readonly string[] = [];
  eachRow(bytes, file, (names) => {
    header = names;
    return (fields, line) => {
      rows.push(fields);
      lines.push(line);
    };
  });
  return { header, rows, lines };
}

describe('eachRow', () => {
  test.each([
    ['plain', 'a,b\n1,2\n\n3,4\n'],
    ['CRLF', 'a,b\r\n1,2\r\n\r\n3,4\r\n'],
    ['a byte order mark, no last end of line', '\ufeffa,b\n1,2\n\n3,4'],
  ])('%s', (_, text) => {
    expect(rowsOf(utf8(text))).toEqual({ header: ['a', 'b'], rows: [['1', '2'], ['3', '4']], lines: [2, 4] });
  });

  test('ends of line inside of quotes count as lines', () => {
    const { rows, lines } = rowsOf(utf8('a,b\n"x\ny","q ""r"""\n3,4\n'));
    expect(rows).toEqual([['x\ny', 'q "r"'], ['3', '4']]);
    expect(lines).toEqual([2, 4]);
  });

  test.each([['\n'], ['\r\n']])('a file of many pieces, with %j', (end) => {
    const count = 40_000;
    const done: number[] = [];
    const seen: number[] = [];
    const bytes = utf8(`n,m${end}${Array.from({ length: count }, (_, i) => `${i},${i}${end}`).join('')}`);
    eachRow(
      bytes,
      'x',
      () => (fields, line) => {
        if (Number(fields[0]) !== line - 2 || fields[0] !== fields[1]) throw new Error(`line ${line}: ${fields.join()}`);
        seen.push(line);
      },
      (at, total) => done.push(at / total),
    );
    expect(seen.length).toBe(count);
    expect(done.length).toBeGreaterThan(3);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
  });

  test.each<[string, string | Uint8Array, string[]]>([
    ['an empty file', '', ['line 1', 'an empty file']],
    ['blank lines', '\n\n', ['an empty file']],
    ['a header alone', 'a,b\n', ['a header alone']],
    ['a short row', 'a,b\n1,2\n3\n', ['x.csv: line 3: expected 2 fields, got 1']],
    ['a long row', 'a,b\n1,2,3\n', ['line 2: expected 2 fields', 'got 3']],
    ['a quote without its end', 'a,b\n1,"2\n3,4\n', ['line 2', 'uote']],
    ['no text', Uint8Array.of(97, 44, 98, 10, 0xff, 44, 50, 10), ['UTF-8']],
  ])('%s is an error', (_, content, parts) => {
    expectError(() => rowsOf(typeof content === 'string' ? utf8(content) : content), DataError, ...parts);
  });

  test('any fields come back as they were written, with or without quotes', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', '0'), maxLength: 6 });
    const tables = fc.integer({ min: 2, max: 4 }).chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 2, maxLength: 6 }));
    fc.assert(
      fc.property(tables, (table) => {
        const text = table.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\n');
        const { header, rows } = rowsOf(utf8(text));
        expect([header, ...rows]).toEqual(table);
      }),
    );
  });

  test('arbitrary bytes give rows of one width or a DataError', () => {
    const bytes = fc.array(fc.constantFrom(44, 10, 13, 34, 97, 48, 0, 0xc3, 0xa9), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, (values) => {
        try {
          const { header, rows } = rowsOf(Uint8Array.from(values));
          for (const row of rows) expect(row.length).toBe(header.length);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('columns are found by name, in the order asked for', () => {
  expect(columnsOf(['x', 'y', 'z'], ['z', 'x'], 'f')).toEqual([2, 0]);
  expectError(() => columnsOf(['x', 'y'], ['w'], 'f'), DataError, "f: line 1: expected a column 'w', got x,y");
  expectError(() => columnsOf(['x', 'y', 'x'], ['x'], 'f'), DataError, "'x' is there twice");
});

test('decimal numbers, and what is none', () => {
  for (const text of ['0', '-1', '+2.50', '.5', '3.', '1e3', '2.5E-2']) expect(decimal(text, 'v', 'f', 1)).toBe(Number(text));
  for (const text of ['', ' ', ' 1', '1 ', '0x10', 'Infinity', 'NaN', '1,5', '1e', '--1', '1_0', '١']) {
    expect(numberIn(text)).toBeNull();
    expectError(() => decimal(text, 'v', 'f', 7), DataError, 'f: line 7: expected a number for v, got ');
  }
  expectError(() => decimal('1e999', 'v', 'f', 7), DataError, '1e999');
  expectError(() => decimal('x'.repeat(500), 'v', 'f', 7), DataError, /^.{0,120}$/);
});
