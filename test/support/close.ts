/** Comparison of what a device computed with what it should have. */
import { AssertionError } from 'node:assert';
import type { NDArray } from '../reference/array.ts';

export interface Tolerance {
  /** Relative to the expected value; default 0. */
  readonly rtol?: number;
  /** Absolute, for all or for each element; default 0. */
  readonly atol?: number | ArrayLike<number>;
}

/** Equal NaN, equal infinities, or |actual - expected| <= atol + rtol |expected|. */
export function expectClose(actual: ArrayLike<number>, expected: NDArray | ArrayLike<number>, { rtol = 0, atol = 0 }: Tolerance = {}, what = 'value'): void {
  const [wanted, shape] = 'data' in expected ? [expected.data, expected.shape] : [expected, [expected.length]];
  if (actual.length !== wanted.length) throw new AssertionError({ message: `${what}: ${actual.length} elements, expected ${wanted.length}` });
  const wrong: string[] = [];
  let failures = 0;
  for (let at = 0; at < wanted.length; at++) {
    const [a, e] = [actual[at]!, wanted[at]!];
    const allowed = (typeof atol === 'number' ? atol : atol[at]!) + rtol * Math.abs(e);
    if (Object.is(a, e) || a === e || Math.abs(a - e) <= allowed) continue;
    failures++;
    if (wrong.length < 6) wrong.push(`[${indexOf(at, shape).join(', ')}] is ${a}, expected ${e} (off by ${Math.abs(a - e).toExponential(2)}, allowed ${allowed.toExponential(2)})`);
  }
  if (failures > 0) throw new AssertionError({ message: `${what}: ${failures} of ${wanted.length} elements of [${shape.join(', ')}] are wrong:\n  ${wrong.join('\n  ')}` });
}

function indexOf(at: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = at;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}
