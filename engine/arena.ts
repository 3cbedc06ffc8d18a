/**
 * The parameter arena: all parameters in one buffer, their gradients in a second, with a table of named segments. What treats a model
 * as a vector (an optimizer, APO, a norm) is then a few dispatches, however many tensors there are: one for each chunk that a binding can take.
 */
import type { Device } from './device/device.ts';
import type { Binding } from './device/stream.ts';
import { CheckpointError, ConfigError, LimitError } from './errors.ts';
import { contiguousStrides, formatShape, sameShape, sizeOf } from './layout.ts';
import type { Shape } from './layout.ts';
import { move } from './ops/strided.ts';
import type { Generator } from './random.ts';
import { Tensor, asLeaf } from './tensor.ts';

/** Makes the initial values of one parameter. */
export type Initializer = (device: Device, shape: Shape, generator: Generator) => Tensor;

export interface ParameterSpec {
  /** Dotted, as in PyTorch's state dicts: `conv1.weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly init: Initializer;
  /** Its rows are looked up, and multiply nothing. */
  readonly lookup?: true;
}

export interface Segment {
  readonly name: string;
  readonly shape: Shape;
  /** In elements, a multiple of 64, so that each parameter can be bound alone. */
  readonly offset: number;
  readonly length: number;
}

/** A stretch of whole segments that can be bound at once. Offset and size in elements, multiples of 64. */
export interface Chunk {
  readonly offset: number;
  readonly size: number;
}

const ALIGNMENT = 64;

export class ParameterArena {
  readonly device: Device;
  readonly segments: readonly Segment[];
  /** Elements of the vectors, gaps counted. */
  readonly capacity: number;
  /** All values as one vector `[capacity]`. The gaps between segments are 0 and stay so. */
  readonly values: Tensor;
  /** All gradients, laid out alike. Who writes the whole vector leaves the gaps 0. */
  readonly gradients: Tensor;
  readonly chunks: readonly Chunk[];
  readonly #parameters = new Map<string, Tensor>();

  /**
   * The initial values depend on the generator and on the order of the specifications alone.
   * @throws ConfigError for an empty parameter or two of one name, LimitError for a parameter larger than a binding
   */
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
    this.capacity = Math.max(offset, ALIGNMENT);
    this.chunks = chunked(segments, this.capacity, Math.floor(device.bindingLimit / 4));
    this.values = this.vector();
    this.gradients = this.vector();
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

  /** Zeros laid out as the parameters, `[capacity]`: for what an optimizer keeps of each. Larger than one binding, it can be bound in chunks only. */
  vector(dtype: 'float32' | 'uint32' = 'float32'): Tensor {
    const storage = this.device.allocate(this.capacity * 4, true);
    this.device.clear({ storage, offset: 0, size: this.capacity * 4 });
    return new Tensor(this.device, storage, dtype, { shape: [this.capacity], strides: [1], offset: 0 });
  }

  /** What a kernel binds of a vector for one chunk. */
  bind(vector: Tensor, { offset, size }: Chunk): Binding {
    return { storage: vector.storage, offset: (vector.offset + offset) * 4, size: size * 4 };
  }

  /** @throws ConfigError when there is no parameter of that name */
  get(name: string): Tensor {
    const parameter = this.#parameters.get(name);
    if (!parameter) throw new ConfigError(`there is no parameter ${name}; there are: ${[...this.#parameters.keys()].join(', ')}`);
    return parameter;
  }

  /** Sets all gradients to 0. `backward` adds to them; what nothing was added to yet it writes. */
  zeroGrad(): void {
    this.device.clearLater({ storage: this.gradients.storage, offset: 0, size: this.capacity * 4 });
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
    this.values.write(all);
  }
}

/** Chunks of whole segments, as many segments in each as fit. @param limit elements */
function chunked(segments: readonly Segment[], capacity: number, limit: number): Chunk[] {
  const starts = [0];
  for (const [i, { name, offset }] of segments.entries()) {
    const end = segments[i + 1]?.offset ?? capacity;
    if (end - offset > limit) throw new LimitError(`parameter ${name} takes ${(end - offset) * 4} bytes, more than the adapter's limit of ${limit * 4} bytes for one binding`);
    if (end - (starts.at(-1) ?? 0) > limit) starts.push(offset);
  }
  return starts.map((offset, i) => ({ offset, size: (starts[i + 1] ?? capacity) - offset }));
}
