/** An operation followed by a function of each of its values, whose derivative is given by the value it takes. */
import { absolute, map } from './array.ts';
import { logistic } from './functions.ts';
import type { Reference } from './operation.ts';

export interface ReferenceActivation {
  readonly f: (z: number) => number;
  /** The derivative at z. */
  readonly derivative: (z: number) => number;
}

export const ACTIVATIONS: Readonly<Record<'relu' | 'tanh' | 'sigmoid', ReferenceActivation>> = {
  relu: { f: (z) => z > 0 ? z : 0, derivative: (z) => z > 0 ? 1 : 0 },
  tanh: { f: Math.tanh, derivative: (z) => 1 - Math.tanh(z) ** 2 },
  sigmoid: { f: logistic, derivative: (z) => logistic(z) * logistic(-z) },
};

export function activated(inner: Reference, { f, derivative }: ReferenceActivation): Reference {
  return {
    forward: (inputs) => map(inner.forward(inputs), f),
    gradients(inputs, cotangent) {
      const z = inner.forward(inputs);
      return inner.gradients(inputs, map(cotangent, (g, at) => g * derivative(z.data[at]!)));
    },
  };
}

/** Sizes of the terms behind each value: an error of what is activated changes the value by no more, and the slope by as much. */
export function activatedMagnitude(inner: Reference): Reference {
  return {
    forward: (inputs) => map(inner.forward(inputs.map(absolute)), (size) => size + 1),
    gradients(inputs, cotangent) {
      const sizes = inputs.map(absolute);
      const z = inner.forward(sizes);
      return inner.gradients(sizes, map(cotangent, (g, at) => Math.abs(g) * (1 + z.data[at]!)));
    },
  };
}
