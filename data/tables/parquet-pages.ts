/** Whether the sizes that a Parquet file claims fit its bytes: hyparquet believes them, and a wrong one is gigabytes or a loop without end. */
import type { ColumnMetaData, DataReader, FileMetaData } from 'hyparquet';

/** Cells, past which a table is refused: run lengths let a few bytes claim any number of them. */
const LARGEST = 2 ** 28;
/** The most that deflate, the densest of the usual compressions, makes of one byte; and what is small in any case. */
const DENSEST = 1032;
const SMALL = 2 ** 16;

interface PageHeader {
  readonly uncompressed_page_size: number;
  readonly compressed_page_size: number;
  readonly data_page_header?: { readonly num_values: number } | undefined;
  readonly data_page_header_v2?: { readonly num_values: number } | undefined;
  readonly dictionary_page_header?: { readonly num_values: number } | undefined;
}

/**
 * Walks over the headers of all pages.
 * @param readHeader hyparquet's
 * @throws {Error} what does not fit
 */
export function checkPages(metadata: FileMetaData, buffer: ArrayBuffer, readHeader: (reader: DataReader) => PageHeader): void {
  let rows = 0;
  let cells = 0;
  for (const [at, group] of metadata.row_groups.entries()) {
    rows += Number(group.num_rows);
    for (const { meta_data: chunk, file_path: elsewhere } of group.columns) {
      const where = `row group ${at + 1}, column '${chunk?.path_in_schema.join('.') ?? '?'}'`;
      if (!chunk || elsewhere !== undefined) throw new Error(`${where}: expected a column in the file itself`);
      const values = Number(chunk.num_values);
      cells += values;
      if (chunk.path_in_schema.length === 1 && values !== Number(group.num_rows)) throw new Error(`${where}: expected ${group.num_rows} values, as the group has rows, got ${values}`);
      if (!(values >= 0 && cells <= LARGEST)) throw new Error(`${where}: expected at most ${LARGEST} values in all, got ${cells}`);
      checkChunk(chunk, buffer, readHeader, where);
    }
  }
  if (rows !== Number(metadata.num_rows)) throw new Error(`expected ${metadata.num_rows} rows, got groups of ${rows}`);
}

function checkChunk(chunk: ColumnMetaData, buffer: ArrayBuffer, readHeader: (reader: DataReader) => PageHeader, where: string): void {
  const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
  const size = Number(chunk.total_compressed_size);
  if (!(start >= 0 && size >= 0 && start + size <= buffer.byteLength)) throw new Error(`${where}: expected bytes of the file, got ${start} to ${start + size}`);
  const reader: DataReader = { view: new DataView(buffer, start, size), offset: 0 };
  let values = 0;
  while (reader.offset < size - 1) {
    const { compressed_page_size: packed, uncompressed_page_size: plain, dictionary_page_header: dictionary, ...header } = readHeader(reader);
    const count = (dictionary ?? header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0;
    if (!(packed >= 0 && packed <= size - reader.offset)) throw new Error(`${where}: expected a page of at most ${size - reader.offset} bytes, got ${packed}`);
    if (!(plain >= 0 && plain <= packed * DENSEST + SMALL)) throw new Error(`${where}: expected a page of ${packed} bytes, got one that claims to be ${plain} without its compression`);
    if (!(count >= 0 && count <= (dictionary ? plain : Number(chunk.num_values) - values))) throw new Error(`${where}: expected at most ${chunk.num_values} values, got ${values + count}`);
    if (!dictionary) values += count;
    reader.offset += packed;
  }
  if (values !== Number(chunk.num_values)) throw new Error(`${where}: expected ${chunk.num_values} values, got ${values}`);
}
