/** Initial values, named after the field's. */
import { ones, rand, randn, zeros } from '../engine/index.ts';
import type { Initializer } from '../engine/index.ts';

/** Uniform on ±bound. */
function uniform(bound: number): Initializer {
  return (device, shape, generator) => rand(device, shape, generator, -bound, bound);
}

/**
 * He et al., "Delving Deep into Rectifiers", 2015: uniform on ±sqrt(6 / ((1 + a²) fanIn)). With a = √5, the default, that is
 * ±1 / sqrt(fanIn): what PyTorch's linear and convolution layers start from, biases included.
 */
export function kaimingUniform(fanIn: number, a: number = Math.sqrt(5)): Initializer {
  return uniform(Math.sqrt(6 / ((1 + a * a) * fanIn)));
}

/**
 * He et al., 2015: normal with deviation sqrt(2 / ((1 + a²) fan)), for layers followed by a leaky relu of slope a, default 0. `fan` is the number of
 * inputs of one output, which keeps the size of values, or of outputs of one input, which keeps that of gradients.
 */
export function kaimingNormal(fan: number, a = 0): Initializer {
  return normal(Math.sqrt(2 / ((1 + a * a) * fan)));
}

/** Glorot and Bengio, "Understanding the Difficulty of Training Deep Feedforward Neural Networks", 2010: uniform on ±gain sqrt(6 / (fanIn + fanOut)). */
export function xavierUniform(fanIn: number, fanOut: number, gain = 1): Initializer {
  return uniform(gain * Math.sqrt(6 / (fanIn + fanOut)));
}

/** Normal with the given deviation and mean. */
export function normal(deviation: number, mean = 0): Initializer {
  return (device, shape, generator) => randn(device, shape, generator, mean, deviation);
}

export const allZeros: Initializer = (device, shape) => zeros(device, shape);

export const allOnes: Initializer = (device, shape) => ones(device, shape);
