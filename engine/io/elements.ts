/** Element types of files, and what the engine makes of them. */
import { hostArray } from '../dtype.ts';
import type { DType, HostArray } from '../dtype.ts';
import { fromHalf } from '../float16.ts';
import type { Shape } from '../layout.ts';

/** Values as files hold them: `tensor(device, stored.data, stored.shape)`. */
export interface StoredTensor {
  readonly shape: Shape;
  readonly data: HostArray;
  /** Default: what the class of `data` says. `float16` are exact values in a Float32Array, `bool` zeros and ones in a Uint32Array. */
  readonly dtype?: DType;
}

/** Complains about a file; the caller's knows its name and the class of error. */
export type Complain = (what: string) => never;

export type ElementName = 'float16' | 'bfloat16' | 'float32' | 'float64' | 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64' | 'bool';

export interface ElementType {
  readonly bytes: 1 | 2 | 4 | 8;
  /** What it becomes. */
  readonly dtype: DType;
  readonly get: (view: DataView, at: number, little: boolean) => number;
  /** The array that holds it as it is. */
  readonly same?: Float32ArrayConstructor | Int32ArrayConstructor | Uint32ArrayConstructor;
}

const scratch = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function fromBrainFloat(bits: number): number {
  scratch.setUint16(0, bits);
  return scratch.getFloat32(0);
}

/** float64 is rounded; whole numbers of 64 bits must fit into 32. */
export const ELEMENTS: Readonly<Record<ElementName, ElementType>> = {
  float16: { bytes: 2, dtype: 'float16', get: (view, at, little) => fromHalf(view.getUint16(at, little)) },
  bfloat16: { bytes: 2, dtype: 'float32', get: (view, at, little) => fromBrainFloat(view.getUint16(at, little)) },
  float32: { bytes: 4, dtype: 'float32', get: (view, at, little) => view.getFloat32(at, little), same: Float32Array },
  float64: { bytes: 8, dtype: 'float32', get: (view, at, little) => view.getFloat64(at, little) },
  int8: { bytes: 1, dtype: 'int32', get: (view, at) => view.getInt8(at) },
  int16: { bytes: 2, dtype: 'int32', get: (view, at, little) => view.getInt16(at, little) },
  int32: { bytes: 4, dtype: 'int32', get: (view, at, little) => view.getInt32(at, little), same: Int32Array },
  int64: { bytes: 8, dtype: 'int32', get: (view, at, little) => Number(view.getBigInt64(at, little)) },
  uint8: { bytes: 1, dtype: 'uint32', get: (view, at) => view.getUint8(at) },
  uint16: { bytes: 2, dtype: 'uint32', get: (view, at, little) => view.getUint16(at, little) },
  uint32: { bytes: 4, dtype: 'uint32', get: (view, at, little) => view.getUint32(at, little), same: Uint32Array },
  uint64: { bytes: 8, dtype: 'uint32', get: (view, at, little) => Number(view.getBigUint64(at, little)) },
  bool: { bytes: 1, dtype: 'bool', get: (view, at) => view.getUint8(at) },
};

/** The values in `bytes`, which are whole elements at any alignment. Always a copy. */
export function decodeElements(name: ElementName, bytes: Uint8Array, little: boolean, complain: Complain): HostArray {
  const type = ELEMENTS[name];
  // Not `slice`, which in Node's Buffer is a view.
  if (type.same && little) return new type.same(new Uint8Array(bytes).buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = hostArray(type.dtype, bytes.byteLength / type.bytes);
  const floats = out instanceof Float32Array;
  for (let i = 0; i < out.length; i++) {
    const value = type.get(view, i * type.bytes, little);
    out[i] = value;
    if (floats) continue;
    if (out[i] !== value) complain(`element ${i} is ${value}, which does not fit into ${type.dtype}`);
    if (name === 'bool' && value > 1) complain(`element ${i} is the byte ${value}, which is no truth value`);
  }
  return out;
}
