/** A layer is what it needs and what it does: specifications of its parameters, and a function of them. It holds no state. */
import type { ParameterSpec, Tensor } from '../../engine/index.ts';

/** Where a layer finds its parameters: an arena, or a view of one (masked, interpolated, adapted). */
export interface Parameters {
  get(name: string): Tensor;
}

export interface Layer {
  readonly specs: readonly ParameterSpec[];
  forward(x: Tensor, parameters: Parameters): Tensor;
}
