/** Linear maps of which every row chooses its own, by the definition. */
import { build, filled } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

/** Inputs x `[n, in]` and weight `[groups, out, in]`; index `[n, k]`. */
export function groupedLinearReference(index: NDArray): Reference {
  const each = index.shape[1]!;
  const visit = ([x, weight]: readonly NDArray[], f: (y: number, x: number, w: number) => void): void => {
    const [, out, inner] = weight!.shape as [number, number, number];
    for (let i = 0; i < x!.shape[0]!; i++) for (let j = 0; j < each; j++) for (let o = 0; o < out; o++) for (let k = 0; k < inner; k++) {
      const row = i * each + j;
      f(row * out + o, i * inner + k, (index.data[row]! * out + o) * inner + k);
    }
  };
  return {
    forward(inputs) {
      const [x, weight] = inputs as [NDArray, NDArray];
      const y = build([x.shape[0]!, each, weight.shape[1]!], () => 0);
      visit(inputs, (at, i, w) => { y.data[at]! += x.data[i]! * weight.data[w]!; });
      return y;
    },
    gradients(inputs, cotangent) {
      const [x, weight] = inputs as [NDArray, NDArray];
      const [byX, byWeight] = [filled(x.shape, 0), filled(weight.shape, 0)];
      visit(inputs, (at, i, w) => {
        byX.data[i]! += cotangent.data[at]! * weight.data[w]!;
        byWeight.data[w]! += cotangent.data[at]! * x.data[i]!;
      });
      return [byX, byWeight];
    },
  };
}
