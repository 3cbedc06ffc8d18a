import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { parseParquet, type ParquetDecoder } from '../../../data/tables/parquet.ts';
import { textAt } from '../../../data/tables/table.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectRejection } from '../../support/errors.ts';

const SMALL = new Uint8Array(parquetWriteBuffer({
  columnData: [
    { name: 'x', data: [1.5, null, -3], type: 'DOUBLE' },
    { name: 'n', data: [1n, 2n, null], type: 'INT64' },
    { name: 'id', data: [9007199254740993n, 9007199254740992n, 1n], type: 'INT64' },
    { name: 'b', data: [true, false, null], type: 'BOOLEAN' },
    { name: 't', data: ['a', null, 'é'], type: 'STRING' },
    { name: 'f', data: [0.1, NaN, 2], type: 'FLOAT' },
  ],
  rowGroupSize: 2,
}));

test('numbers, whole numbers, booleans, text and null', async () => {
  const table = await parseParquet(SMALL, 'x.parquet');
  expect(table.columns).toEqual(['x', 'n', 'id', 'b', 't', 'f']);
  const numbers = (name: string): number[] => {
    const column = table.column(name);
    return column.type === 'number' ? [...column.values] : [];
  };
  expect(numbers('x')).toEqual([1.5, NaN, -3]);
  expect(numbers('n')).toEqual([1, 2, NaN]);
  expect(numbers('b')).toEqual([1, 0, NaN]);
  expect(numbers('f')).toEqual([Math.fround(0.1), NaN, 2]);
  expect([0, 1, 2].map((row) => textAt(table.column('id'), row))).toEqual(['9007199254740993', '9007199254740992', '1']);
  expect([0, 1, 2].map((row) => textAt(table.column('t'), row))).toEqual(['a', null, 'é']);
  expect(table.place(2)).toBe('row 3');
});

test('some columns, dates, lists, and bytes in the middle of a buffer', async () => {
  const inside = new Uint8Array(SMALL.length + 9);
  inside.set(SMALL, 5);
  const some = await parseParquet(inside.subarray(5, 5 + SMALL.length), 'x', { columns: ['t', 'x'] });
  expect(some.columns).toEqual(['t', 'x']);
  expect(some.length).toBe(3);
  const dates = await parseParquet(new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'd', data: [new Date(0), null], type: 'TIMESTAMP' }, { name: 'j', data: [{ a: [1] }, null], type: 'JSON' }] })), 'x');
  expect(textAt(dates.column('d'), 0)).toBe('1970-01-01T00:00:00.000Z');
  expect(textAt(dates.column('j'), 0)).toBe('{"a":[1]}');
  expect(textAt(dates.column('j'), 1)).toBeNull();
});

test('no file, another column, another compression', async () => {
  await expectRejection(parseParquet(new Uint8Array(), 'x.parquet'), DataError, 'x.parquet: ');
  await expectRejection(parseParquet(new TextEncoder().encode('a,b\n1,2\n3,4\n5,6\n'), 'x.parquet'), DataError, 'x.parquet: ', 'not Parquet');
  await expectRejection(parseParquet(SMALL.subarray(0, -3), 'x.parquet'), DataError, 'x.parquet: ');
  await expectRejection(parseParquet(SMALL, 'x.parquet', { columns: ['z'] }), DataError, "no column 'z'", 'x, n, id');
  const gzip = parquetWriteBuffer({ columnData: [{ name: 'x', data: [1, 2], type: 'DOUBLE' }], codec: 'GZIP', compressors: { GZIP: (input) => input } });
  await expectRejection(parseParquet(new Uint8Array(gzip), 'x.parquet'), DataError, 'GZIP');
  expect((await parseParquet(new Uint8Array(gzip), 'x', { compressors: { GZIP: (input) => input } })).length).toBe(2);
});

test('identifiers, text of old writers, and bytes that are none', async () => {
  const raw = (bytes: Uint8Array): Uint8Array => new Uint8Array(parquetWriteBuffer({
    columnData: [{ name: 'u', data: ['6e1f0b5c-0000-4000-8000-00000000002a'], type: 'UUID' }, { name: 'raw', data: [bytes], type: 'BYTE_ARRAY' }],
  }));
  const table = await parseParquet(raw(new TextEncoder().encode('é')), 'x.parquet');
  expect(['u', 'raw'].map((name) => textAt(table.column(name), 0))).toEqual(['6e1f0b5c-0000-4000-8000-00000000002a', 'é']);
  await expectRejection(parseParquet(raw(Uint8Array.of(1, 255)), 'x.parquet'), DataError, 'x.parquet: row 1', "column 'raw'", 'got bytes');
});

test('a decoder of one\'s own, which gives too much or too little', async () => {
  const decode = (rows: number): ParquetDecoder => (_, columns, onChunk) => {
    for (const columnName of columns) onChunk({ columnName, columnData: new Float64Array(rows).fill(7), rowStart: 0 });
    return Promise.resolve();
  };
  expect((await parseParquet(SMALL, 'x', { columns: ['x'], decode: decode(3) })).column('x')).toEqual({ type: 'number', name: 'x', values: Float64Array.of(7, 7, 7) });
  await expectRejection(parseParquet(SMALL, 'x', { decode: decode(4) }), DataError, 'expected 3 values, got more');
  await expectRejection(parseParquet(SMALL, 'x', { decode: decode(2) }), DataError, 'expected 3 values, got 2');
});

test('truncated files are refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(SMALL.length - 1), async (end) => expectRejection(parseParquet(SMALL.slice(0, end), 'x'), DataError, 'x: ')),
  );
});
