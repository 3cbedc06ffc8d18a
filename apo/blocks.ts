/** How the arena is cut for APO's kernels: blocks of at most 1,024 elements of one tensor, and which blocks each tensor has. */
import type { Segment } from '../engine/arena.ts';

const BLOCK = 1024;

export interface BlockTables {
  /** Four words a block: first element, length, segment, 0. */
  readonly blocks: Uint32Array<ArrayBuffer>;
  /** Four words a segment: first block, number of blocks, length, 1 if exempt. */
  readonly segments: Uint32Array<ArrayBuffer>;
}

/** A tensor of one element has no deviation to be above of: it is exempt, trained by every task and claimed by none. */
export function isExempt(segment: Segment): boolean {
  return segment.length === 1;
}

export function blockTables(segments: readonly Segment[]): BlockTables {
  const blocks: number[] = [];
  const table = segments.flatMap((segment, index) => {
    const first = blocks.length / 4;
    for (let at = 0; at < segment.length; at += BLOCK) blocks.push(segment.offset + at, Math.min(BLOCK, segment.length - at), index, 0);
    return [first, blocks.length / 4 - first, segment.length, isExempt(segment) ? 1 : 0];
  });
  return { blocks: Uint32Array.from(blocks), segments: Uint32Array.from(table) };
}
