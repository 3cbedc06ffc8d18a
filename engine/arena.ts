/**
 * The parameter arena: all parameters in one buffer, their gradients in a second, with a table of named segments. What treats a model
 * as a vector (an optimizer, APO, a norm) is then a few dispatches, however many tensors there are.
 */
import type { Device } from './device/device.ts';
import { CheckpointError, ConfigError } from './errors.ts';
import { contiguousStrides, formatShape, sameShape, sizeOf } from './layout.ts';
import type { Shape } from './layout.ts';
import { move } from './ops/strided.ts';
import type { Generator } from './random.ts';
import { asLeaf, tensor, zeros } from './tensor.ts';
import type { Tensor } from './tensor.ts';

/** Makes the initial values of one parameter. */
export type Initializer = (device: Device, shape: Shape, generator: Generator) => Tensor;

export interface ParameterSpec {
  /** Dotted, as in PyTorch's state dicts: `conv1.weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initializer;
}

export interface Segment {
  readonly name: string;
  readonly shape: Shape;
  /** In elements, a multiple of 64, so that each parameter can be bound alone. */
  readonly offset: number;
  readonly length: number;
}

const ALIGNMENT = 64;

export class ParameterArena {
  readonly device: Device;
  readonly segments: readonly Segment[];
  /** All values as one vector `[capacity]`. The gaps between segments are 0 and stay so. */
  readonly values: Tensor;
  /** All gradients, laid out alike. */
  readonly gradients: Tensor;
  readonly #parameters = new Map<string, Tensor>();

  /** The initial values depend on the generator and on the order of the specifications alone. */
  constructor(device: Device, specs: readonly ParameterSpec[], generator: Generator) {
    this.device = device;
    const segments: Segment[] = [];
    let offset = 0;
    for (const { name, shape } of specs) {
      const length = sizeOf(shape);
      if (length === 0) throw new ConfigError(`parameter ${name} has shape ${formatShape(shape)} and no elements`);
      if (segments.some((other) => other.name === name)) throw new ConfigError(`two parameters are called ${name}`);
      segments.push({ name, shape, offset, length });
      offset += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    }
    this.segments = segments;
    this.values = zeros(device, [Math.max(offset, ALIGNMENT)]);
    this.gradients = zeros(device, [Math.max(offset, ALIGNMENT)]);
    for (const [i, segment] of segments.entries()) {
      const parameter = asLeaf(this.#slice(this.values, segment));
      parameter.grad = this.#slice(this.gradients, segment);
      parameter.gradIsFixed = true;
      this.#parameters.set(segment.name, parameter);
      using _scope = device.scope();
      const initial = specs[i]?.init(device, segment.shape, generator);
      if (initial) move(initial, this.#slice(this.values, segment));
    }
  }

  #slice(vector: Tensor, { shape, offset }: Segment): Tensor {
    return vector.view({ shape, strides: contiguousStrides(shape), offset });
  }

  /** Number of parameters, gaps not counted. */
  get size(): number {
    return this.segments.reduce((total, segment) => total + segment.length, 0);
  }

  /** Elements of the vectors, gaps counted. */
  get capacity(): number {
    return this.values.size;
  }

  /** @throws ConfigError when there is no parameter of that name */
  get(name: string): Tensor {
    const parameter = this.#parameters.get(name);
    if (!parameter) throw new ConfigError(`there is no parameter ${name}; there are: ${[...this.#parameters.keys()].join(', ')}`);
    return parameter;
  }

  /** Sets all gradients to 0. `backward` adds to them. */
  zeroGrad(): void {
    this.device.clear({ ...this.gradients.binding, size: this.capacity * 4 });
  }

  /** Copies of all values, by name. */
  async stateDict(): Promise<Map<string, { shape: Shape; data: Float32Array }>> {
    const all = await this.values.read() as Float32Array;
    return new Map(this.segments.map(({ name, shape, offset, length }) => [name, { shape, data: all.slice(offset, offset + length) }]));
  }

  /** Takes over all values. @throws CheckpointError unless names and shapes are exactly the arena's; then nothing has changed. */
  loadStateDict(state: ReadonlyMap<string, { shape: Shape; data: Float32Array }>): void {
    const problems = [
      ...this.segments.flatMap(({ name, shape }) => {
        const found = state.get(name);
        if (!found) return [`${name} is missing`];
        if (!sameShape(found.shape, shape)) return [`${name} has shape ${formatShape(found.shape)}, expected ${formatShape(shape)}`];
        return found.data.length === sizeOf(shape) ? [] : [`${name} has ${found.data.length} values, expected ${sizeOf(shape)}`];
      }),
      ...[...state.keys()].filter((name) => !this.#parameters.has(name)).map((name) => `${name} is unknown`),
    ];
    if (problems.length > 0) throw new CheckpointError(`the parameters do not fit: ${problems.join('; ')}`);
    const all = new Float32Array(this.capacity);
    for (const { name, offset } of this.segments) all.set(state.get(name)?.data ?? [], offset);
    using _scope = this.device.scope();
    move(tensor(this.device, all), this.values);
  }
}
