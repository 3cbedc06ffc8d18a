import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonLines } from '../../../data/tables/json-lines.ts';
import { textAt } from '../../../data/tables/table.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('columns of what the objects have', () => {
  const table = parseJsonLines(bytes('\uFEFF{"a":1,"t":"x","mixed":1}\r\n\n{"t":null,"a":true,"b":false,"mixed":"1.0"}\n{"a":2.5e-3,"list":["I",2],"o":{"k":null}}'), 'x.jsonl');
  expect(table.columns).toEqual(['a', 't', 'mixed', 'b', 'list', 'o']);
  expect(table.column('a')).toEqual({ type: 'number', name: 'a', values: Float64Array.of(1, 1, 0.0025) });
  expect(table.column('b')).toEqual({ type: 'number', name: 'b', values: Float64Array.of(NaN, 0, NaN) });
  const texts = (name: string): (string | null)[] => [0, 1, 2].map((row) => textAt(table.column(name), row));
  expect(texts('t')).toEqual(['x', null, null]);
  expect(texts('mixed')).toEqual(['1', '1.0', null]);
  expect(texts('list')).toEqual([null, null, '["I",2]']);
  expect(texts('o')).toEqual([null, null, '{"k":null}']);
  expect([0, 1, 2].map((row) => table.place(row))).toEqual(['line 1', 'line 3', 'line 4']);
});

test('nothing at all, names of Object.prototype, empty text', () => {
  expect(parseJsonLines(new Uint8Array(), 'x').length).toBe(0);
  const table = parseJsonLines(bytes('{"__proto__":"p","constructor":""}'), 'x');
  expect(table.columns).toEqual(['__proto__', 'constructor']);
  expect(textAt(table.column('constructor'), 0)).toBe('');
});

test.each<[string, Uint8Array, string[]]>([
  ['no JSON', bytes('{"a":1}\n\n{"a":\n'), ['line 3', 'not JSON', '{"a":']],
  ['a list', bytes('[1]'), ['line 1', 'expected an object', '[1]']],
  ['a number', bytes('{}\n7'), ['line 2', 'expected an object']],
  ['null', bytes('null'), ['line 1', 'expected an object']],
  ['other bytes', Uint8Array.of(0x7b, 0x7d, 0x0a, 0xff), ['line 2', 'UTF-8']],
  ['an infinite number', bytes('{}\n\n{"a":1e999}'), ['line 3', "column 'a'", 'finite', 'Infinity']],
])('refuses %s', (_, file, parts) => expectError(() => parseJsonLines(file, 'x.jsonl'), DataError, 'x.jsonl: ', ...parts));

test('more cells than any file has rows for are refused', () => {
  const lines = Array.from({ length: 20_000 }, (_, row) => `{"c${row}":1}`).join('\n');
  expectError(() => parseJsonLines(bytes(lines), 'x'), DataError, '20000 rows of 20000 names');
});

test('what JSON.stringify wrote is read back, and mutated files give a table or a DataError', () => {
  const value = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string({ maxLength: 5 }));
  const objects = fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c'), value), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(objects, fc.array(fc.record({ at: fc.nat(80), byte: fc.constantFrom(...bytes('{}[]",:1n\n'), 0xff) }), { maxLength: 3 }), (records, edits) => {
      const file = bytes(records.map((record) => JSON.stringify(record)).join('\n'));
      const table = parseJsonLines(file, 'x');
      for (const name of table.columns) {
        const cells = records.map((record) => record[name] ?? null);
        expect(records.map((_, row) => textAt(table.column(name), row))).toEqual(cells.map((cell) => (cell === null ? null : typeof cell === 'boolean' ? String(Number(cell)) : String(cell))));
      }
      for (const { at, byte } of edits) if (at < file.length) file[at] = byte;
      try {
        parseJsonLines(file, 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
  );
});
