/** Float32 arrays as fast-check draws them, number by number, so that a failure shrinks to the numbers that matter. */
import fc from 'fast-check';
import { evenlySpaced, FINITE_KINDS, LIMITS, SPECIAL } from './values.ts';
import type { ValueKind } from './values.ts';
import { shapes } from './shapes.ts';

/** Values of a tensor on the host: `tensor(device, data, shape)` puts them on a device. */
export interface HostTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

/** A magnitude in [low, high] with either sign. */
function between(low: number, high: number): fc.Arbitrary<number> {
  return fc.tuple(fc.float({ min: Math.fround(low), max: Math.fround(high), noNaN: true }), fc.constantFrom(1, -1)).map(([size, sign]) => size * sign);
}

const ELEMENTS: Readonly<Record<Exclude<ValueKind, 'spread'>, fc.Arbitrary<number>>> = {
  normal: between(0, 4),
  ties: fc.integer({ min: -2, max: 2 }),
  zeros: fc.constantFrom(0, -0),
  huge: between(1e8, 1e16),
  tiny: between(1e-16, 1e-8),
  dyadic: fc.integer({ min: -64, max: 64 }).map((n) => n / 8),
  subnormal: between(LIMITS.subnormal, LIMITS.normal - LIMITS.subnormal),
  special: fc.constantFrom(...SPECIAL),
};

/** Arrays of a length, each of one of the kinds. Default: those without NaN, infinities and subnormal numbers. */
export function arrays(length: number, kinds: readonly ValueKind[] = FINITE_KINDS): fc.Arbitrary<Float32Array> {
  return fc.constantFrom(...kinds).chain((kind) => (kind === 'spread'
    ? fc.shuffledSubarray([...evenlySpaced(length)], { minLength: length, maxLength: length })
    : fc.array(ELEMENTS[kind], { minLength: length, maxLength: length })).map((values) => Float32Array.from(values)));
}

export interface HostTensorOptions {
  /** Numbers of dimensions; default 0 to 3. */
  readonly ranks?: { readonly min: number; readonly max: number };
  /** Largest size of a dimension; default 5. */
  readonly most?: number;
  /** As for `arrays`. */
  readonly kinds?: readonly ValueKind[];
}

/** Tensors of any shape, with values of one of the kinds. */
export function hostTensors({ ranks = { min: 0, max: 3 }, most = 5, kinds = FINITE_KINDS }: HostTensorOptions = {}): fc.Arbitrary<HostTensor> {
  return shapes(ranks, most).chain((shape) => arrays(shape.reduce((a, b) => a * b, 1), kinds).map((data) => ({ shape, data })));
}
