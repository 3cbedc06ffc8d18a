/** Tables from Apache Parquet. hyparquet reads it, loaded when a file is opened. https://parquet.apache.org/docs/file-format/ */
import type { Compressors } from 'hyparquet';
import { DataError } from '../../engine/errors.ts';
import { checkPages } from './parquet-pages.ts';
import { tableOf, type Table } from './table.ts';
import { ValueColumns } from './values.ts';

/** Values of a column, of rows that follow one another. */
export interface ParquetChunk {
  readonly columnName: string;
  readonly columnData: ArrayLike<unknown>;
  readonly rowStart: number;
}

/** Decodes the values of these columns of a whole file whose sizes are checked. */
export type ParquetDecoder = (file: ArrayBuffer, columns: readonly string[], onChunk: (chunk: ParquetChunk) => void) => Promise<void>;

export interface ParquetOptions {
  /** Only these columns. Default: all. */
  readonly columns?: readonly string[];
  /** How to decompress what is neither plain nor Snappy, by the format's name of it (`GZIP`): bytes and the length of the result to the result. */
  readonly compressors?: Compressors;
  /** What decodes the values. Default: hyparquet here and now, with `compressors`. In Node `loadTable` has another thread do it, within bounds. */
  readonly decode?: ParquetDecoder;
}

/**
 * Whole numbers up to 2^53 become numbers and a column with larger ones text, booleans 0 and 1, dates and times text in ISO 8601, lists and structures their JSON. Null is missing.
 * Bytes of which the file does not say what they are, as old writers left text, are text if they are UTF-8.
 *
 * Sizes that the file claims are checked before it is read. Values that were damaged behind right sizes may still keep hyparquet busy for ever, and nothing but
 * another thread can end that: in a browser, do not open files from strangers, or give a `decode` that a worker does.
 * @param file the name that errors mention
 * @throws {DataError} it is no Parquet file, is damaged, compressed in a way that nothing is given for, has bytes that are no text, or more than 2^28 cells
 */
export async function parseParquet(bytes: Uint8Array, file: string, { columns, compressors = {}, decode = inPlace(compressors) }: ParquetOptions = {}): Promise<Table> {
  const { parquetMetadata, parquetSchema } = await import('hyparquet');
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
    if (names.length === 0) throw new DataError(`${file}: expected columns, got none`);
    for (const [at, { columns: chunks }] of metadata.row_groups.entries()) {
      const held = new Set(chunks.map(({ meta_data }) => meta_data?.path_in_schema[0]));
      if (held.size !== names.length || !names.every((name) => held.has(name))) throw new DataError(`${file}: row group ${at + 1}: expected the columns ${names.join(', ')}, got ${[...held].join(', ')}`);
    }
    length = Number(metadata.num_rows);
    checkPages(metadata, buffer, parquetHeader);
    const wanted = [...(columns ?? names)];
    for (const name of wanted) rows.set(name, 0);
    for (const name of wanted) values.add(0, name, null);
    await decode(buffer, wanted, ({ columnName, columnData, rowStart }) => {
      if (rowStart + columnData.length > length) throw new Error(`column '${columnName}': expected ${length} values, got more`);
      for (let i = 0; i < columnData.length; i++) values.add(rowStart + i, columnName, textIn(columnData[i]));
      rows.set(columnName, (rows.get(columnName) ?? 0) + columnData.length);
    });
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${file}: not Parquet that can be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  for (const [name, got] of rows) if (got !== length) throw new DataError(`${file}: column '${name}': expected ${length} values, got ${got}`);
  return tableOf(file, values.columns(length, place), place);
}

function inPlace(compressors: Compressors): ParquetDecoder {
  return async (buffer, columns, onChunk) => {
    const { parquetRead } = await import('hyparquet');
    await parquetRead({ file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) }, columns: [...columns], compressors, geoparquet: false, utf8: false, onChunk });
  };
}

function textIn(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(value);
  } catch {
    return value;
  }
}
