/** Largest and smallest values over axes, and their places. */
import { build, filled, map, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

type Better = (a: number, b: number) => boolean;
export const LARGER: Better = (a, b) => a > b;
export const SMALLER: Better = (a, b) => a < b;

const keptShape = (shape: readonly number[], axes: readonly number[] | null): number[] => shape.map((size, d) => !axes || axes.includes(d) ? 1 : size);
const leftShape = (shape: readonly number[], axes: readonly number[] | null): number[] => shape.filter((_, d) => axes !== null && !axes.includes(d));

/** The value and the first place (in the order of `x`) of every group; a NaN is better than all. */
function winners(x: NDArray, axes: readonly number[] | null, better: Better): { value: NDArray; place: NDArray } {
  const shape = keptShape(x.shape, axes);
  const place = filled(shape, -1);
  build(x.shape, (index, at) => {
    const group = position(shape, index);
    const best = x.data[place.data[group]!];
    if (best === undefined || (!Number.isNaN(best) && (Number.isNaN(x.data[at]!) || better(x.data[at]!, best)))) place.data[group] = at;
    return 0;
  });
  return { value: map(place, (at) => x.data[at]!), place };
}

/** The gradient is shared evenly among ties. */
export function extremeReference(axes: readonly number[] | null, keepDims: boolean, better: Better): Reference {
  return {
    forward([x]) {
      const { value } = winners(x!, axes, better);
      return keepDims ? value : { shape: leftShape(x!.shape, axes), data: value.data };
    },
    gradients([x], cotangent) {
      const { value } = winners(x!, axes, better);
      const equal = filled(value.shape, 0);
      build(x!.shape, (index, at) => (equal.data[position(value.shape, index)]! += x!.data[at] === value.data[position(value.shape, index)] ? 1 : 0));
      return [build(x!.shape, (index, at) => {
        const group = position(value.shape, index);
        return x!.data[at] === value.data[group] ? cotangent.data[group]! / equal.data[group]! : 0;
      })];
    },
  };
}

/** Places along one axis, or over everything in row-major order. */
export function argReference(x: NDArray, axis: number | null, better: Better): NDArray {
  const { place } = winners(x, axis === null ? null : [axis], better);
  if (axis === null) return { shape: [], data: place.data };
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return { shape: leftShape(x.shape, [axis]), data: place.data.map((at) => Math.floor(at / inner) % x.shape[axis]!) };
}
