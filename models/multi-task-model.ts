/** What every model is to a trainer: a shared trunk and one head a task, each with an arena of its own. */
import { ConfigError, Generator, ParameterArena } from '../engine/index.ts';
import type { Device, Tensor } from '../engine/index.ts';
import type { Layer, Parameters } from './layers/layer.ts';
import { linear } from './layers/linear.ts';

export interface HeadSpec {
  readonly name: string;
  /** Width of the head: the number of classes, or of labels. */
  readonly outputs: number;
}

/** The trunk of an architecture: input to a shared representation. */
export interface Trunk {
  /** Name of the architecture. */
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Width of the representation. */
  readonly features: number;
  /** Input `[n, ...]` to `[n, features]`. */
  forward(x: Tensor, parameters: Parameters): Tensor;
}

export class MultiTaskModel {
  readonly name: string;
  readonly shared: ParameterArena;
  /** By task. */
  readonly heads: ReadonlyMap<string, ParameterArena>;
  readonly #trunk: Trunk;
  readonly #layers: ReadonlyMap<string, Layer>;

  /** Initial values are a function of the seed; a head's, of the seed and its task's name, whatever other tasks there are. */
  constructor(device: Device, trunk: Trunk, tasks: readonly HeadSpec[], seed: number) {
    this.name = trunk.name;
    this.#trunk = trunk;
    this.shared = new ParameterArena(device, trunk.layers.flatMap((layer) => layer.specs), new Generator(seed));
    this.#layers = new Map(tasks.map(({ name, outputs }) => [name, linear('head', trunk.features, outputs)]));
    this.heads = new Map([...this.#layers].map(([name, layer]) => [name, new ParameterArena(device, layer.specs, new Generator(seed, streamOf(name)))]));
  }

  /** Sets the gradients of the trunk and of all heads to 0. */
  zeroGrad(): void {
    this.shared.zeroGrad();
    for (const head of this.heads.values()) head.zeroGrad();
  }

  /** Input `[n, ...]` to the task's logits `[n, outputs]`. @throws ConfigError for an unknown task */
  forward(x: Tensor, task: string): Tensor {
    const layer = this.#layers.get(task);
    const head = this.heads.get(task);
    if (!layer || !head) throw new ConfigError(`the model has no head for task ${task}; there are: ${[...this.heads.keys()].join(', ')}`);
    return layer.forward(this.#trunk.forward(x, this.shared), head);
  }
}

/** The first random stream of a named part: FNV-1a of the name, far from the trunk's streams and from other names'. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return (hash + 1) * 2 ** 20;
}
