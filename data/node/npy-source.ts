/** NumPy's arrays as inputs, for those that do not fit into memory. */
import { open } from 'node:fs/promises';
import { DataError } from '../../engine/errors.ts';
import { LONGEST_NPY_HEADER, readNpyHeader } from '../../engine/io/npy.ts';
import { sizeOf } from '../../engine/layout.ts';
import type { InputSource } from '../input-source.ts';
import { fileSource } from './file-source.ts';

export interface NpyInputs {
  /** One sample for each index of the array's first axis. */
  readonly inputs: InputSource;
  /** Number of samples. */
  readonly length: number;
  /** Shape of one sample: the array's other axes. */
  readonly inputShape: readonly number[];
}

/**
 * An array in a `.npy` file as inputs that are read when a batch needs them.
 * @throws {DataError} it is no such file, is an array without axes, is not of uint8, float32 or int32, little-endian and in C order, or is longer or shorter than its shape says
 */
export async function npySource(path: string): Promise<NpyInputs> {
  const { bytes, size } = await beginning(path);
  const { type, little, fortran, shape: [length, ...inputShape], start } = readNpyHeader(bytes, path);
  if (type !== 'uint8' && type !== 'float32' && type !== 'int32') throw new DataError(`${path}: expected values of uint8, float32 or int32, got ${type}: convert them with numpy.astype`);
  if (fortran || !little) throw new DataError(`${path}: expected ${fortran ? 'C' : 'little-endian byte'} order, got ${fortran ? 'Fortran' : 'big-endian'}: save what numpy.ascontiguousarray${fortran ? '' : ' and astype'} makes of it`);
  if (length === undefined) throw new DataError(`${path}: expected an array of samples, got a single value`);
  const values = sizeOf(inputShape);
  const expected = length * values * (type === 'uint8' ? 1 : 4);
  if (values === 0 || size - start !== expected) throw new DataError(`${path}: expected ${expected} bytes for the shape (${[length, ...inputShape].join(', ')}) of ${type}, got ${size - start}`);
  return { inputs: await fileSource(path, { type, size: values, offset: start, samples: length }), length, inputShape };
}

async function beginning(path: string): Promise<{ readonly bytes: Uint8Array; readonly size: number }> {
  const handle = await open(path).catch((cause: unknown) => {
    throw new DataError(`${path}: cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  try {
    const { buffer, bytesRead } = await handle.read(new Uint8Array(LONGEST_NPY_HEADER), 0, LONGEST_NPY_HEADER, 0);
    return { bytes: buffer.subarray(0, bytesRead), size: (await handle.stat()).size };
  } finally {
    await handle.close();
  }
}
