/** Coefficients of tasks' changes, for the whole trunk or for each of its tensors, and how a loss depends on them. */
import { add, assign, mul, reshape, stack, sum } from '../../engine/index.ts';
import type { ParameterArena, Tensor } from '../../engine/index.ts';

/** A stretch of an arena. */
interface Piece {
  readonly offset: number;
  readonly length: number;
}

export type Granularity = 'task' | 'tensor';

/** All of the arena as one, or each tensor. */
export function piecesOf({ segments, capacity }: ParameterArena, granularity: Granularity): readonly Piece[] {
  return granularity === 'task' ? [{ offset: 0, length: capacity }] : segments;
}

const part = (vector: Tensor, { offset, length }: Piece): Tensor => vector.view({ shape: [length], strides: [1], offset: vector.offset + offset });

/** Puts `base + sum_k c[p, k] change_k` into the arena, on each piece p. @param coefficients `[pieces, changes]` */
export function merge(into: ParameterArena, base: Tensor, changes: readonly Tensor[], coefficients: Tensor, pieces: readonly Piece[]): void {
  for (const [p, piece] of pieces.entries()) {
    const added = changes.map((change, k) => mul(part(change, piece), coefficients.view({ shape: [1], strides: [1], offset: coefficients.offset + p * changes.length + k })));
    assign(part(into.values, piece), added.reduce((a, b) => add(a, b), part(base, piece)));
  }
}

/** The derivative of a loss by the coefficients, `[pieces, changes]`, from that by the merged parameters, which lies in the arena: products of it with the changes. */
export function slopes({ gradients }: ParameterArena, changes: readonly Tensor[], pieces: readonly Piece[]): Tensor {
  return reshape(stack(pieces.flatMap((piece) => changes.map((change) => sum(mul(part(gradients, piece), part(change, piece)))))), [pieces.length, changes.length]);
}
