/** Values in order along an axis: of equal ones the lower place first, a NaN above all. */
import { build, filled, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

const above = (a: number, b: number): boolean => Number.isNaN(a) ? !Number.isNaN(b) : a > b;

/** Places of the first `keep` along the axis. */
export function placesInOrder(x: NDArray, axis: number, keep: number, descending: boolean): NDArray {
  const at = (index: readonly number[], i: number): number => x.data[position(x.shape, index.map((old, d) => d === axis ? i : old))]!;
  const lanes = new Map<string, number[]>();
  return build(x.shape.map((size, d) => d === axis ? keep : size), (index) => {
    const lane = index.filter((_, d) => d !== axis).join();
    let order = lanes.get(lane);
    if (!order) {
      const value = Array.from({ length: x.shape[axis]! }, (_, i) => at(index, i));
      order = value.map((_, i) => i).sort((p, q) => {
        const [a, b] = [value[p]!, value[q]!];
        if (!above(a, b) && !above(b, a)) return p - q;
        return above(a, b) === descending ? -1 : 1;
      });
      lanes.set(lane, order);
    }
    return order[index[axis]!]!;
  });
}

export function orderReference(axis: number, keep: number, descending: boolean): Reference {
  const source = (x: NDArray, index: readonly number[], place: number): number => position(x.shape, index.map((old, d) => d === axis ? place : old));
  return {
    forward([x]) {
      const places = placesInOrder(x!, axis, keep, descending);
      return build(places.shape, (index, i) => x!.data[source(x!, index, places.data[i]!)]!);
    },
    gradients([x], cotangent) {
      const places = placesInOrder(x!, axis, keep, descending);
      const out = filled(x!.shape, 0);
      build(places.shape, (index, i) => (out.data[source(x!, index, places.data[i]!)]! += cotangent.data[i]!));
      return [out];
    },
  };
}
