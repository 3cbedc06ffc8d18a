/** Tables from Apache Parquet. hyparquet reads it, loaded when a file is opened. https://parquet.apache.org/docs/file-format/ */
import type { Compressors } from 'hyparquet';
import { DataError } from '../../engine/errors.ts';
import { checkPages } from './parquet-pages.ts';
import { tableOf, type Table } from './table.ts';
import { ValueColumns } from './values.ts';

export interface ParquetOptions {
  /** Only these columns. Default: all. */
  readonly columns?: readonly string[];
  /** How to decompress what is neither plain nor Snappy, by the format's name of it (`GZIP`): bytes and the length of the result to the result. */
  readonly compressors?: Compressors;
}

/**
 * Whole numbers up to 2^53 become numbers and a column with larger ones text, booleans 0 and 1, dates and times text in ISO 8601, lists and structures their JSON. Null is missing.
 *
 * Sizes that the file claims are checked before it is read. Values that were damaged behind right sizes may still keep hyparquet busy for long: do not open files from strangers.
 * @param file the name that errors mention
 * @throws {DataError} it is no Parquet file, is damaged, compressed in a way that nothing is given for, has columns of bytes or more than 2^28 cells
 */
export async function parseParquet(bytes: Uint8Array, file: string, { columns, compressors = {} }: ParquetOptions = {}): Promise<Table> {
  const { parquetMetadata, parquetRead, parquetSchema } = await import('hyparquet');
  const { parquetHeader } = await import('hyparquet/src/column.js');
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const place = (row: number): string => `row ${row + 1}`;
  const values = new ValueColumns(file);
  const rows = new Map<string, number>();
  let length: number;
  try {
    const metadata = parquetMetadata(buffer, { geoparquet: false });
    const names = parquetSchema(metadata).children.map(({ element }) => element.name);
    for (const name of columns ?? []) if (!names.includes(name)) throw new DataError(`${file}: there is no column '${name}': expected one of ${names.join(', ')}`);
    if (new Set(names).size < names.length) throw new DataError(`${file}: two columns have one name`);
    length = Number(metadata.num_rows);
    checkPages(metadata, buffer, parquetHeader);
    const wanted = [...(columns ?? names)];
    for (const name of wanted) rows.set(name, 0);
    for (const name of wanted) values.add(0, name, null);
    await parquetRead({
      file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
      metadata, columns: wanted, compressors, geoparquet: false,
      onChunk({ columnName, columnData, rowStart }) {
        for (let i = 0; i < columnData.length; i++) values.add(rowStart + i, columnName, columnData[i]);
        rows.set(columnName, (rows.get(columnName) ?? 0) + columnData.length);
      },
    });
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${file}: not Parquet that can be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  for (const [name, got] of rows) if (got !== length) throw new DataError(`${file}: column '${name}': expected ${length} values, got ${got}`);
  return tableOf(file, values.columns(length, place), place);
}
