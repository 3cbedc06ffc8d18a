/** Central differences, the judge of every derivative. */
import { map } from './array.ts';
import type { NDArray } from './array.ts';

/** Gradient of a scalar function of several arrays by every one of them. */
export function centralDifferences(f: (inputs: readonly NDArray[]) => number, inputs: readonly NDArray[], step = 1e-4): NDArray[] {
  return inputs.map((input, which) => map(input, (value, at) => {
    const moved = (to: number): number => f(inputs.map((other, i) => i === which ? map(input, (v, j) => j === at ? to : v) : other));
    return (moved(value + step) - moved(value - step)) / (2 * step);
  }));
}
