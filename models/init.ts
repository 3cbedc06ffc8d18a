/**
 * Initial values, named after the field's. They are functions of shape and generator; what depends on a layer's width is told its fans: the inputs of one
 * output and the outputs of one input, times the size of the window for a convolution.
 */
import { ones, rand, randn, truncatedNormal as truncated, zeros } from '../engine/index.ts';
import type { Initializer, TruncatedNormalOptions } from '../engine/index.ts';

/** Uniform on [low, high). PyTorch: `torch.nn.init.uniform_`. */
export function uniform(low: number, high: number): Initializer {
  return (device, shape, generator) => rand(device, shape, generator, low, high);
}

const within = (bound: number): Initializer => uniform(-bound, bound);

/**
 * He et al., "Delving Deep into Rectifiers", 2015: uniform on ±sqrt(6 / ((1 + a²) fan)), for layers followed by a leaky relu of slope a. With a = √5, the
 * default, that is ±1 / sqrt(fan): what PyTorch's linear and convolution layers start from, biases included. `fan` as in `kaimingNormal`.
 * PyTorch: `torch.nn.init.kaiming_uniform_`.
 */
export function kaimingUniform(fan: number, a: number = Math.sqrt(5)): Initializer {
  return within(Math.sqrt(6 / ((1 + a * a) * fan)));
}

/**
 * He et al., 2015: normal with deviation sqrt(2 / ((1 + a²) fan)), for layers followed by a leaky relu of slope a, default 0. `fan` is the number of
 * inputs of one output (PyTorch's `fan_in`), which keeps the size of values, or of outputs of one input (`fan_out`), which keeps that of gradients.
 * PyTorch: `torch.nn.init.kaiming_normal_`.
 */
export function kaimingNormal(fan: number, a = 0): Initializer {
  return normal(Math.sqrt(2 / ((1 + a * a) * fan)));
}

/**
 * Glorot and Bengio, "Understanding the Difficulty of Training Deep Feedforward Neural Networks", 2010: uniform on ±gain sqrt(6 / (fanIn + fanOut)).
 * PyTorch: `torch.nn.init.xavier_uniform_`.
 */
export function xavierUniform(fanIn: number, fanOut: number, gain = 1): Initializer {
  return within(gain * Math.sqrt(6 / (fanIn + fanOut)));
}

/** Glorot and Bengio, 2010: normal with deviation gain sqrt(2 / (fanIn + fanOut)). PyTorch: `torch.nn.init.xavier_normal_`. */
export function xavierNormal(fanIn: number, fanOut: number, gain = 1): Initializer {
  return normal(gain * Math.sqrt(2 / (fanIn + fanOut)));
}

/** Normal with the given deviation and mean. PyTorch: `torch.nn.init.normal_`. */
export function normal(deviation: number, mean = 0): Initializer {
  return (device, shape, generator) => randn(device, shape, generator, mean, deviation);
}

/**
 * Normal, under the condition of being between two bounds, -2 and 2 by default, whatever the deviation is. PyTorch: `torch.nn.init.trunc_normal_`.
 * @throws ConfigError as the engine's `truncatedNormal`, when it draws
 */
export function truncatedNormal(deviation: number, options: Omit<TruncatedNormalOptions, 'deviation'> = {}): Initializer {
  return (device, shape, generator) => truncated(device, shape, generator, { ...options, deviation });
}

/** PyTorch: `torch.nn.init.zeros_`. */
export const allZeros: Initializer = (device, shape) => zeros(device, shape);

/** PyTorch: `torch.nn.init.ones_`. */
export const allOnes: Initializer = (device, shape) => ones(device, shape);
