/** One array of a MAT-file: flags, sizes, name and values, each an element of its own. */
import type { ByteSource, MatComplain } from './mat-bytes.ts';

export type MatData = Float64Array | Float32Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

export interface MatArray {
  /** Two sizes at least. */
  readonly shape: readonly number[];
  /** Column-major, as MATLAB has it: the first index runs fastest. In the type of the array's class; logical values are bytes. */
  readonly data: MatData;
}

export interface MatHead {
  readonly name: string;
  readonly type: number;
  readonly complex: boolean;
  readonly shape: readonly number[];
}

interface Storage {
  readonly bytes: number;
  readonly get: (view: DataView, at: number, little: boolean) => number;
}

/** How numbers are written: the types of elements. Whole numbers in an array of doubles are often written as bytes. */
const STORAGE = new Map<number, Storage>([
  [1, { bytes: 1, get: (view, at) => view.getInt8(at) }],
  [2, { bytes: 1, get: (view, at) => view.getUint8(at) }],
  [3, { bytes: 2, get: (view, at, little) => view.getInt16(at, little) }],
  [4, { bytes: 2, get: (view, at, little) => view.getUint16(at, little) }],
  [5, { bytes: 4, get: (view, at, little) => view.getInt32(at, little) }],
  [6, { bytes: 4, get: (view, at, little) => view.getUint32(at, little) }],
  [7, { bytes: 4, get: (view, at, little) => view.getFloat32(at, little) }],
  [9, { bytes: 8, get: (view, at, little) => view.getFloat64(at, little) }],
]);
const INT8 = 1;
const INT32 = 5;
const UINT32 = 6;
const UINT8 = 2;

const CLASSES = new Map<number, new (length: number) => MatData>([
  [6, Float64Array], [7, Float32Array], [8, Int8Array], [9, Uint8Array], [10, Int16Array], [11, Uint16Array], [12, Int32Array], [13, Uint32Array],
]);
const OTHER_CLASSES = new Map([[1, 'a cell array'], [2, 'a structure'], [3, 'an object'], [4, 'text'], [5, 'a sparse matrix'], [14, 'an array of int64'], [15, 'an array of uint64']]);
const UINT8_CLASS = 9;
const COMPLEX = 0x800;
/** MATLAB's names have 63 characters, and its arrays hardly ever more than a few axes. */
const LONGEST_NAME = 1024;
const MOST_AXES = 64;

/** Takes elements off an array's bytes. */
export class ArrayReader {
  readonly #source: ByteSource;
  readonly #little: boolean;
  readonly #complain: MatComplain;
  #left: number;

  /** @param size bytes of the array, by its tag */
  constructor(source: ByteSource, size: number, little: boolean, complain: MatComplain) {
    this.#source = source;
    this.#left = size;
    this.#little = little;
    this.#complain = complain;
  }

  /** All but the values. Null for what has no sizes and name in the usual places, such as a function. */
  async head(): Promise<MatHead | null> {
    const flags = await this.#element('its flags', UINT32, 8);
    if (flags.length !== 8) this.#complain(`expected flags of 8 bytes, got ${flags.length}`);
    const word = viewOf(flags).getUint32(0, this.#little);
    const type = word & 0xff;
    if (!CLASSES.has(type) && !OTHER_CLASSES.has(type)) return null;
    const sizes = await this.#element('its sizes', INT32, 4 * MOST_AXES);
    if (sizes.length % 4 !== 0 || sizes.length < 8) this.#complain(`expected two sizes at least, of 4 bytes each, got ${sizes.length} bytes`);
    const view = viewOf(sizes);
    const shape = Array.from({ length: sizes.length / 4 }, (_, axis) => view.getInt32(4 * axis, this.#little));
    if (shape.some((size) => size < 0)) this.#complain(`expected sizes from 0, got [${shape.join(', ')}]`);
    const name = await this.#element('its name', INT8, LONGEST_NAME);
    return { name: new TextDecoder('latin1').decode(name), type, complex: (word & COMPLEX) !== 0, shape };
  }

  async values({ type, complex, shape }: MatHead): Promise<MatArray> {
    const Data = CLASSES.get(type);
    if (!Data) return this.#complain(`expected numbers, got ${OTHER_CLASSES.get(type) ?? `an array of class ${type}`}`);
    if (complex) this.#complain('expected real numbers, got complex ones');
    const count = shape.reduce((product, size) => product * size, 1);
    const tag = await this.#tag();
    const storage = STORAGE.get(tag.type);
    if (!storage) return this.#complain(`expected values of a type of numbers of at most 64 bits, got the type ${tag.type}`);
    if (tag.size !== count * storage.bytes) this.#complain(`expected ${count * storage.bytes} bytes of values for the shape [${shape.join(', ')}], got ${tag.size}`);
    const bytes = await this.#body(tag);
    if (this.#left > 0) this.#complain(`holds ${this.#left} bytes behind its values`);
    await this.#source.end();
    return { shape, data: tag.type === UINT8 && type === UINT8_CLASS ? bytes : this.#convert(new Data(count), bytes, storage) };
  }

  #convert(data: MatData, bytes: Uint8Array, storage: Storage): MatData {
    const view = viewOf(bytes);
    const narrow = data instanceof Float64Array || data instanceof Float32Array;
    for (let i = 0; i < data.length; i++) {
      const value = storage.get(view, i * storage.bytes, this.#little);
      data[i] = value;
      if (!narrow && data[i] !== value) this.#complain(`value ${i} is ${value}, which its class cannot hold`);
    }
    return data;
  }

  async #element(what: string, type: number, most: number): Promise<Uint8Array> {
    const tag = await this.#tag();
    if (tag.type !== type || tag.size > most) this.#complain(`expected ${what} in an element of type ${type} and at most ${most} bytes, got type ${tag.type} and ${tag.size} bytes`);
    return this.#body(tag);
  }

  /** Small elements have their size in the upper half of the first word, and their bytes in the second word. */
  async #tag(): Promise<{ readonly type: number; readonly size: number; readonly small: Uint8Array | null }> {
    const bytes = await this.#take(8);
    const view = viewOf(bytes);
    const [word, size] = [view.getUint32(0, this.#little), view.getUint32(4, this.#little)];
    const short = word >>> 16;
    if (short === 0) return { type: word, size, small: null };
    if (short > 4) this.#complain(`expected a small element of at most 4 bytes, got ${short}`);
    return { type: word & 0xffff, size: short, small: bytes.subarray(4, 4 + short) };
  }

  async #body({ size, small }: { readonly size: number; readonly small: Uint8Array | null }): Promise<Uint8Array> {
    if (small) return small;
    const bytes = await this.#take(size);
    // Elements begin at multiples of 8; nobody needs what fills up the last.
    await this.#take(Math.min((8 - (size % 8)) % 8, this.#left));
    return bytes;
  }

  async #take(length: number): Promise<Uint8Array> {
    if (length > this.#left) this.#complain(`truncated: expected ${length} bytes more, its tag leaves ${this.#left}`);
    this.#left -= length;
    return this.#source.take(length);
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
