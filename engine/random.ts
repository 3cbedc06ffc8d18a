/**
 * Seeded random tensors, made on the device by a counter-based generator. In a captured step every replay draws new ones. The same seed gives the same random words everywhere: the same
 * uniform numbers on every adapter, and normal ones that differ in their last digits, as adapters' logarithms and roots do.
 */
import kernel from '../kernels/random.wgsl';
import type { Device } from './device/device.ts';
import { ConfigError } from './errors.ts';
import { checkShape } from './layout.ts';
import type { Shape } from './layout.ts';
import { linearGroups } from './ops/grid.ts';
import { empty } from './tensor.ts';
import type { Tensor } from './tensor.ts';

const words = (value: number): readonly [number, number] => [value >>> 0, Math.floor(value / 2 ** 32)];

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

  /** Goes on from there, in captured steps too. @throws ConfigError unless a whole number in [0, 2^53) */
  set state(stream: number) {
    if (!Number.isSafeInteger(stream) || stream < 0) throw new ConfigError(`state: expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, got ${stream}`);
    this.#stream = stream;
  }

  next(): number {
    return this.#stream++;
  }

  /** A stream for one operation to draw from. */
  draw(): Draw {
    const again = repeated?.shift();
    const made = new Draw(this, again);
    drawn?.push(made);
    return made;
  }
}

/**
 * What one operation draws from: a stream of its own, and a new one at every replay of a captured step. Its words go into a kernel's
 * parameters, `stream: vec2u` and `key: vec2u`.
 */
export class Draw {
  readonly #generator: Generator;
  readonly #original: Draw | undefined;
  #stream = 0;

  constructor(generator: Generator, original?: Draw) {
    this.#generator = generator;
    this.#original = original;
  }

  /** The generator's seed. */
  get key(): readonly [number, number] {
    return words(this.#generator.seed);
  }

  /** Takes the next stream: for the parameters of the dispatch that draws first. */
  renew(): readonly [number, number] {
    if (!this.#original) this.#stream = this.#generator.next();
    return this.current;
  }

  /** The stream taken last: for dispatches that need the same numbers again, as a derivative does. */
  get current(): readonly [number, number] {
    return this.#original ? this.#original.current : words(this.#stream);
  }
}

let drawn: Draw[] | null = null;
let repeated: Draw[] | null = null;

/** Runs `body` and hands out what it draws from. */
export function withDraws<T>(body: () => T): { readonly result: T; readonly draws: readonly Draw[] } {
  const [before, draws] = [drawn, [] as Draw[]];
  drawn = draws;
  try {
    return { result: body(), draws };
  } finally {
    drawn = before;
    before?.push(...draws);
  }
}

/** True while a stretch runs for the second time, which must have no effect but its result. */
export function isRepeating(): boolean {
  return repeated !== null;
}

/** Runs `body` again with the numbers of the first time. */
export function repeatingDraws<T>(draws: readonly Draw[], body: () => T): T {
  const before = repeated;
  repeated = [...draws];
  try {
    return body();
  } finally {
    repeated = before;
  }
}

/** What a kernel of random numbers is told beside the stream; see there. */
export interface Distribution {
  readonly low: number;
  readonly high: number;
  readonly centre?: number;
  readonly reach?: number;
  readonly least?: number;
  readonly most?: number;
}

/** For the functions that draw. */
export function fill(entry: 'uniform_numbers' | 'normal_numbers' | 'truncated_normal_numbers', device: Device, shape: Shape, generator: Generator, distribution: Distribution): Tensor {
  checkShape(shape);
  const out = empty(device, shape);
  const quads = Math.ceil(out.size / 4);
  const draw = generator.draw();
  device.dispatch(kernel, { entry, buffers: { y: out.binding }, params: () => ({ centre: 0, reach: 0, least: 0, most: 0, ...distribution, quads, key: draw.key, stream: draw.renew() }), groups: linearGroups(quads, 64) });
  return out;
}

/** Uniform on [low, high), with 24 random bits; rounding may reach `high` itself, except on [0, 1). PyTorch: `torch.rand`, `Tensor.uniform_`. */
export function rand(device: Device, shape: Shape, generator: Generator, low = 0, high = 1): Tensor {
  return fill('uniform_numbers', device, shape, generator, { low, high });
}

/** Normal with the given mean and standard deviation. PyTorch: `torch.randn`, `Tensor.normal_`. */
export function randn(device: Device, shape: Shape, generator: Generator, mean = 0, deviation = 1): Tensor {
  return fill('normal_numbers', device, shape, generator, { low: mean, high: deviation });
}
