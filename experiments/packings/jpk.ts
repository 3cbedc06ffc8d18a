/** Pictures with labels in one file: `JPK1`, their number (32 bits), for each its label (a byte) and its length (24 bits), then the pictures. Numbers are little-endian. */
import { DataError } from '../../engine/index.ts';

export interface PackedPicture {
  readonly label: number;
  /** A view into the file: a JPEG. */
  readonly bytes: Uint8Array;
}

const MAGIC = 'JPK1';
const HEADER = 8;
const ENTRY = 4;

/**
 * @param bytes not compressed
 * @param file the name that errors mention
 * @throws {DataError} another magic number, or more or fewer bytes than the table announces
 */
export function parseJpk(bytes: Uint8Array, file: string): PackedPicture[] {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, 4));
  if (magic !== MAGIC) throw new DataError(`${file}: byte 0: expected ${MAGIC}, got ${JSON.stringify(magic)}`);
  if (bytes.length < HEADER) throw new DataError(`${file}: truncated at byte ${bytes.length}: expected a header of ${HEADER} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(4, true);
  let at = HEADER + ENTRY * count;
  if (at > bytes.length) throw new DataError(`${file}: truncated at byte ${bytes.length}: expected a table of ${count} pictures`);
  const pictures = Array.from({ length: count }, (_, i) => {
    const entry = view.getUint32(HEADER + ENTRY * i, true);
    const start = at;
    at += entry >>> 8;
    return { label: entry & 0xff, bytes: bytes.subarray(start, at) };
  });
  if (at !== bytes.length) throw new DataError(`${file}: expected ${at} bytes by its table, got ${bytes.length}`);
  return pictures;
}
