/**
 * MATLAB's MAT-files, level 5 (versions 5 to 7): arrays of real numbers, compressed or not, of either byte order. By "MAT-File Format", The MathWorks,
 * https://www.mathworks.com/help/pdf_doc/matlab/matfile_format.pdf
 */
import { DataError } from '../../engine/errors.ts';
import { ArrayReader, type MatArray } from './mat-array.ts';
import { inflatedSource, plainSource, type ByteSource, type MatComplain } from './mat-bytes.ts';

export type { MatArray, MatData } from './mat-array.ts';

const HEADER = 128;
const MATRIX = 14;
const COMPRESSED = 15;
const VERSION = 0x0100;
const VERSION_HDF5 = 0x0200;

/**
 * Reads the arrays of the given names; whatever else the file holds is passed over. A compressed array is unpacked to the size that its own header
 * gives and no further.
 * @param bytes the whole file
 * @param file the name that errors mention
 * @throws {DataError} a file of another kind (version 7.3 is HDF5), a damaged one, or a name that is not there or is no array of real numbers of at
 * most 32 bits, or float64
 * @example const arrays = await readMat(bytes, 'train_32x32.mat', ['X', 'y']);
 */
export async function readMat<Name extends string>(bytes: Uint8Array, file: string, names: readonly Name[]): Promise<Record<Name, MatArray>> {
  const little = byteOrder(bytes, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, MatArray>();
  const passed: string[] = [];
  for (let at = HEADER; at < bytes.length && found.size < names.length;) {
    const start = at;
    const complain: MatComplain = (what) => {
      throw new DataError(`${file}: the element at byte ${start}: ${what}`);
    };
    if (at + 8 > bytes.length) complain(`truncated: expected a tag of 8 bytes, got ${bytes.length - at}`);
    const [type, size] = [view.getUint32(at, little), view.getUint32(at + 4, little)];
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (body.length < size) complain(`truncated: expected ${size} bytes, got ${body.length}`);
    // The format fills up what is not compressed to a multiple of 8.
    at += 8 + (type === COMPRESSED ? size : 8 * Math.ceil(size / 8));
    if (type !== MATRIX && type !== COMPRESSED) complain(`expected an array (type ${MATRIX}) or a compressed one (${COMPRESSED}), got the type ${type}`);
    const source = type === COMPRESSED ? inflatedSource(body, complain) : plainSource(body, complain);
    try {
      const reader = new ArrayReader(source, type === COMPRESSED ? await matrixSize(source, little, complain) : size, little, complain);
      const head = await reader.head();
      if (!head) continue;
      if ((names as readonly string[]).includes(head.name)) found.set(head.name, await reader.values(head));
      else passed.push(head.name);
    } finally {
      await source.close();
    }
  }
  const arrays = names.map((name) => {
    const array = found.get(name);
    if (!array) throw new DataError(`${file}: expected an array named ${name}, got ${[...found.keys(), ...passed].join(', ') || 'none'}`);
    return [name, array] as const;
  });
  return Object.fromEntries(arrays) as Record<Name, MatArray>;
}

/** Whether numbers are little-endian. */
function byteOrder(bytes: Uint8Array, file: string): boolean {
  if (bytes.length < HEADER) throw new DataError(`${file}: truncated, or no MAT-file: expected a header of ${HEADER} bytes, got ${bytes.length}`);
  const mark = String.fromCharCode(bytes[126] ?? 0, bytes[127] ?? 0);
  if (mark !== 'IM' && mark !== 'MI') throw new DataError(`${file}: byte 126: expected the mark IM or MI of a MAT-file of level 5, got ${JSON.stringify(mark)}`);
  const little = mark === 'IM';
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint16(124, little);
  if (version === VERSION_HDF5) throw new DataError(`${file}: a MAT-file of version 7.3, which is HDF5 and not supported: save it with -v7`);
  if (version !== VERSION) throw new DataError(`${file}: byte 124: expected the version 0x0100, got 0x${version.toString(16).padStart(4, '0')}`);
  return little;
}

async function matrixSize(source: ByteSource, little: boolean, complain: MatComplain): Promise<number> {
  const tag = await source.take(8);
  const view = new DataView(tag.buffer, tag.byteOffset, tag.byteLength);
  const type = view.getUint32(0, little);
  if (type !== MATRIX) complain(`expected a compressed array (type ${MATRIX}), got the type ${type}`);
  return view.getUint32(4, little);
}
