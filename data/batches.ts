/** Batches of one task for one epoch, in an order that can be entered at any batch. */
import { ConfigError, ShapeError } from '../engine/errors.ts';
import { ahead } from './ahead.ts';
import { arrayFor, isSource } from './input-source.ts';
import type { InputArray, InputSource } from './input-source.ts';
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
 * Yields the batches of one epoch from `start` on, each in buffers of its own. For inputs in memory; see {@link streamBatches}.
 *
 * The order is a function of (seed, stream, epoch, pass) alone, so a run that resumes at batch k sees what it would have seen.
 * @param inputSize values per sample, the product of the task's `inputShape`
 * @throws {ConfigError} an option out of range, at the call and not at the first batch, or inputs that have to be read
 * @throws {ShapeError} the split does not hold `length` samples of `inputSize` values with `targetSize` targets each
 */
export function batches(split: Split, inputSize: number, options: BatchOptions): Generator<Batch, void, undefined> {
  const { inputs } = split;
  if (isSource(inputs)) throw new ConfigError('batches: the inputs have to be read first: use streamBatches');
  return pieces(split, inputSize, options, (piece) => ({ ...targetsOf(split, piece), inputs: gather(inputs, piece) }));
}

/**
 * As {@link batches}, whatever the inputs are. Batches of an `InputSource` come as promises: reading begins when one is yielded.
 * @throws as `batches`
 */
export function pendingBatches(split: Split, inputSize: number, options: BatchOptions): Generator<Batch | Promise<Batch>, void, undefined> {
  const { inputs } = split;
  if (!isSource(inputs)) return batches(split, inputSize, options);
  return pieces(split, inputSize, options, async (piece) => ({ ...targetsOf(split, piece), inputs: await read(inputs, piece) }));
}

/** As {@link batches}, whatever the inputs are: the next batches are being read while one is used. @throws as `batches`, and what reading throws */
export function streamBatches(split: Split, inputSize: number, options: BatchOptions): AsyncGenerator<Batch, void, undefined> {
  return ahead(pendingBatches(split, inputSize, options));
}

/** Which samples make a batch. */
interface Piece {
  readonly samples: Uint32Array;
  readonly inputSize: number;
  readonly targetSize: number;
}

function pieces<T>(split: Split, inputSize: number, options: BatchOptions, make: (piece: Piece) => T): Generator<T, void, undefined> {
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
  const order = start >= steps ? new Uint32Array() : shuffle ? shuffled(split.length, key) : Uint32Array.from({ length: split.length }, (_, i) => i);
  return (function* () {
    for (let step = start; step < steps; step++) yield make({ samples: order.subarray(step * batchSize, (step + 1) * batchSize), inputSize, targetSize });
  })();
}

function targetsOf({ targets: all }: Split, { samples, targetSize }: Piece): Pick<Batch, 'targets' | 'size'> {
  const size = samples.length;
  const targets = all instanceof Int32Array ? new Int32Array(size * targetSize) : new Float32Array(size * targetSize);
  samples.forEach((sample, i) => {
    targets.set(all.subarray(sample * targetSize, (sample + 1) * targetSize), i * targetSize);
  });
  return { targets, size };
}

function gather(from: InputArray, { samples, inputSize }: Piece): Batch['inputs'] {
  const inputs = from instanceof Int32Array ? new Int32Array(samples.length * inputSize) : new Float32Array(samples.length * inputSize);
  samples.forEach((sample, i) => {
    const source = sample * inputSize;
    if (from instanceof Uint8Array) for (let k = 0, to = i * inputSize; k < inputSize; k++) inputs[to + k] = SCALED[from[source + k] ?? 0] ?? 0;
    else inputs.set(from.subarray(source, source + inputSize), i * inputSize);
  });
  return inputs;
}

async function read(source: InputSource, { samples, inputSize }: Piece): Promise<Batch['inputs']> {
  const values = arrayFor(source, samples.length * inputSize);
  await source.read(samples, values);
  return values instanceof Uint8Array ? Float32Array.from(values, (byte) => SCALED[byte] ?? 0) : values;
}

function requireInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw new ConfigError(`${name}: expected an integer of at least ${least}, got ${value}`);
}
