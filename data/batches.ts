/** Batches of one task for one epoch, in an order that can be entered at any batch. */
import { ConfigError, ShapeError } from '../engine/errors.ts';
import { shuffled, streamKey } from './shuffle.ts';
import type { Split } from './task.ts';

export interface Batch {
  /** Row-major samples `[size, ...inputShape]`; bytes are scaled to [0, 1]. */
  readonly inputs: Float32Array;
  /** Class index per sample, `[size]`. */
  readonly targets: Int32Array;
  readonly size: number;
}

export interface BatchOptions {
  /** Samples per batch, at least 1. */
  readonly batchSize: number;
  /** An integer in [0, 2^53). */
  readonly seed: number;
  /** Counted from 0; every epoch has an order of its own. */
  readonly epoch: number;
  /** Counted from 0: an epoch that goes through the samples again takes a new order for each pass. Default 0. */
  readonly pass?: number;
  /** Tells tasks apart that share a seed: the task's name. Default `''`. */
  readonly stream?: string;
  /** Default true; false keeps the split's order. */
  readonly shuffle?: boolean;
  /** Leave out a last batch that is not full. Default false. */
  readonly dropLast?: boolean;
  /** First batch to yield: skipping copies no samples. Default 0. */
  readonly start?: number;
}

/** Scaled bytes, rounded once: 255 gives exactly 1. */
const SCALED = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** How many batches one epoch of `length` samples has. */
export function stepsPerEpoch(length: number, batchSize: number, dropLast = false): number {
  requireInteger('batchSize', batchSize, 1);
  requireInteger('length', length, 0);
  return dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize);
}

/**
 * Yields the batches of one epoch from `start` on, each in buffers of its own.
 *
 * The order is a function of (seed, stream, epoch, pass) alone, so a run that resumes at batch k sees what it would have seen.
 * @param inputSize values per sample, the product of the task's `inputShape`
 * @throws {ConfigError} an option out of range, at the call and not at the first batch
 * @throws {ShapeError} the split does not hold `length` samples of `inputSize` values with a target each
 */
export function batches(split: Split, inputSize: number, options: BatchOptions): Generator<Batch, void, undefined> {
  const { batchSize, seed, epoch, pass = 0, stream = '', shuffle = true, dropLast = false, start = 0 } = options;
  requireInteger('epoch', epoch, 0);
  requireInteger('pass', pass, 0);
  requireInteger('start', start, 0);
  requireInteger('inputSize', inputSize, 1);
  const steps = stepsPerEpoch(split.length, batchSize, dropLast);
  if (split.inputs.length !== split.length * inputSize || split.targets.length !== split.length) {
    throw new ShapeError(
      `expected ${split.length} samples of ${inputSize} values with a target each, got ${split.inputs.length} values and ${split.targets.length} targets`,
    );
  }
  const key = streamKey(seed, 'batches', stream, epoch, ...(pass > 0 ? [pass] : []));
  const order = shuffle && start < steps ? shuffled(split.length, key) : null;
  return generate(split, inputSize, batchSize, order, start, steps);
}

function* generate(
  split: Split,
  inputSize: number,
  batchSize: number,
  order: Uint32Array | null,
  start: number,
  steps: number,
): Generator<Batch, void, undefined> {
  for (let step = start; step < steps; step++) {
    const first = step * batchSize;
    const size = Math.min(batchSize, split.length - first);
    const inputs = new Float32Array(size * inputSize);
    const targets = new Int32Array(size);
    for (let i = 0; i < size; i++) {
      const sample = order ? (order[first + i] ?? 0) : first + i;
      copySample(split.inputs, sample * inputSize, inputs, i * inputSize, inputSize);
      targets[i] = split.targets[sample] ?? 0;
    }
    yield { inputs, targets, size };
  }
}

function copySample(from: Uint8Array | Float32Array, source: number, to: Float32Array, target: number, size: number): void {
  if (from instanceof Float32Array) to.set(from.subarray(source, source + size), target);
  else for (let i = 0; i < size; i++) to[target + i] = SCALED[from[source + i] ?? 0] ?? 0;
}

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw new ConfigError(`${name}: expected an integer of at least ${least}, got ${value}`);
}
