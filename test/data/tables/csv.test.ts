import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { parseCsv, readCsv, type CsvOptions } from '../../../data/tables/csv.ts';
import { textAt, type Table } from '../../../data/tables/table.ts';
import { ConfigError, DataError } from '../../../engine/errors.ts';
import { expectError, expectRejection } from '../../support/errors.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string, options?: CsvOptions): Table => parseCsv(bytes(text), 'x.csv', options);
const rows = (table: Table): (string | null)[][] => Array.from({ length: table.length }, (_, row) => table.columns.map((name) => textAt(table.column(name), row)));

describe('parseCsv', () => {
  test('numbers, text and what is missing', () => {
    const table = parse('age,sex,site\n63, m ,a\n?,f,NA\n-1.5e2,,a\n');
    expect(table.columns).toEqual(['age', 'sex', 'site']);
    expect(table.column('age')).toEqual({ type: 'number', name: 'age', values: Float64Array.of(63, NaN, -150) });
    expect(table.column('sex')).toEqual({ type: 'text', name: 'sex', codes: Int32Array.of(0, 1, -1), texts: ['m', 'f'] });
    expect(table.column('site')).toEqual({ type: 'text', name: 'site', codes: Int32Array.of(0, -1, 0), texts: ['a'] });
    expect([0, 1, 2].map((row) => table.place(row))).toEqual(['line 2', 'line 3', 'line 4']);
  });

  test.each<[string, string, CsvOptions, (string | null)[][]]>([
    ['a byte-order mark and CRLF', '\uFEFFa,b\r\n1,x\r\n2,y\r\n', {}, [['1', 'x'], ['2', 'y']]],
    ['old Macintosh line ends', 'a,b\r1,x\r2,y', {}, [['1', 'x'], ['2', 'y']]],
    ['quotes, with commas, quotes and line ends inside', 'a,b\n"1","x, ""y""\r\nz"\n2,w', {}, [['1', 'x, "y"\nz'], ['2', 'w']]],
    ['a quote inside a field without quotes', 'a,b\n1,5" tube\n2,x', {}, [['1', '5" tube'], ['2', 'x']]],
    ['empty lines', 'a,b\n\n1,x\n\n\n2,y\n\n', {}, [['1', 'x'], ['2', 'y']]],
    ['semicolons, guessed', 'a;b\n1;x,y\n2;z\n', {}, [['1', 'x,y'], ['2', 'z']]],
    ['tabs, guessed', 'a\tb\n1\tx y\n2\tz\n', {}, [['1', 'x y'], ['2', 'z']]],
    ['a given delimiter', 'a:b\n1:x\n', { delimiter: ':' }, [['1', 'x']]],
    ['one column', 'a\n1\n2\n', {}, [['1'], ['2']]],
    ['given names', '1,x\n2,y\n', { names: ['a', 'b'] }, [['1', 'x'], ['2', 'y']]],
    ['other markers', 'a,b\n-9,NA\n1,x\n', { missing: ['-9'] }, [[null, 'NA'], ['1', 'x']]],
    ['names made of digits', 'a,b\n007,12345678901234567890\n12,1\n', {}, [['007', '12345678901234567890'], ['12', '1']]],
    ['a given type', 'a,b\n007,1\n12,2\n', { types: { a: 'number', b: 'text' } }, [['7', '1'], ['12', '2']]],
    ['what looks like a number elsewhere', 'a,b,c,d\n0x10,1e999,Infinity,1_0\n', {}, [['0x10', '1e999', 'Infinity', '1_0']]],
    ['no rows', 'a,b\n', {}, []],
    ['names of Object.prototype', '__proto__,constructor\n1,2\n', {}, [['1', '2']]],
  ])('%s', (_, text, options, expected) => expect(rows(parse(text, options))).toEqual(expected));

  test('single precision and another encoding', () => {
    expect(parse('a\n0.1\n', { float32: true }).column('a')).toEqual({ type: 'number', name: 'a', values: Float32Array.of(0.1) });
    expect(rows(parseCsv(Uint8Array.of(0x61, 0x0a, 0xe9), 'x', { encoding: 'windows-1252' }))).toEqual([['é']]);
  });

  test.each<[string, string, CsvOptions, (string | RegExp)[]]>([
    ['an empty file', '', {}, ['names of the columns', 'empty']],
    ['a name twice', 'a,b,a\n1,2,3', {}, ['line 1', "'a' is there twice", '1 and 3']],
    ['no name', 'a,,c\n', {}, ['line 1', 'column 2 has no name']],
    ['too few fields', 'a,b\n1,2\n"x\ny",2\n3\n', {}, ['line 5', 'expected 2 fields, got 1']],
    ['too many fields', 'a,b\r\n1,2,3\r\n', {}, ['line 2', 'expected 2 fields, got 3']],
    ['a quote that is not closed', 'a,b\n1,x\n2,"y\n3,z\n', {}, ['line 3', /unterminated/]],
    ['a quote that is closed too early', 'a,b\n1,"x"y\n', {}, ['line 2', /[Qq]uote/]],
    ['text for a number', 'a,b\n1,2\n3,x\n', { types: { b: 'number' } }, ['line 3', "column 'b'", 'expected a number', "'x'"]],
    ['a type of no column', 'a\n1\n', { types: { z: 'text' } }, ["no column 'z'"]],
  ])('refuses %s and names the line', (_, text, options, parts) => expectError(() => parse(text, options), DataError, 'x.csv: ', ...parts));

  test('refuses bytes that are no text, a delimiter that is none, an unknown encoding', () => {
    expectError(() => parseCsv(Uint8Array.of(0x61, 0x0a, 0xff, 0x0a), 'x.csv'), DataError, 'x.csv: ', 'line', 'utf-8');
    expectError(() => parseCsv(bytes('a\n1\n').slice(0, 3).map((byte, at) => (at === 2 ? 0xc3 : byte)), 'x.csv'), DataError, 'utf-8');
    for (const delimiter of ['', ',,', '"', '\n']) expectError(() => parse('a', { delimiter }), ConfigError, 'delimiter');
    expectError(() => parse('a', { encoding: 'latin-9000' }), ConfigError, 'encoding', 'latin-9000');
    expectError(() => parse('a,b\n').column('c'), DataError, 'x.csv', "no column 'c'", "'a', 'b'");
  });
});

const cell = fc.string({ unit: fc.constantFrom('a', 'B', '1', '.', ',', '"', '\n', ' ', 'é', '-'), maxLength: 5 }).map((text) => text.trim());
const tables = fc.integer({ min: 2, max: 4 }).chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }));
const write = (records: readonly (readonly string[])[]): string => records.map((record) => `${record.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')}\n`).join('');
const columns = (width: number): string[] => Array.from({ length: width }, (_, i) => `c${i}`);

test('what was written in quotes is read, in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(tables, fc.integer({ min: 1, max: 9 }), async (records, size) => {
      const names = columns(records[0]!.length);
      const file = bytes(write([names, ...records]));
      const types = Object.fromEntries(names.map((name) => [name, 'text' as const]));
      const options = { types, delimiter: ',' };
      const whole = parseCsv(file, 'x', options);
      expect(rows(whole)).toEqual(records.map((record) => record.map((field) => (field === '' || field === 'NA' ? null : field))));
      let line = 2;
      records.forEach((record, row) => {
        expect(whole.place(row)).toBe(`line ${line}`);
        line += 1 + record.join('').split('\n').length - 1;
      });
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < file.length; at += size) yield await Promise.resolve(file.subarray(at, at + size));
      };
      expect(rows(await readCsv(pieces, 'x', options))).toEqual(rows(whole));
    }),
  );
});

test('mutated files give a table or a DataError', () => {
  const edits = fc.array(fc.record({ at: fc.nat(60), value: fc.constantFrom(...bytes('",\n\ra1;'), 0xff, 0) }), { maxLength: 4 });
  fc.assert(
    fc.property(tables, edits, fc.nat(60), (records, changes, end) => {
      const file = bytes(write([columns(records[0]!.length), ...records])).slice(0, Math.max(1, end * 3));
      for (const { at, value } of changes) if (at < file.length) file[at] = value;
      try {
        const table = parseCsv(file, 'x.csv');
        expect(rows(table).every((row) => row.length === table.columns.length)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
    { numRuns: 500 },
  );
});

describe('readCsv', () => {
  const COUNT = 100_000;

  test('a hundred thousand rows: exact values and lines, and the memory of the columns alone', async () => {
    let opened = 0;
    const open = async function* (): AsyncGenerator<Uint8Array> {
      opened++;
      yield bytes('id,x,site,note\n');
      for (let row = 0; row < COUNT; row += 1000) {
        let text = '';
        for (let i = row; i < row + 1000; i++) text += `${i},${i / 8},site number ${i % 3},"a note of two\nlines"\n`;
        yield await Promise.resolve(bytes(text));
      }
    };
    const before = process.memoryUsage();
    const table = await readCsv(open, 'big.csv', { float32: true });
    const after = process.memoryUsage();
    expect(opened).toBe(2);
    expect(table.length).toBe(COUNT);
    const x = table.column('x');
    if (x.type !== 'number') throw new Error('expected numbers');
    expect(x.values).toEqual(Float32Array.from({ length: COUNT }, (_, row) => row / 8));
    const site = table.column('site');
    if (site.type !== 'text') throw new Error('expected text');
    expect(site.texts).toEqual([0, 1, 2].map((i) => `site number ${i}`));
    expect(site.codes).toEqual(Int32Array.from({ length: COUNT }, (_, row) => row % 3));
    expect(table.place(COUNT - 1)).toBe(`line ${2 * COUNT}`);
    // Four columns of four bytes and the lines: 2 MB. An object for each row would be 20 MB and more.
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8e6);
  });

  test('a file that changes in between is refused', async () => {
    for (const [one, other] of [['1\n2\n', '1\n'], ['1\n', '1\n2\n']] as const) {
      const contents = [`a\n${one}`, `a\n${other}`];
      const open = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(bytes(contents.shift() ?? ''));
      };
      await expectRejection(readCsv(open, 'x.csv'), DataError, 'x.csv', 'changed');
    }
  });

  test('a quote that is never closed ends in an error, not in memory', async () => {
    const open = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes('a,b\n1,"'));
      for (;;) yield new Uint8Array(2 ** 20).fill(0x61);
    };
    await expectRejection(readCsv(open, 'x.csv'), DataError, 'x.csv', 'line 2', 'not closed');
  });
});
