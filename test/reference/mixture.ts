/** A mixture of linear experts by its definition. */
import { build, dot } from './array.ts';
import type { NDArray } from './array.ts';
import { centralDifferences } from './differences.ts';
import type { Reference } from './operation.ts';

/** Inputs: x `[n, in]`, router `[experts, in]`, then weight `[out, in]` and bias `[out]` of each expert. */
export function mixtureReference(top: number, renormalise: boolean): Reference {
  const forward = ([x, router, ...experts]: readonly NDArray[]): NDArray => {
    const width = x!.shape[1]!;
    const row = (m: NDArray, i: number): Float64Array => m.data.subarray(i * width, (i + 1) * width);
    const product = (a: Float64Array, b: Float64Array): number => a.reduce((total, v, i) => total + v * b[i]!, 0);
    const count = router!.shape[0]!;
    return build([x!.shape[0]!, experts[0]!.shape[0]!], ([n, o]) => {
      const input = row(x!, n!);
      const exponentials = Array.from({ length: count }, (_, e) => Math.exp(product(row(router!, e), input)));
      const total = exponentials.reduce((a, b) => a + b, 0);
      const chosen = exponentials.map((v, e) => ({ e, p: v / total })).sort((a, b) => b.p - a.p || a.e - b.e).slice(0, top);
      const scale = renormalise ? chosen.reduce((sum, { p }) => sum + p, 0) : 1;
      return chosen.reduce((y, { e, p }) => y + p / scale * (product(row(experts[2 * e]!, o!), input) + experts[2 * e + 1]!.data[o!]!), 0);
    });
  };
  return { forward, gradients: (inputs, cotangent) => centralDifferences((moved) => dot(forward(moved), cotangent), inputs) };
}
