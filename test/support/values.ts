/** Reproducible test values, exact in float32, so that device and reference start from the same numbers. */
import { build } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';

/**
 * `spread`: between -2 and 2, evenly spaced, so distinct and away from 0: for differences; `normal`: bell-shaped; `ties`: whole numbers from
 * -2 to 2; `huge` and `tiny`: magnitudes from 1e8 to 1e16 and their inverses, so that products of two stay normal numbers.
 */
export type ValueKind = 'spread' | 'normal' | 'ties' | 'zeros' | 'huge' | 'tiny';
export const VALUE_KINDS: readonly ValueKind[] = ['spread', 'normal', 'ties', 'zeros', 'huge', 'tiny'];

/** Uniform numbers in [0, 1): mulberry32 (T. Ettinger). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function shuffledIndices(length: number, next: () => number): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

export function values(shape: readonly number[], kind: ValueKind, seed: number): NDArray {
  const next = uniforms(seed);
  const total = shape.reduce((a, b) => a * b, 1);
  const order = kind === 'spread' ? shuffledIndices(total, next) : [];
  const sign = (): number => next() < 0.5 ? -1 : 1;
  const draw: Record<ValueKind, (at: number) => number> = {
    spread: (at) => (order[at]! + 0.5 - Math.ceil(total / 2)) * (4 / total),
    normal: () => (next() + next() + next() + next() - 2) * 1.7,
    ties: () => Math.floor(next() * 5) - 2,
    zeros: () => 0,
    huge: () => sign() * 10 ** (8 + 8 * next()),
    tiny: () => sign() * 10 ** (-8 - 8 * next()),
  };
  return build(shape, (_, at) => Math.fround(draw[kind](at)));
}

/** Positive values in [low, high). */
export function positive(shape: readonly number[], seed: number, low = 0.2, high = 4): NDArray {
  const next = uniforms(seed);
  return build(shape, () => Math.fround(low + (high - low) * next()));
}
