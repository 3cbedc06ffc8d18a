/** Sums in float64, and places at which results are compared with them. */
import { expectClose } from './case.ts';

/** A sum and the sum of the sizes of its terms, to which rounding errors are proportional. */
export class Terms {
  value = 0;
  size = 0;

  add(term: number): void {
    this.value += term;
    this.size += Math.abs(term);
  }

  /** @param share of the sizes of all terms; the default is some ten roundings of float32 */
  expect(what: string, got: number | undefined, share = 1e-6): void {
    expectClose(what, got ?? NaN, this.value, share * this.size);
  }
}

/** Element `i`, which is there. */
export function at(values: ArrayLike<number>, i: number): number {
  const value = values[i];
  if (value === undefined) throw new RangeError(`there is no element ${i} of ${values.length}`);
  return value;
}

export interface Place {
  readonly index: readonly number[];
  /** Row-major. */
  readonly flat: number;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The first, the last and further elements of a shape, spread evenly. */
export function places(shape: readonly number[], count: number): Place[] {
  const size = shape.reduce((a, b) => a * b, 1);
  const flats = Array.from({ length: Math.max(0, count - 2) }, (_, t) => Math.floor((((t + 1) * GOLDEN) % 1) * size));
  return [...new Set([0, size - 1, ...flats])].map((flat) => {
    let rest = flat;
    const index = [...shape].reverse().map((length) => {
      const i = rest % length;
      rest = Math.floor(rest / length);
      return i;
    }).reverse();
    return { index, flat };
  });
}
