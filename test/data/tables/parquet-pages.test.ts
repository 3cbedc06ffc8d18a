/** What a Parquet file claims of its sizes, one claim at a time made wrong. */
import { parquetMetadata, type DataReader, type FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { checkPages } from '../../../data/tables/parquet-pages.ts';

const FILE = parquetWriteBuffer({ columnData: [{ name: 'x', data: [1, 2, 3, 4], type: 'DOUBLE' }, { name: 't', data: ['a', 'b', 'a', 'b'], type: 'STRING' }], rowGroupSize: 2, codec: 'UNCOMPRESSED' });
type Header = ReturnType<typeof parquetHeader>;
type Chunk = NonNullable<FileMetaData['row_groups'][number]['columns'][number]['meta_data']>;

const metadata = (): FileMetaData => parquetMetadata(FILE, { geoparquet: false });
const withChunk = (change: Partial<Chunk>): FileMetaData => {
  const all = metadata();
  Object.assign(all.row_groups[1]!.columns[0]!.meta_data!, change);
  return all;
};
/** The headers, the first of them changed. */
const withHeader = (change: (header: Header) => object) => {
  let first = true;
  return (reader: DataReader): Header => {
    const header = parquetHeader(reader);
    const changed = first ? { ...header, ...change(header) } : header;
    first = false;
    return changed;
  };
};

test('a whole file is as it says', () => {
  expect(() => checkPages(metadata(), FILE, parquetHeader)).not.toThrow();
});

test.each<[string, FileMetaData, string]>([
  ['rows that the groups do not have', { ...metadata(), num_rows: 5n }, 'expected 5 rows, got groups of 4'],
  ['a column in another file', { ...metadata(), row_groups: metadata().row_groups.map((group) => ({ ...group, columns: group.columns.map((column) => ({ ...column, file_path: 'y' })) })) }, "row group 1, column 'x': expected a column in the file itself"],
  ['values that the group has no rows for', withChunk({ num_values: 3n }), "row group 2, column 'x': expected 2 values, as the group has rows, got 3"],
  ['values past what a table may have', withChunk({ num_values: 2n ** 40n, path_in_schema: ['x', 'list'] }), 'expected at most 268435456 values in all'],
  ['fewer values than none', withChunk({ num_values: -1n, path_in_schema: ['x', 'list'] }), 'expected at most'],
  ['bytes behind the end', withChunk({ total_compressed_size: 10_000n }), 'expected bytes of the file, got'],
  ['bytes before the beginning', withChunk({ data_page_offset: -5n }), 'expected bytes of the file, got -5'],
])('refuses %s', (_, claims, message) => expect(() => checkPages(claims, FILE, parquetHeader)).toThrow(message));

test.each<[string, (header: Header) => object, string]>([
  ['a page past the end of its column', () => ({ compressed_page_size: 1 << 20 }), 'expected a page of at most'],
  ['a page of less than nothing', () => ({ compressed_page_size: -1 }), 'expected a page of at most'],
  ['a page that no compression could make so small', () => ({ uncompressed_page_size: 2 ** 30 }), 'claims to be 1073741824 without its compression'],
  ['more values than the column has', () => ({ data_page_header: { num_values: 3 }, data_page_header_v2: undefined, dictionary_page_header: undefined }), "row group 1, column 'x': expected at most 2 values, got 3"],
  ['fewer values than the column has', () => ({ data_page_header: { num_values: 1 }, data_page_header_v2: undefined, dictionary_page_header: undefined }), 'expected 2 values, got 1'],
  ['a dictionary of more entries than bytes', ({ uncompressed_page_size: bytes }) => ({ data_page_header: undefined, data_page_header_v2: undefined, dictionary_page_header: { num_values: bytes + 1 } }), 'expected at most'],
])('refuses %s', (_, change, message) => expect(() => checkPages(metadata(), FILE, withHeader(change))).toThrow(message));
