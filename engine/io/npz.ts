/** NumPy's `.npz` format: a zip archive of `.npy` files. Pure bytes: opening files is the caller's. */
import { DataError } from '../errors.ts';
import type { Complain, StoredTensor } from './elements.ts';
import { readNpy } from './npy.ts';
import { unzip } from './zip.ts';

export interface NpzOptions {
  /** Most bytes that all arrays together may unpack to; default 2 GiB. */
  readonly maxBytes?: number;
}

/**
 * Reads all arrays of an archive, stored or deflated, by name; the types are those of `readNpy`. NumPy: `numpy.load` of what `savez` wrote.
 * @param file named in messages
 * @throws DataError for a damaged archive, one that unpacks to more than `maxBytes`, and anything in it that is no array
 */
export async function readNpz(bytes: Uint8Array, file: string, { maxBytes = 2 ** 31 }: NpzOptions = {}): Promise<Map<string, StoredTensor>> {
  const complain: Complain = (what) => {
    throw new DataError(`${file}: ${what}`);
  };
  const arrays = new Map<string, StoredTensor>();
  for (const [name, contents] of await unzip(bytes, maxBytes, complain)) {
    if (!name.endsWith('.npy')) complain(`holds ${name}, which is no .npy file`);
    arrays.set(name.slice(0, -4), readNpy(contents, `${file}: ${name}`));
  }
  return arrays;
}
