/** Sequences of different lengths in one array. */
import { ShapeError } from '../engine/errors.ts';

/**
 * Joins sequences of `channels` values a step, each row-major, into `[sequences, steps, channels]`: the first `steps` of each, and NaN, which a
 * `timeSeriesTransformer` takes for padding, behind shorter ones.
 * @param steps default: those of the longest sequence
 * @throws ShapeError when a sequence is not made of whole steps
 */
export function padSequences(sequences: readonly Float32Array[], channels: number, steps: number = longest(sequences, channels)): Float32Array {
  const size = steps * channels;
  const out = new Float32Array(sequences.length * size).fill(NaN);
  for (const [i, sequence] of sequences.entries()) {
    if (sequence.length % channels !== 0) throw new ShapeError(`padSequences: sequence ${i} has ${sequence.length} values, which are not whole steps of ${channels}`);
    out.set(sequence.subarray(0, size), i * size);
  }
  return out;
}

function longest(sequences: readonly Float32Array[], channels: number): number {
  return sequences.reduce((most, { length }) => Math.max(most, Math.ceil(length / channels)), 0);
}
