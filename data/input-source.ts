/** Inputs that are read when a batch needs them: what is larger than memory, or costs to make. */
import { hash32 } from './shuffle.ts';

/** Row-major samples in memory: bytes stand for value / 255, an Int32Array is of whole numbers that stay such: tokens. */
export type InputArray = Uint8Array | Float32Array | Int32Array;

export interface InputSource {
  /** What `read` fills. */
  readonly type: 'uint8' | 'float32' | 'int32';
  /** Values in all: samples times values per sample. */
  readonly length: number;
  /** Tells these samples from all others: it is part of what a run records of its splits. */
  readonly id: string;
  /**
   * Copies samples, row after row, into `into`, of as many values. May be asked again before it is done.
   * @throws DataError when a sample cannot be read
   */
  read(samples: Uint32Array, into: InputArray): Promise<void>;
}

export type Inputs = InputArray | InputSource;

export function isSource(inputs: Inputs): inputs is InputSource {
  return !ArrayBuffer.isView(inputs);
}

/** An array as `read` of this source fills it. */
export function arrayFor({ type }: InputSource, length: number): InputArray {
  const Values = { uint8: Uint8Array, float32: Float32Array, int32: Int32Array }[type];
  return new Values(length);
}

/** The samples at `indices` of a source; nothing is read yet. @param size values per sample */
export function selectSource(source: InputSource, indices: Uint32Array, size: number): InputSource {
  return {
    type: source.type,
    length: indices.length * size,
    id: `${source.id}[${hash32(indices)}]`,
    read: (samples, into) => source.read(samples.map((sample) => indices[sample] ?? 0), into),
  };
}
