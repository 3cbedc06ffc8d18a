/** Running sums along an axis. */
import { build, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

/** `backward` sums from each place to the end. */
function running(x: NDArray, axis: number, backward: boolean): NDArray {
  return build(x.shape, (index) => {
    let sum = 0;
    const [from, to] = backward ? [index[axis]!, x.shape[axis]!] : [0, index[axis]! + 1];
    for (let i = from; i < to; i++) sum += x.data[position(x.shape, index.map((at, d) => d === axis ? i : at))]!;
    return sum;
  });
}

export function cumsumReference(axis: number): Reference {
  return { forward: ([x]) => running(x!, axis, false), gradients: (_, cotangent) => [running(cotangent, axis, true)] };
}
