/** What a reference of an operation is: its value and, by the definition, its gradients. */
import type { NDArray } from './array.ts';

export interface Reference {
  forward(inputs: readonly NDArray[]): NDArray;
  /** Gradients of `sum(forward * cotangent)` by every input. */
  gradients(inputs: readonly NDArray[], cotangent: NDArray): readonly NDArray[];
}
