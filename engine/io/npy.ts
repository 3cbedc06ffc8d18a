/** NumPy's `.npy` format, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Pure bytes: opening files is the caller's. */
import { DataError } from '../errors.ts';
import { contiguousStrides, sizeOf } from '../layout.ts';
import type { HostArray } from '../dtype.ts';
import { decodeElements, ELEMENTS } from './elements.ts';
import type { Complain, ElementName, StoredTensor } from './elements.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const TYPES: Readonly<Record<string, ElementName>> = {
  f2: 'float16', f4: 'float32', f8: 'float64', b1: 'bool',
  i1: 'int8', i2: 'int16', i4: 'int32', i8: 'int64', u1: 'uint8', u2: 'uint16', u4: 'uint32', u8: 'uint64',
};

interface Header {
  readonly type: ElementName;
  readonly little: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** The three entries of the Python dictionary, and nothing beside them. */
function parseHeader(text: string, complain: Complain): Header {
  let rest = text.trim();
  const entry = (key: string, value: RegExp): string => {
    const found = new RegExp(`(['"])${key}\\1\\s*:\\s*${value.source}\\s*(?:,|(?=\\}))`).exec(rest);
    if (!found) return complain(`the header has no valid entry '${key}': ${text.trim()}`);
    rest = rest.slice(0, found.index) + rest.slice(found.index + found[0].length);
    return found[2] ?? '';
  };
  const descr = entry('descr', /(\[.*\]|'[^']*'|"[^"]*")/);
  const fortran = entry('fortran_order', /(True|False)/) === 'True';
  const sizes = entry('shape', /\(([^()]*)\)/);
  if (!/^\{\s*\}$/.test(rest)) complain(`the header is no dictionary of 'descr', 'fortran_order' and 'shape': ${text.trim()}`);
  return { ...elementType(descr, complain), fortran, shape: parseShape(sizes, complain) };
}

function elementType(descr: string, complain: Complain): Pick<Header, 'type' | 'little'> {
  const [, order = '', code = ''] = /^['"]([<>|=]?)(.*)['"]$/.exec(descr) ?? [];
  const type = Object.hasOwn(TYPES, code) ? TYPES[code] : undefined;
  if (code.startsWith('O')) complain('an array of Python objects, which only Python can read; save numbers instead');
  if (!type || (ELEMENTS[type].bytes > 1 && order === '|')) return complain(`element type ${descr}; supported are ${Object.keys(TYPES).join(', ')}`);
  return { type, little: order !== '>' };
}

/** As Python writes a tuple: one element is followed by a comma. */
function parseShape(text: string, complain: Complain): number[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.at(-1) === '') items.pop();
  return items.map((item) => {
    if (!/^-?\d+L?$/.test(item)) complain(`the shape (${text}) holds no whole number at '${item}'`);
    const size = Number.parseInt(item, 10);
    if (size < 0) complain(`the shape (${text}) has a negative size`);
    return size;
  });
}

/** Column-major values in row-major order. */
function rowMajor(data: HostArray, shape: readonly number[]): HostArray {
  const out = data.slice();
  const strides = contiguousStrides([...shape].reverse()).reverse();
  const index = new Array<number>(shape.length).fill(0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from] ?? 0;
    for (let d = shape.length - 1; d >= 0; d--) {
      const next = (index[d] ?? 0) + 1;
      const wraps = next === shape[d];
      index[d] = wraps ? 0 : next;
      from += (wraps ? 1 - next : 1) * (strides[d] ?? 0);
      if (!wraps) break;
    }
  }
  return out;
}

export interface NpyHeader extends Header {
  /** Where the values begin, in bytes. */
  readonly start: number;
}

/** Bytes that hold the magic number, the version and the header's length; and of a header, at most: NumPy's own limit is 10,000 characters. */
export const LONGEST_NPY_HEADER: number = 12 + 2 ** 16;

/**
 * Reads what stands before the values.
 * @param bytes of the file, `LONGEST_NPY_HEADER` of them or all
 * @param file named in messages
 * @throws DataError for anything that does not begin as such a file
 */
export function readNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const complain = complainAbout(file);
  if (bytes.length < 10 || MAGIC.some((byte, i) => bytes[i] !== byte)) complain(bytes.length < 10 ? `truncated: ${bytes.length} bytes are no .npy file` : 'not a .npy file: its magic number is another');
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0) complain(`version ${major}.${minor} of the format; supported are 1.0, 2.0 and 3.0`);
  const text = major === 1 ? 10 : 12;
  if (bytes.length < text) complain('truncated in the header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = text + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start > bytes.length) complain(`truncated: the header ends at byte ${start} of ${bytes.length}`);
  return { ...parseHeader(new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(text, start)), complain), start };
}

/**
 * Reads one array, in C or Fortran order, of either byte order. float64 is rounded to float32, int8 to int64 become int32 and uint8 to uint64
 * uint32, in which each value must fit. NumPy: `numpy.load`.
 * @param file named in messages
 * @throws DataError for anything that is not exactly such a file
 */
export function readNpy(bytes: Uint8Array, file: string): StoredTensor {
  const complain = complainAbout(file);
  const { type, little, fortran, shape, start } = readNpyHeader(bytes, file);
  const expected = sizeOf(shape) * ELEMENTS[type].bytes;
  const found = bytes.length - start;
  if (!Number.isSafeInteger(expected)) complain(`the shape (${shape.join(', ')}) has more elements than can be counted`);
  if (found !== expected) complain(`${found < expected ? 'truncated' : 'trailing bytes'}: expected ${expected} bytes for the shape (${shape.join(', ')}) of ${type}, got ${found}`);
  const data = decodeElements(type, bytes.subarray(start), little, complain);
  return { shape, data: fortran ? rowMajor(data, shape) : data, dtype: ELEMENTS[type].dtype };
}

function complainAbout(file: string): Complain {
  return (what) => {
    throw new DataError(`${file}: ${what}`);
  };
}
