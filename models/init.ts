/** Initial values, named after the field's. */
import { rand, zeros } from '../engine/index.ts';
import type { Initializer } from '../engine/index.ts';

/**
 * He et al., "Delving Deep into Rectifiers", 2015: uniform on ±sqrt(6 / ((1 + a²) fanIn)). With a = √5, the default, that is
 * ±1 / sqrt(fanIn): what PyTorch's linear and convolution layers start from, biases included.
 */
export function kaimingUniform(fanIn: number, a: number = Math.sqrt(5)): Initializer {
  const bound = Math.sqrt(6 / ((1 + a * a) * fanIn));
  return (device, shape, generator) => rand(device, shape, generator, -bound, bound);
}

export const allZeros: Initializer = (device, shape) => zeros(device, shape);
