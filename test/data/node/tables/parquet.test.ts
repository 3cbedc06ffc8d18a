/** Parquet's values decoded in another thread, which ends whatever the bytes are. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { boundedDecoder } from '../../../../data/node/tables/parquet.ts';
import { loadTable } from '../../../../data/node/tables/table.ts';
import { parseParquet } from '../../../../data/tables/parquet.ts';
import { textAt, type Table } from '../../../../data/tables/table.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { temporaryFolder } from '../temporary.ts';

const SMALL = new Uint8Array(parquetWriteBuffer({
  columnData: [
    { name: 'x', data: [1.5, null, -3], type: 'DOUBLE' },
    { name: 'n', data: [1n, 2n, null], type: 'INT64' },
    { name: 'b', data: [true, false, null], type: 'BOOLEAN' },
    { name: 't', data: ['a', null, 'é'], type: 'STRING' },
  ],
  rowGroupSize: 2,
}));
const rows = (table: Table): (string | null)[][] => Array.from({ length: table.length }, (_, row) => table.columns.map((name) => textAt(table.column(name), row)));
const ROWS = [['1.5', '1', '1', 'a'], [null, '2', '0', null], ['-3', null, null, 'é']];

test('the thread gives what is there, also compressed, and says what it cannot read', async () => {
  expect(rows(await parseParquet(SMALL, 'x', { decode: boundedDecoder() }))).toEqual(ROWS);
  const folder = await temporaryFolder();
  const path = join(folder, 'x.parquet');
  const column = { columnData: [{ name: 'x', data: [1, 2], type: 'DOUBLE' as const }] };
  await writeFile(path, new Uint8Array(parquetWriteBuffer({ ...column, codec: 'GZIP', compressors: { GZIP: (input) => gzipSync(input) } })));
  expect(rows(await loadTable(path))).toEqual([['1'], ['2']]);
  await writeFile(path, new Uint8Array(parquetWriteBuffer({ ...column, codec: 'ZSTD', compressors: { ZSTD: (input) => input } })));
  await expectRejection(loadTable(path), DataError, path, 'ZSTD');
});

test('bytes on which hyparquet would loop for ever, and values that take too much memory, are refused', async () => {
  // In the first page's definition levels.
  const endless = SMALL.with(15, 0x80);
  await expectRejection(parseParquet(endless, 'x', { decode: boundedDecoder({ milliseconds: 300 }) }), DataError, 'x: ', 'within 0.3 s');
  const large = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 't', data: new Array<string>(4_000_000).fill('same'), type: 'STRING' }], rowGroupSize: 4_000_000 }));
  expect(large.length).toBeLessThan(100_000);
  await expectRejection(parseParquet(large, 'x', { decode: boundedDecoder({ megabytes: 8 }) }), DataError, 'x: ', 'memory');
});

test('a file whose schema and row groups do not name the same columns is refused', async () => {
  // The number of the schema's children.
  await expectRejection(parseParquet(SMALL.with(257, 0), 'x', { decode: boundedDecoder() }), DataError, 'x: expected columns, got none');
});

test('a byte that is another gives a table of that shape or a DataError', async () => {
  const decode = boundedDecoder({ milliseconds: 300, megabytes: 64 });
  await fc.assert(
    fc.asyncProperty(fc.nat(SMALL.length - 1), fc.nat(255), async (at, value) => {
      try {
        const table = await parseParquet(SMALL.with(at, value), 'x', { decode });
        expect(rows(table).map(({ length }) => length)).toEqual(ROWS.map(() => table.columns.length));
        if (value === SMALL[at]) expect(rows(table)).toEqual(ROWS);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }),
    { numRuns: 40 },
  );
});
