/** Sums and means over axes. */
import { build, count, filled, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

/** `axes` are whole numbers from 0, or null for all. Multiplied by `scale(number of values in each sum)`. */
function reduceReference(axes: readonly number[] | null, keepDims: boolean, scale: (terms: number) => number): Reference {
  const kept = (shape: readonly number[]): number[] => shape.map((size, d) => !axes || axes.includes(d) ? 1 : size);
  const factor = (shape: readonly number[]): number => scale(count(shape) / count(kept(shape)));
  return {
    forward([x]) {
      const shape = kept(x!.shape);
      const out: NDArray = filled(shape, 0);
      build(x!.shape, (index, at) => (out.data[position(shape, index)]! += x!.data[at]!));
      for (let i = 0; i < out.data.length; i++) out.data[i]! *= factor(x!.shape);
      return keepDims ? out : { shape: x!.shape.filter((_, d) => axes && !axes.includes(d)), data: out.data };
    },
    gradients: ([x], cotangent) => [build(x!.shape, (index) => factor(x!.shape) * cotangent.data[position(kept(x!.shape), index)]!)],
  };
}

export function sumReference(axes: readonly number[] | null, keepDims: boolean): Reference {
  return reduceReference(axes, keepDims, () => 1);
}

export function meanReference(axes: readonly number[] | null, keepDims: boolean): Reference {
  return reduceReference(axes, keepDims, (terms) => 1 / terms);
}
