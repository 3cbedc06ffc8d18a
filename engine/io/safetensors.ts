/**
 * The safetensors format (Hugging Face): eight bytes little-endian with the length of a JSON header, the header, the data. Pure bytes:
 * opening files is the caller's.
 */
import { CheckpointError } from '../errors.ts';
import { sizeOf } from '../layout.ts';
import type { Shape } from '../layout.ts';

export interface StoredTensor {
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array | Uint32Array;
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

const TYPES = { F32: Float32Array, I32: Int32Array, U32: Uint32Array } as const;
type TypeName = keyof typeof TYPES;

function typeName(data: StoredTensor['data']): TypeName {
  return data instanceof Float32Array ? 'F32' : data instanceof Int32Array ? 'I32' : 'U32';
}

/** Tensors are written in the map's order, aligned to eight bytes. */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  let end = 0;
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  for (const [name, { shape, data }] of tensors) {
    if (sizeOf(shape) !== data.length) throw new CheckpointError(`tensor ${name}: shape [${shape.join(', ')}] and ${data.length} values`);
    header[name] = { dtype: typeName(data), shape, data_offsets: [end, (end += data.byteLength)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(text, 8);
  let at = start;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads F32, I32 and U32 tensors.
 * @param file named in messages
 * @throws CheckpointError for anything that is not exactly such a file; nothing is half-read
 */
export function readSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const fail = (what: string): never => {
    throw new CheckpointError(`${file}: ${what}`);
  };
  if (bytes.length < 8) fail(`not a safetensors file: ${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > bytes.length - 8) fail(`truncated, or not a safetensors file: a header of ${length} bytes in a file of ${bytes.length}`);
  const header = parseHeader(bytes.subarray(8, 8 + length)) ?? fail('the header is not a JSON object');
  const data = bytes.subarray(8 + length);
  const tensors = new Map<string, StoredTensor>();
  let covered = 0;
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  for (const [name, entry] of entries) {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    if (!isWholeNumbers(shape) || !isWholeNumbers(offsets) || offsets.length !== 2) throw new CheckpointError(`${file}: tensor ${name} has no valid shape and offsets`);
    const [from = 0, to = 0] = offsets;
    if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype)) throw new CheckpointError(`${file}: tensor ${name} has type ${String(dtype)}; supported are ${Object.keys(TYPES).join(', ')}`);
    if (to - from !== sizeOf(shape) * 4 || to > data.length) fail(`tensor ${name} of shape [${shape.join(', ')}] at bytes ${from} to ${to} of ${data.length}`);
    covered += to - from;
    // A copy, because the bytes may lie at any offset; not `slice`, which in Node's Buffer is a view.
    tensors.set(name, { shape, data: new TYPES[dtype as TypeName](new Uint8Array(data.subarray(from, to)).buffer) });
  }
  if (covered !== data.length) fail(`the tensors cover ${covered} of ${data.length} bytes`);
  return { tensors, metadata: (header.__metadata__ ?? {}) as Record<string, string> };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : null;
  } catch {
    return null;
  }
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}
