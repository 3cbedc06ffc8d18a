/** What the update pass counts, as data: sensitive and protected parameters, and the change that each step predicts for its own loss. */
import { LimitError } from '../engine/errors.ts';
import type { Segment } from '../engine/arena.ts';
import type { BlockTables, Group } from './groups.ts';
import { layerOf } from './ownership.ts';

/** Counts summed over the steps. */
export interface Counts {
  /** Sum over the steps of |M|, the number of sensitive parameters. */
  readonly selected: number;
  /** Sum over the steps of |M_protected|, those of them that another task owned. */
  readonly protected: number;
  /** Sum over the steps of g · Δθ: the first-order change of the loss on the step's own batch. */
  readonly predicted: number;
  /** Sum over the steps of |Δθ|². */
  readonly squaredStep: number;
}

/** Of the parameters that share a threshold: a tensor, if nothing else was asked for. */
export interface GroupTally extends Counts {
  readonly name: string;
  readonly length: number;
  /** Trained by every task and claimed by none; not in the totals of `selected` and `protected`. */
  readonly exempt: boolean;
}

/** Of a layer's parameters that can be claimed. */
export interface LayerTally extends Pick<Counts, 'selected' | 'protected'> {
  /** What its tensors' names have before the last dot. */
  readonly name: string;
  readonly length: number;
}

export interface TaskTally extends Counts {
  readonly task: string;
  /** Steps that were taken; refused ones are not. */
  readonly steps: number;
  /** Parameters that can be claimed. */
  readonly length: number;
  readonly groups: readonly GroupTally[];
  /** In the order of their first tensors. */
  readonly layers: readonly LayerTally[];
}

/** Words for each block, and as many before the first. */
export const TALLY_WORDS = 4;

/** A block's counts are 32 bits and grow by up to 1,024 a step. */
const MOST_STEPS = Math.floor(2 ** 32 / 1024) - 1;

/** @param words `[1 + blocks, 4]` @param places tensor and group of each block */
export function readTally(task: string, words: Uint32Array, groups: readonly Group[], places: BlockTables['places'], segments: readonly Segment[]): TaskTally {
  const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
  const steps = words[0] ?? 0;
  if (steps > MOST_STEPS) throw new LimitError(`the tally of task ${task} counts at most ${MOST_STEPS} steps, there were ${steps}: call clearTally() at the end of every epoch`);
  const sums = groups.map(() => ({ selected: 0, protected: 0, predicted: 0, squaredStep: 0 }));
  places.forEach(({ group }, i) => {
    const at = (1 + i) * TALLY_WORDS;
    const sum = sums[group];
    if (!sum) return;
    sum.selected += words[at] ?? 0;
    sum.protected += words[at + 1] ?? 0;
    sum.predicted += floats[at + 2] ?? 0;
    sum.squaredStep += floats[at + 3] ?? 0;
  });
  const tallies = groups.map(({ name, length, exempt }, i) => ({ name, length, exempt, ...(sums[i] ?? { selected: 0, protected: 0, predicted: 0, squaredStep: 0 }) }));
  const add = (key: keyof Counts | 'length', of: readonly GroupTally[]): number => of.reduce((total, t) => total + t[key], 0);
  const claimable = tallies.filter(({ exempt }) => !exempt);
  return { task, steps, length: add('length', claimable), selected: add('selected', claimable), protected: add('protected', claimable), predicted: add('predicted', tallies), squaredStep: add('squaredStep', tallies), groups: tallies, layers: layersOf(words, groups, places, segments) };
}

function layersOf(words: Uint32Array, groups: readonly Group[], places: BlockTables['places'], segments: readonly Segment[]): LayerTally[] {
  const layer = (tensor: number): string => layerOf(segments[tensor]?.name ?? '');
  const claimable = (group: number): boolean => groups[group]?.exempt === false;
  const pieces = groups.filter(({ exempt }) => !exempt).flatMap((group) => group.pieces);
  return [...new Set(segments.map((_, tensor) => layer(tensor)))].map((name) => {
    const sum = (word: number): number => places.reduce((total, { tensor, group }, i) => total + (layer(tensor) === name && claimable(group) ? words[(1 + i) * TALLY_WORDS + word] ?? 0 : 0), 0);
    return { name, length: pieces.reduce((total, { tensor, length }) => total + (layer(tensor) === name ? length : 0), 0), selected: sum(0), protected: sum(1) };
  });
}
