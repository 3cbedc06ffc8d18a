/** Reproducible test values, exact in float32, so that device and reference start from the same numbers. */
import { seededValues } from 'lazygrad/testing';
import type { ValueKind } from 'lazygrad/testing';
import { uniforms } from '../../testing/values.ts';
import { build, count } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';

export { shuffledIndices, uniforms } from '../../testing/values.ts';
export type { ValueKind };

export function values(shape: readonly number[], kind: ValueKind, seed: number): NDArray {
  return { shape, data: Float64Array.from(seededValues(count(shape), kind, seed)) };
}

/** Positive values in [low, high). */
export function positive(shape: readonly number[], seed: number, low = 0.2, high = 4): NDArray {
  const next = uniforms(seed);
  return build(shape, () => Math.fround(low + (high - low) * next()));
}
