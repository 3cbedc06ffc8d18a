/** One trunk and one head in a single arena: a network whose parameters an optimizer can rank all together. */
import { Generator, ParameterArena } from '../engine/index.ts';
import type { Device, Tensor } from '../engine/index.ts';
import { ModelStatistics, linear } from '../models/index.ts';
import type { Mode, Trunk } from '../models/index.ts';

const TASK = 'task';
/** The stream of dropout and noise, far from the one of the initial values. */
const DRAWS = 2 ** 40;

export class Classifier {
  readonly arena: ParameterArena;
  /** What dropout draws from. */
  readonly generator: Generator;
  readonly #forward: (x: Tensor) => Tensor;

  /** Initial values are a function of the seed. */
  constructor(device: Device, trunk: Trunk, classes: number, seed: number) {
    const head = linear('head', trunk.features, classes);
    const layers = [...trunk.layers, head];
    this.arena = new ParameterArena(device, layers.flatMap(({ specs, ownSpecs = [] }) => [...specs, ...ownSpecs]), new Generator(seed));
    const statistics = new ModelStatistics(device, layers.flatMap((layer) => layer.statistics ?? []), [TASK]);
    this.generator = new Generator(seed, DRAWS);
    const mode: Mode = { task: 'classifier', training: true, generator: this.generator, own: this.arena, statistics: (name) => statistics.of(name).of(TASK) };
    this.#forward = (x) => head.forward(trunk.forward(x, this.arena, mode), this.arena, mode);
  }

  /** Input `[n, ...]` to logits `[n, classes]`, as in training: batches are normalised by their own statistics. */
  forward(x: Tensor): Tensor {
    return this.#forward(x);
  }
}
