/**
 * Seeded random tensors, made on the device by a counter-based generator. The same seed gives the same random words everywhere: the same
 * uniform numbers on every adapter, and normal ones that differ in their last digits, as adapters' logarithms and roots do.
 */
import kernel from '../kernels/random.wgsl';
import type { Device } from './device/device.ts';
import { ConfigError, TensorError } from './errors.ts';
import { checkShape } from './layout.ts';
import type { Shape } from './layout.ts';
import { linearGroups } from './ops/grid.ts';
import { empty } from './tensor.ts';
import type { Tensor } from './tensor.ts';

/**
 * A family of independent streams under one seed. Each call that draws takes the next stream; the state is that one number, so it can
 * be saved and restored.
 */
export class Generator {
  readonly seed: number;
  #stream: number;

  /** @param seed a whole number in [0, 2^53) */
  constructor(seed: number, stream = 0) {
    if (!Number.isSafeInteger(seed) || seed < 0) throw new ConfigError(`seed: expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
    this.seed = seed;
    this.#stream = stream;
  }

  /** How many streams were taken. */
  get state(): number {
    return this.#stream;
  }

  next(): number {
    return this.#stream++;
  }
}

const words = (value: number): [number, number] => [value >>> 0, Math.floor(value / 2 ** 32)];

function fill(entry: 'uniform_numbers' | 'normal_numbers', device: Device, shape: Shape, generator: Generator, low: number, high: number): Tensor {
  checkShape(shape);
  if (device.isCapturing) throw new TensorError('random numbers drawn in a captured step would repeat with every replay: draw them before');
  const out = empty(device, shape);
  const quads = Math.ceil(out.size / 4);
  device.dispatch(kernel, { entry, buffers: { y: out.binding }, params: { quads, key: words(generator.seed), stream: words(generator.next()), low, high }, groups: linearGroups(quads, 64) });
  return out;
}

/** Uniform on [low, high), with 24 random bits; rounding may reach `high` itself, except on [0, 1). PyTorch: `torch.rand`, `Tensor.uniform_`. */
export function rand(device: Device, shape: Shape, generator: Generator, low = 0, high = 1): Tensor {
  return fill('uniform_numbers', device, shape, generator, low, high);
}

/** Normal with the given mean and standard deviation. PyTorch: `torch.randn`, `Tensor.normal_`. */
export function randn(device: Device, shape: Shape, generator: Generator, mean = 0, deviation = 1): Tensor {
  return fill('normal_numbers', device, shape, generator, mean, deviation);
}
