/** Images packed as differences of neighbours modulo 256: of each pixel with the one to its left, in the first column with the one above. */
import { DataError } from '../../engine/index.ts';

/**
 * The pixels, `[planes, height, width]`.
 * @param bytes not compressed
 * @param file the name that errors mention
 * @throws {DataError} the bytes are not whole planes
 */
export function unpackDeltaImages(bytes: Uint8Array, height: number, width: number, file: string): Uint8Array {
  const plane = height * width;
  if (bytes.length === 0 || bytes.length % plane !== 0) throw new DataError(`${file}: expected planes of ${height} x ${width} bytes, got ${bytes.length} bytes`);
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    const before = at % plane === 0 ? 0 : at % width === 0 ? (out[at - width] ?? 0) : (out[at - 1] ?? 0);
    out[at] = before + (bytes[at] ?? 0);
  }
  return out;
}
