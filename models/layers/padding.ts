/** Sequences of different lengths in one tensor: which places are padding, as a bool tensor `[n, steps]` that is true there. */
import { arange, cast, clamp, div, eq, ge, logicalNot, reshape, sum, where } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';

/** By lengths, int32 `[n]`: what lies at or behind a sequence's length is padding. */
export function paddingByLength(lengths: Tensor, steps: number): Tensor {
  return ge(reshape(arange(lengths.device, 0, steps), [1, steps]), reshape(lengths, [lengths.size, 1]));
}

/** By values, float32 `[n, steps, features]`: a step of which every value is NaN is padding. */
export function paddingByNaN(x: Tensor): Tensor {
  return eq(sum(cast(eq(x, x), 'float32'), { axes: [2] }), 0);
}

/** By a token's number, int32 `[n, steps]`. */
export function paddingByToken(ids: Tensor, padding: number): Tensor {
  return eq(ids, padding);
}

/** `[n, steps, features]` with `value` in place of all padding, NaN or not. */
export function fillPadding(x: Tensor, padding: Tensor, value = 0): Tensor {
  return where(reshape(padding, [...padding.shape, 1]), value, x);
}

/** The mean over the steps that are not padding, `[n, steps, features]` to `[n, features]`; 0 where there are none. */
export function meanOverSteps(x: Tensor, padding: Tensor): Tensor {
  const count = sum(cast(logicalNot(padding), 'float32'), { axes: [1], keepDims: true }); // [n, 1]
  return div(sum(fillPadding(x, padding), { axes: [1] }), clamp(count, 1, Infinity));
}
