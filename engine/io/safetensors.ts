/**
 * The safetensors format (Hugging Face): eight bytes little-endian with the length of a JSON header, the header, the data. Pure bytes:
 * opening files is the caller's.
 */
import { CheckpointError } from '../errors.ts';
import { dtypeOf, encode } from '../dtype.ts';
import type { DType } from '../dtype.ts';
import { sizeOf } from '../layout.ts';
import { ELEMENTS } from './elements.ts';
import type { StoredTensor } from './elements.ts';
import { complainOf, headerLength, LENGTH_BYTES, parseHeader, storedTensor } from './safetensors-header.ts';

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** How the engine's types are written. */
const NAMES: Readonly<Record<DType, string>> = { float32: 'F32', float16: 'F16', int32: 'I32', uint32: 'U32', bool: 'BOOL' };

function bytesOfTensor(name: string, { shape, data, dtype = dtypeOf(data) }: StoredTensor): Uint8Array {
  if (sizeOf(shape) !== data.length) throw new CheckpointError(`tensor ${name}: shape [${shape.join(', ')}] and ${data.length} values`);
  const held = dtypeOf(data);
  if (dtype !== held && !(dtype === 'float16' && held === 'float32') && !(dtype === 'bool' && held === 'uint32')) throw new CheckpointError(`tensor ${name}: values of ${held} given as ${dtype}`);
  if (dtype === 'float16') return new Uint8Array(encode(dtype, data).buffer, 0, 2 * data.length);
  if (dtype === 'bool') return Uint8Array.from(data, (value) => value === 0 ? 0 : 1);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Writes F32, F16 (rounded to the nearest, ties to even), I32, U32 and BOOL. Types of 32 bits come first, then F16, then BOOL, each in the map's
 * order, so that every tensor is aligned.
 * @throws CheckpointError when values do not fit their shape or type, and for the reserved name `__metadata__`
 */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  if (tensors.has('__metadata__')) throw new CheckpointError('a tensor cannot be called __metadata__');
  const width = ({ data, dtype = dtypeOf(data) }: StoredTensor): number => ELEMENTS[dtype].bytes;
  const parts = [...tensors].sort(([, a], [, b]) => width(b) - width(a)).map(([name, tensor]) => ({ name, tensor, bytes: bytesOfTensor(name, tensor) }));
  let end = 0;
  const entries = parts.map(({ name, tensor: { shape, data, dtype = dtypeOf(data) }, bytes }): [string, unknown] => [name, { dtype: NAMES[dtype], shape, data_offsets: [end, (end += bytes.length)] }]);
  // Not by assignment: a tensor may be called __proto__.
  const header = Object.fromEntries(Object.keys(metadata).length > 0 ? [['__metadata__', metadata], ...entries] : entries);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = LENGTH_BYTES + Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(start + end).fill(0x20, LENGTH_BYTES, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  file.set(text, LENGTH_BYTES);
  let at = start;
  for (const { bytes } of parts) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

/**
 * Reads all tensors of a file that is in memory. F32, F16, I32, U32 and BOOL stay what they are. F64 is rounded to float32, BF16 widened; I8, I16
 * and I64 become int32 and U8, U16 and U64 uint32, in which each value must fit.
 * @param file named in messages
 * @throws CheckpointError for anything that is not exactly such a file; nothing is half-read
 */
export function readSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const complain = complainOf(file);
  const start = LENGTH_BYTES + headerLength(bytes.subarray(0, LENGTH_BYTES), complain);
  if (start > bytes.length) complain(`truncated, or not a safetensors file: a header of ${start - LENGTH_BYTES} bytes in a file of ${bytes.length}`);
  const { entries, metadata, end } = parseHeader(bytes.subarray(LENGTH_BYTES, start), complain);
  const data = bytes.subarray(start);
  if (end !== data.length) complain(`${end > data.length ? 'truncated' : 'trailing bytes'}: the tensors cover ${end} of ${data.length} bytes`);
  return { tensors: new Map([...entries].map(([name, entry]) => [name, storedTensor(name, entry, data.subarray(entry.from, entry.to), complain)])), metadata };
}
