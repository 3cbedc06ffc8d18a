/** Operations on sequences as those on images of height 1. */
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

const raise = ({ shape, data }: NDArray): NDArray => ({ shape: [...shape.slice(0, -1), 1, ...shape.slice(-1)], data });
const lower = ({ shape, data }: NDArray): NDArray => ({ shape: [...shape.slice(0, -2), ...shape.slice(-1)], data });

/** The reference of an operation on `[n, c, l]`: its first `count` inputs, its result and their gradients lack the height. */
export function lowered(of: Reference, count: number): Reference {
  const raised = (inputs: readonly NDArray[]): NDArray[] => inputs.map((x, i) => i < count ? raise(x) : x);
  return {
    forward: (inputs) => lower(of.forward(raised(inputs))),
    gradients: (inputs, cotangent) => of.gradients(raised(inputs), raise(cotangent)).map((g, i) => i < count ? lower(g) : g),
  };
}
