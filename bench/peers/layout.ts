/** For engines that keep their arrays in another order of axes. */
import { sizeOf } from './work.ts';

export interface Laid {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** NumPy's `transpose`: axis i of the result is axis `order[i]` of the array. */
export function transposed({ shape, data }: Laid, order: readonly number[]): Laid {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const target = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 1);
  const out = new Float32Array(data.length);
  const index = target.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = data[from] ?? NaN;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      const step = steps[axis] ?? 0;
      from += step;
      index[axis] = (index[axis] ?? 0) + 1;
      if (index[axis] !== target[axis]) break;
      from -= step * (target[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return { shape: target, data: out };
}

/** The order that undoes another. */
export const inverse = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));
