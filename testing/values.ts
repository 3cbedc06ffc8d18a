/** Reproducible float32 values of a kind, from a seed: for arrays that are too large to be drawn one number at a time. */

/** Kinds without infinities, NaN and subnormal numbers. */
export const FINITE_KINDS = ['spread', 'normal', 'ties', 'zeros', 'huge', 'tiny'] as const;
export const VALUE_KINDS = ['spread', 'normal', 'ties', 'zeros', 'huge', 'tiny', 'dyadic', 'subnormal', 'special'] as const;

/**
 * `spread`: between -2 and 2, evenly spaced, so distinct and away from 0: for differences; `normal`: bell-shaped; `ties`: whole numbers from
 * -2 to 2; `huge` and `tiny`: magnitudes from 1e8 to 1e16 and their inverses, so that products of two stay normal numbers; `dyadic`: eighths
 * from -8 to 8, whose sums and products float32 computes exactly; `subnormal`: below 2^-126, which devices may take for 0; `special`: NaN,
 * infinities, the ends of the range, zeros of both signs.
 */
export type ValueKind = (typeof VALUE_KINDS)[number];

/** The largest float32, and the smallest normal and subnormal ones. */
export const LIMITS: Readonly<Record<'largest' | 'normal' | 'subnormal', number>> = { largest: (2 - 2 ** -23) * 2 ** 127, normal: 2 ** -126, subnormal: 2 ** -149 };
export const SPECIAL: readonly number[] = [NaN, Infinity, -Infinity, LIMITS.largest, -LIMITS.largest, LIMITS.normal, -LIMITS.normal, LIMITS.subnormal, -LIMITS.subnormal, 0, -0, 1];

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

/** The numbers 0 to length - 1 in an order that depends on the uniform numbers alone. */
export function shuffledIndices(length: number, next: () => number): number[] {
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

/** The values of `spread`, from the lowest to the highest. */
export function evenlySpaced(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (i + 0.5 - Math.ceil(length / 2)) * (4 / length));
}

/** `length` values of one kind; the same for the same seed, a whole number. */
export function seededValues(length: number, kind: ValueKind, seed: number): Float32Array {
  const next = uniforms(seed);
  const spaced = kind === 'spread' ? evenlySpaced(length) : [];
  const order = kind === 'spread' ? shuffledIndices(length, next) : [];
  const sign = (): number => next() < 0.5 ? -1 : 1;
  const draw: Record<ValueKind, (at: number) => number> = {
    spread: (at) => spaced[order[at] ?? 0] ?? 0,
    normal: () => (next() + next() + next() + next() - 2) * 1.7,
    ties: () => Math.floor(next() * 5) - 2,
    zeros: () => 0,
    huge: () => sign() * 10 ** (8 + 8 * next()),
    tiny: () => sign() * 10 ** (-8 - 8 * next()),
    dyadic: () => (Math.floor(next() * 129) - 64) / 8,
    subnormal: () => sign() * Math.ceil(next() * (2 ** 23 - 1)) * LIMITS.subnormal,
    special: () => SPECIAL[Math.floor(next() * SPECIAL.length)] ?? 0,
  };
  return Float32Array.from({ length }, (_, at) => draw[kind](at));
}
