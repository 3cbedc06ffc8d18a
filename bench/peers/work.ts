/** What every engine is given: the same shapes and the same initial values, row-major, in PyTorch's layouts. */

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** The three parts of a convolution are cases of their own; the others are training steps of a model. */
export const KINDS = ['matmul', 'conv2d', 'conv2d-input', 'conv2d-weight', 'multi-task-cnn', 'time-series-transformer', 'crnn', 'tinybert'] as const;
export type Kind = (typeof KINDS)[number];

export interface Work {
  readonly name: string;
  readonly kind: Kind;
  /**
   * `a`, `b` for a product; `x`, `weight`, `gradient` (of the result) for a convolution, padded by 1; for training `x`, `y` (int32 classes) and the
   * parameters.
   */
  readonly arrays: ReadonlyMap<string, Values>;
  /** Names of what is trained, in the order in which an engine hands them back. */
  readonly parameters: readonly string[];
  /** Of plain stochastic gradient descent. */
  readonly lr: number;
  /** Of attention; 1 elsewhere. */
  readonly heads: number;
  /** Encoder layers; 0 elsewhere. */
  readonly layers: number;
}

/** A case prepared by one engine. */
export interface Prepared {
  /** One run, handed to the device. */
  step(): void;
  /** Until the device has done all that it was handed. */
  finish(): Promise<void>;
  /**
   * What was computed: the result of a product or a convolution in its common layout (NCHW, `[out, in, kh, kw]`), or of training the loss of the last
   * step and behind it all parameters.
   */
  read(): Promise<Float32Array>;
}

export interface Engine {
  readonly version: string;
  /** What it computes on. */
  readonly adapter: string;
  prepare(work: Work): Promise<Prepared>;
}

/** The array of that name. @throws Error when the case has none */
export function arrayOf(work: Work, name: string): Values {
  const values = work.arrays.get(name);
  if (!values) throw new Error(`${work.name} has no array ${name}`);
  return values;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Loss and parameters one behind the other. */
export function joined(parts: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
