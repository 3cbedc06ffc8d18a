/** The header of a safetensors file: a JSON object of tensors by name, each with its type, shape and place in the data. Everything is checked. */
import { CheckpointError } from '../errors.ts';
import { sizeOf } from '../layout.ts';
import type { Shape } from '../layout.ts';
import { decodeElements, ELEMENTS } from './elements.ts';
import type { Complain, ElementName, StoredTensor } from './elements.ts';

/** The format's names of the types that can be read. */
export const TYPES: Readonly<Record<string, ElementName>> = {
  F16: 'float16', BF16: 'bfloat16', F32: 'float32', F64: 'float64', BOOL: 'bool',
  I8: 'int8', I16: 'int16', I32: 'int32', I64: 'int64', U8: 'uint8', U16: 'uint16', U32: 'uint32', U64: 'uint64',
};

/** Bytes of the header's length, before the header. */
export const LENGTH_BYTES = 8;
/** The reference implementation's limit. */
const LONGEST_HEADER = 100_000_000;

export interface Entry {
  readonly type: ElementName;
  readonly shape: Shape;
  /** In bytes, from the start of the data. */
  readonly from: number;
  readonly to: number;
}

export interface Header {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors, which follow each other without gaps, end. */
  readonly end: number;
}

export function complainOf(file: string): Complain {
  return (what) => {
    throw new CheckpointError(`${file}: ${what}`);
  };
}

/** The values of an entry out of its bytes. */
export function storedTensor(name: string, { type, shape }: Entry, bytes: Uint8Array, complain: Complain): StoredTensor {
  return { shape, data: decodeElements(type, bytes, true, (what) => complain(`tensor ${name}: ${what}`)), dtype: ELEMENTS[type].dtype };
}

/** The length of the header out of the file's first eight bytes. */
export function headerLength(first: Uint8Array, complain: Complain): number {
  if (first.length < LENGTH_BYTES) complain(`not a safetensors file: ${first.length} bytes`);
  const length = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true));
  if (length <= LONGEST_HEADER) return length;
  return complain(isPickle(first) ? 'a pickle of PyTorch, which can run any code when it is opened: convert it to safetensors where it comes from' : `not a safetensors file: a header of ${length} bytes, the limit is ${LONGEST_HEADER}`);
}

/** PyTorch's `.bin`, `.pt` and `.pth`: a zip archive, or, from before version 1.6, the pickle itself, which starts with its protocol's number. */
function isPickle([a = 0, b = 0, c, d]: Uint8Array): boolean {
  return (a === 0x50 && b === 0x4b && c === 3 && d === 4) || (a === 0x80 && b >= 2 && b <= 5);
}

/** @param bytes the header alone */
export function parseHeader(bytes: Uint8Array, complain: Complain): Header {
  const object = parseObject(bytes, complain);
  const entries = new Map(Object.entries(object).filter(([name]) => name !== '__metadata__').map(([name, entry]) => [name, checkEntry(name, entry, complain)]));
  return { entries, metadata: checkMetadata(object.__metadata__ ?? {}, complain), end: checkOrder(entries, complain) };
}

function parseObject(bytes: Uint8Array, complain: Complain): Record<string, unknown> {
  let text = '';
  let value: unknown = null;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    complain('the header is not a JSON object');
  }
  if (!text.startsWith('{') || typeof value !== 'object' || value === null) return complain('the header is not a JSON object');
  const twice = repeatedKey(text);
  return twice === null ? value as Record<string, unknown> : complain(`the header has ${twice} twice`);
}

/** A key that occurs twice in one object of valid JSON, as it is written there; JSON.parse keeps the last one silently. */
function repeatedKey(text: string): string | null {
  const objects: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}:]/g)) {
    if (token === '{') objects.push(new Set());
    else if (token === '}') objects.pop();
    else if (token === ':') {
      const key = String(JSON.parse(last));
      if (objects.at(-1)?.has(key)) return last;
      objects.at(-1)?.add(key);
    }
    last = token;
  }
  return null;
}

function checkEntry(name: string, value: unknown, complain: Complain): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  if (!isWholeNumbers(shape) || !isWholeNumbers(offsets) || offsets.length !== 2) return complain(`tensor ${name} has no valid shape and offsets`);
  const type = typeof dtype === 'string' && Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined;
  if (!type) return complain(`tensor ${name} has type ${String(dtype)}; supported are ${Object.keys(TYPES).join(', ')}`);
  const [from = 0, to = 0] = offsets;
  const bytes = sizeOf(shape) * ELEMENTS[type].bytes;
  if (!Number.isSafeInteger(bytes) || to - from !== bytes) complain(`tensor ${name} of type ${String(dtype)} and shape [${shape.join(', ')}] at bytes ${from} to ${to}, which are not ${bytes}`);
  return { type, shape, from, to };
}

/** The tensors cover the data without gaps or overlaps, in any order. Returns where they end. */
function checkOrder(entries: ReadonlyMap<string, Entry>, complain: Complain): number {
  let end = 0;
  for (const [name, { from, to }] of [...entries].sort(([, a], [, b]) => a.from - b.from || a.to - b.to)) {
    if (from !== end) complain(`tensor ${name} starts at byte ${from}, expected ${end}: tensors follow each other without gaps or overlaps`);
    end = to;
  }
  return end;
}

function checkMetadata(value: unknown, complain: Complain): Record<string, string> {
  const valid = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === 'string');
  return valid ? value as Record<string, string> : complain('the metadata is not an object of strings');
}

function isWholeNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}
