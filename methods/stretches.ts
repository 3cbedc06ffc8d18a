/** Vectors over an arena, in stretches that one operation can take: element-wise work for a whole trunk, whatever the number of its tensors. */
import { reshape, zeros } from '../engine/index.ts';
import type { ParameterArena, Segment, Tensor } from '../engine/index.ts';

/** One tensor for each chunk of the arena. */
export type Stretches = readonly Tensor[];

/** A vector of the arena (its values, its gradients) cut into stretches: views of the same memory. */
export function stretchesOf({ chunks }: ParameterArena, vector: Tensor): Stretches {
  return chunks.map(({ offset, size }) => vector.view({ shape: [size], strides: [1], offset: vector.offset + offset }));
}

/** Zeros laid out as the arena is. */
export function zeroStretches({ device, chunks }: ParameterArena): Stretches {
  return chunks.map(({ size }) => zeros(device, [size]));
}

/** The part that belongs to one parameter, `[length]`: a view. */
export function partOf({ chunks }: ParameterArena, stretches: Stretches, { offset, length }: Segment): Tensor {
  const at = chunks.findLastIndex((chunk) => chunk.offset <= offset);
  const [chunk, stretch] = [chunks[at], stretches[at]];
  if (!chunk || !stretch) throw new RangeError(`internal: no stretch begins before element ${offset}`);
  return stretch.view({ shape: [length], strides: [1], offset: stretch.offset + offset - chunk.offset });
}

/** The same part in the shape of the parameter. */
export function shapedPart(arena: ParameterArena, stretches: Stretches, segment: Segment): Tensor {
  return reshape(partOf(arena, stretches, segment), segment.shape);
}
