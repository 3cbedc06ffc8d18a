/** Batches of one task for one epoch, in an order that can be entered at any batch. */
import { ConfigError, ShapeError } from '../engine/errors.ts';
import { shuffled, streamKey } from './shuffle.ts';
import type { Split } from './task.ts';

export interface Batch {
  /** Row-major samples `[size, ...inputShape]`; bytes are scaled to [0, 1], whole numbers stay such. */
  readonly inputs: Float32Array | Int32Array;
  /** As in the split: `[size]` classes, or `[size, targetSize]` labels or numbers. */
  readonly targets: Int32Array | Float32Array;
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
  /** Targets per sample. Default 1. */
  readonly targetSize?: number;
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
 * @throws {ShapeError} the split does not hold `length` samples of `inputSize` values with `targetSize` targets each
 */
export function batches(split: Split, inputSize: number, options: BatchOptions): Generator<Batch, void, undefined> {
  const { batchSize, seed, epoch, pass = 0, stream = '', shuffle = true, dropLast = false, start = 0, targetSize = 1 } = options;
  requireInteger('epoch', epoch, 0);
  requireInteger('pass', pass, 0);
  requireInteger('start', start, 0);
  requireInteger('inputSize', inputSize, 1);
  requireInteger('targetSize', targetSize, 1);
  const steps = stepsPerEpoch(split.length, batchSize, dropLast);
  if (split.inputs.length !== split.length * inputSize || split.targets.length !== split.length * targetSize) {
    throw new ShapeError(
      `expected ${split.length} samples of ${inputSize} values with ${targetSize} target${targetSize === 1 ? '' : 's'} each, got ${split.inputs.length} values and ${split.targets.length} targets`,
    );
  }
  const key = streamKey(seed, 'batches', stream, epoch, ...(pass > 0 ? [pass] : []));
  const order = shuffle && start < steps ? shuffled(split.length, key) : null;
  return generate(split, { inputSize, targetSize, batchSize }, order, start, steps);
}

interface Sizes {
  readonly inputSize: number;
  readonly targetSize: number;
  readonly batchSize: number;
}

function* generate(split: Split, { inputSize, targetSize, batchSize }: Sizes, order: Uint32Array | null, start: number, steps: number): Generator<Batch, void, undefined> {
  for (let step = start; step < steps; step++) {
    const first = step * batchSize;
    const size = Math.min(batchSize, split.length - first);
    const inputs = split.inputs instanceof Int32Array ? new Int32Array(size * inputSize) : new Float32Array(size * inputSize);
    const targets = split.targets instanceof Int32Array ? new Int32Array(size * targetSize) : new Float32Array(size * targetSize);
    for (let i = 0; i < size; i++) {
      const sample = order ? (order[first + i] ?? 0) : first + i;
      copySample(split.inputs, sample * inputSize, inputs, i * inputSize, inputSize);
      targets.set(split.targets.subarray(sample * targetSize, (sample + 1) * targetSize), i * targetSize);
    }
    yield { inputs, targets, size };
  }
}

function copySample(from: Split['inputs'], source: number, to: Batch['inputs'], target: number, size: number): void {
  if (from instanceof Uint8Array) for (let i = 0; i < size; i++) to[target + i] = SCALED[from[source + i] ?? 0] ?? 0;
  else to.set(from.subarray(source, source + size), target);
}

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw new ConfigError(`${name}: expected an integer of at least ${least}, got ${value}`);
}
