/** Element types: how many bytes an element takes on the device, and what it is on the host. */
import { fromHalf, toHalf } from './float16.ts';

/**
 * `bool` is stored as 32 bits, 0 or 1, and reads back as a Uint32Array of these. `float16` is stored in 16 bits, reads back as a Float32Array of
 * the exact values, and needs an adapter with the feature `shader-f16`.
 */
export type DType = 'float32' | 'float16' | 'int32' | 'uint32' | 'bool';
export type HostArray = Float32Array | Int32Array | Uint32Array;

/** Bytes of one element on the device. */
export function bytesOf(dtype: DType): 2 | 4 {
  return dtype === 'float16' ? 2 : 4;
}

/** True for the types that have gradients. */
export function isFloating(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float16';
}

/** True for whole numbers of 32 bits, whose arithmetic wraps around. */
export function isInteger(dtype: DType): boolean {
  return dtype === 'int32' || dtype === 'uint32';
}

/** Host values of a type from an array of its own. */
export function hostArray(dtype: DType, length: number): HostArray {
  return dtype === 'int32' ? new Int32Array(length) : isFloating(dtype) ? new Float32Array(length) : new Uint32Array(length);
}

/** The type that host values have unless another is asked for. */
export function dtypeOf(data: HostArray | readonly number[]): DType {
  return data instanceof Int32Array ? 'int32' : data instanceof Uint32Array ? 'uint32' : 'float32';
}

/** What a device stores for these values, filled up to whole words of 32 bits. */
export function encode(dtype: DType, data: HostArray | readonly number[]): ArrayBufferView<ArrayBuffer> {
  if (dtype === 'float16') {
    const halves = new Uint16Array(Math.ceil(data.length / 2) * 2);
    for (let i = 0; i < data.length; i++) halves[i] = toHalf(data[i] ?? 0);
    return halves;
  }
  const out = hostArray(dtype, data.length);
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) out[i] = data[i] === 0 ? 0 : 1;
  else out.set(data);
  return out as HostArray & ArrayBufferView<ArrayBuffer>;
}

/** The values of what a device stores. */
export function decode(dtype: DType, stored: ArrayBuffer): HostArray {
  if (dtype === 'float16') {
    const halves = new Uint16Array(stored);
    const out = new Float32Array(halves.length);
    for (let i = 0; i < out.length; i++) out[i] = fromHalf(halves[i] ?? 0);
    return out;
  }
  return dtype === 'float32' ? new Float32Array(stored) : dtype === 'int32' ? new Int32Array(stored) : new Uint32Array(stored);
}
