/** Element by element with NumPy's broadcasting, and the sum that undoes it. */
import { build, filled, map, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, d) => {
    const p = a[d - rank + a.length] ?? 1;
    const q = b[d - rank + b.length] ?? 1;
    return p === 1 ? q : p;
  });
}

/** Sums an array over the places that broadcasting from `shape` had repeated. */
export function sumToShape(x: NDArray, shape: readonly number[]): NDArray {
  const out = filled(shape, 0);
  build(x.shape, (index, at) => {
    out.data[position(shape, index)]! += x.data[at]!;
    return 0;
  });
  return out;
}

/** A function of two numbers and its partial derivatives. */
export function binaryReference(f: (p: number, q: number) => number, byP: (p: number, q: number) => number, byQ: (p: number, q: number) => number): Reference {
  const over = (a: NDArray, b: NDArray, g: (p: number, q: number, at: number) => number): NDArray =>
    build(broadcastShape(a.shape, b.shape), (index, at) => g(a.data[position(a.shape, index)]!, b.data[position(b.shape, index)]!, at));
  return {
    forward: ([a, b]) => over(a!, b!, f),
    gradients: ([a, b], cotangent) => [
      sumToShape(over(a!, b!, (p, q, at) => cotangent.data[at]! * byP(p, q)), a!.shape),
      sumToShape(over(a!, b!, (p, q, at) => cotangent.data[at]! * byQ(p, q)), b!.shape),
    ],
  };
}

/** A function of one number and its derivative. */
export function unaryReference(f: (x: number) => number, derivative: (x: number) => number): Reference {
  return {
    forward: ([x]) => map(x!, f),
    gradients: ([x], cotangent) => [map(x!, (value, at) => cotangent.data[at]! * derivative(value))],
  };
}

export const ADD: Reference = binaryReference((p, q) => p + q, () => 1, () => 1);
export const SUB: Reference = binaryReference((p, q) => p - q, () => 1, () => -1);
export const MUL: Reference = binaryReference((p, q) => p * q, (_, q) => q, (p) => p);
export const DIV: Reference = binaryReference((p, q) => p / q, (_, q) => 1 / q, (p, q) => -p / (q * q));
export const EXP: Reference = unaryReference(Math.exp, Math.exp);
export const LOG: Reference = unaryReference(Math.log, (x) => 1 / x);
export const RELU: Reference = unaryReference((x) => x > 0 ? x : 0, (x) => x > 0 ? 1 : 0);

export function affineReference(scale: number, shift: number): Reference {
  return unaryReference((x) => scale * x + shift, () => scale);
}
