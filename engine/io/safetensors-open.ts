/** Single tensors out of a safetensors file that stays where it is: only what is asked for is read. */
import type { DType } from '../dtype.ts';
import type { Shape } from '../layout.ts';
import { ELEMENTS } from './elements.ts';
import type { StoredTensor } from './elements.ts';
import { complainOf, headerLength, LENGTH_BYTES, parseHeader, storedTensor } from './safetensors-header.ts';
import type { Entry } from './safetensors-header.ts';

/** Gives `length` bytes of a file from `offset` on, or fewer where the file ends: a file handle's, a Blob's, an HTTP range's. */
export type ReadBytes = (offset: number, length: number) => Uint8Array | Promise<Uint8Array>;

export interface OpenSafetensorsOptions {
  /** Bytes of the whole file, if known: then one that is too short or too long is refused at once. */
  readonly size?: number;
}

/** A file of which only the header was read. */
export interface OpenSafetensors {
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** What `read` will give. @throws CheckpointError when there is no tensor of that name */
  info(name: string): { readonly shape: Shape; readonly dtype: DType };
  /** Reads one tensor; the types are those of `readSafetensors`. @throws CheckpointError when it is not there, or cut off */
  read(name: string): Promise<StoredTensor>;
}

/**
 * Reads and checks the header, nothing else: a checkpoint of any size opens at once, and its tensors are read one by one.
 * @param file named in messages
 * @throws CheckpointError unless the header is that of such a file
 * @example const blob = await openAsBlob(path); // of node:fs, or a file that a page was given
 * const open = await openSafetensors(async (at, length) => new Uint8Array(await blob.slice(at, at + length).arrayBuffer()), path, { size: blob.size });
 * const { data, shape } = await open.read('conv1.weight');
 */
export async function openSafetensors(read: ReadBytes, file: string, { size }: OpenSafetensorsOptions = {}): Promise<OpenSafetensors> {
  const complain = complainOf(file);
  const bytes = async (offset: number, length: number): Promise<Uint8Array> => {
    const found = length === 0 ? new Uint8Array() : await read(offset, length);
    return found.length === length ? found : complain(`truncated, or not a safetensors file: expected ${length} bytes from byte ${offset}, got ${found.length}`);
  };
  const length = headerLength(await bytes(0, LENGTH_BYTES), complain);
  const start = LENGTH_BYTES + length;
  if (size !== undefined && start > size) complain(`truncated, or not a safetensors file: a header of ${length} bytes in a file of ${size}`);
  const { entries, metadata, end } = parseHeader(await bytes(LENGTH_BYTES, length), complain);
  if (size !== undefined && start + end !== size) complain(`${start + end > size ? 'truncated' : 'trailing bytes'}: the tensors cover ${end} of ${size - start} bytes`);
  const names = [...entries.keys()];
  const entryOf = (name: string): Entry => entries.get(name) ?? complain(`there is no tensor ${name}; there are: ${names.join(', ')}`);
  return {
    names,
    metadata,
    info: (name) => {
      const { shape, type } = entryOf(name);
      return { shape, dtype: ELEMENTS[type].dtype };
    },
    read: async (name) => {
      const entry = entryOf(name);
      return storedTensor(name, entry, await bytes(start + entry.from, entry.to - entry.from), complain);
    },
  };
}
