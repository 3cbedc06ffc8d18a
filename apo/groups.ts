/**
 * How the arena is cut for APO: groups of parameters that share a threshold, and blocks of at most 1,024 neighbours of one group, which are
 * the kernels' units of work.
 */
import type { Chunk, Segment } from '../engine/arena.ts';
import { ConfigError } from '../engine/errors.ts';
import type { ResolvedOptions } from './options.ts';

const BLOCK = 1024;
const EXEMPT = 0xffff_ffff;

/** A run of neighbouring parameters in the arena, of one tensor. */
export interface Piece {
  /** Index of the tensor in the arena. */
  readonly tensor: number;
  /** First element, and their number. */
  readonly offset: number;
  readonly length: number;
}

/** Parameters that share a threshold. */
export interface Group {
  /** The tensor's name; that of a part of a tensor is `name[i]`, that of all tensors together `model`. */
  readonly name: string;
  readonly pieces: readonly Piece[];
  readonly length: number;
  /** Trained by every task and claimed by none. */
  readonly exempt: boolean;
}

/** @throws ConfigError when a tensor cannot be split as asked */
export function groupsOf(segments: readonly Segment[], { granularity, split, oneElement }: Pick<ResolvedOptions, 'granularity' | 'split' | 'oneElement'>): readonly Group[] {
  const unknown = Object.keys(split).find((name) => !segments.some((segment) => segment.name === name));
  if (unknown !== undefined) throw new ConfigError(`APO option split: there is no parameter ${unknown}; there are: ${segments.map(({ name }) => name).join(', ')}`);
  const group = (name: string, pieces: readonly Piece[]): Group => {
    const length = pieces.reduce((total, piece) => total + piece.length, 0);
    return { name, pieces, length, exempt: oneElement === 'exempt' && length === 1 };
  };
  const pieces = segments.map((segment, tensor) => partsOf(segment, tensor, split[segment.name] ?? 1));
  if (granularity === 'model') return segments.length === 0 ? [] : [group('model', pieces.flat())];
  return pieces.flatMap((parts, t) => parts.map((part, i) => group((segments[t]?.name ?? '') + (parts.length > 1 ? `[${i}]` : ''), [part])));
}

function partsOf({ name, shape, offset, length }: Segment, tensor: number, parts: number): Piece[] {
  if (parts === 1) return [{ tensor, offset, length }];
  const size = length / parts;
  // The kernels go through the arena four elements at a time, and no two invocations may meet in one vec4.
  if ((shape[0] ?? 1) % parts !== 0 || size % 4 !== 0) throw new ConfigError(`APO option split: expected ${name} of shape [${shape.join(', ')}] to give ${parts} parts along its first axis, each of a multiple of 4 elements, got parts of ${size}`);
  return Array.from({ length: parts }, (_, i) => ({ tensor, offset: offset + i * size, length: size }));
}

export interface BlockTables {
  /** Four words a block: first element in its chunk, length, group, and how many of its elements a task may own. */
  readonly blocks: Uint32Array<ArrayBuffer>;
  /** Two words a group: first block, number of blocks. */
  readonly groups: Uint32Array<ArrayBuffer>;
  /** Tensor and group of each block. */
  readonly places: readonly { readonly tensor: number; readonly group: number }[];
  /** The blocks of each chunk, from `first` to `end`: what one dispatch goes through. */
  readonly runs: readonly { readonly chunk: Chunk; readonly first: number; readonly end: number }[];
}

/** @param chunks of the arena: each piece lies in one of them */
export function blockTables(groups: readonly Group[], chunks: readonly Chunk[], budget = 1): BlockTables {
  const blocks: number[] = [];
  const places: { tensor: number; group: number }[] = [];
  const counts = chunks.map(() => 0);
  const table = groups.flatMap(({ pieces, exempt }, group) => {
    const first = places.length;
    for (const { tensor, offset, length } of pieces) for (let at = 0; at < length; at += BLOCK) {
      const size = Math.min(BLOCK, length - at);
      const chunk = chunks.findLastIndex((candidate) => candidate.offset <= offset);
      counts[chunk] = (counts[chunk] ?? 0) + 1;
      blocks.push(offset + at - (chunks[chunk]?.offset ?? 0), size, group, exempt ? EXEMPT : quota(budget, size));
      places.push({ tensor, group });
    }
    return [first, places.length - first];
  });
  let end = 0;
  const runs = chunks.map((chunk, i) => ({ chunk, first: end, end: (end += counts[i] ?? 0) }));
  return { blocks: Uint32Array.from(blocks), groups: Uint32Array.from(table), places, runs };
}

/** A share of a block, rounded up, but not because of a rounding error. */
export function quota(budget: number, size: number): number {
  return Math.ceil(budget * size - 1e-9);
}
