/** A tensor seen along one axis: [outer, count, inner]. */
import { normalizeAxis, sizeOf } from '../layout.ts';
import type { Tensor } from '../tensor.ts';

export interface Lanes {
  readonly axis: number;
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/** @throws ShapeError when the axis is out of range */
export function lanes(operation: string, x: Tensor, axis: number): Lanes {
  const at = normalizeAxis(operation, axis, x.rank);
  return { axis: at, outer: sizeOf(x.shape.slice(0, at)), count: x.shape[at] ?? 1, inner: sizeOf(x.shape.slice(at + 1)) };
}
