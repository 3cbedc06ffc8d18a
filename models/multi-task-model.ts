/** What every model is to a trainer: a shared trunk and one head a task, each with an arena of its own. */
import { CheckpointError, ConfigError, Generator, ParameterArena, formatShape, sameShape } from '../engine/index.ts';
import type { Device, ParameterSpec, Tensor } from '../engine/index.ts';
import type { Layer, Mode, Parameters } from './layers/layer.ts';
import { resolveHead } from './heads.ts';
import type { HeadSpec, ResolvedHead } from './heads.ts';
import { linear } from './layers/linear.ts';
import { ModelStatistics } from './model-statistics.ts';

/** Some layers of a trunk, on the way from its input to its representation. */
export type Stage = (x: Tensor, parameters: Parameters, mode: Mode) => Tensor;

/** The trunk of an architecture: input to a shared representation. */
export interface Trunk {
  /** Name of the architecture. */
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Width of the representation. */
  readonly features: number;
  /** Input `[n, ...]` to `[n, features]`. */
  readonly forward: Stage;
  /** What `forward` does, one after the other, where a tensor is all that one needs of those before. */
  readonly stages?: readonly Stage[];
}

/** Where a forward pass finds its parameters instead of in the model: averaged, interpolated, adapted, or masked ones. */
export interface Views {
  /** In place of the trunk's. */
  readonly shared?: Parameters;
  /** In place of what the task has for itself. */
  readonly own?: Parameters;
}

export interface ForwardOptions extends Views {
  /** Told what layers compute on the way, by name and on the tape. */
  readonly observe?: Mode['observe'];
}

/** Makes the trunk's parameters, for every forward pass anew, of stored ones: masks, biases, modulation. */
export interface Parametrization {
  /** What it needs beside the trunk's parameters, shared by all tasks. */
  readonly specs: readonly ParameterSpec[];
  /** What each task needs for it beside its head. */
  readonly ownSpecs: readonly ParameterSpec[];
  /** @param x the trunk's input, which the parameters may depend on */
  view(shared: Parameters, own: Parameters, x: Tensor): Parameters;
}

/** Values of a parameter or of running statistics, row-major. */
export interface ModelValue {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const STATISTICS = 'statistics.';

/** What is named with a prefix, without it. */
function within(state: ReadonlyMap<string, ModelValue>, prefix: string): Map<string, ModelValue> {
  return new Map([...state].flatMap(([name, value]) => name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : []));
}

/** The streams of dropout and noise, and of what methods draw, lie beyond all that `streamOf` gives. */
const DRAWS = (2 ** 32 + 1) * 2 ** 20;

export class MultiTaskModel {
  readonly name: string;
  readonly shared: ParameterArena;
  /** What each task asks of the model. */
  readonly tasks: ReadonlyMap<string, ResolvedHead>;
  /** By task: its head, what else of the trunk's layers it has for itself, and its adapter. */
  readonly heads: ReadonlyMap<string, ParameterArena>;
  /** Empty for a trunk without batch normalisation. */
  readonly statistics: ModelStatistics;
  /** What methods draw from. */
  readonly generator: Generator;
  /** What dropout and noise are drawn from in training, by task: what a task draws depends on no other. */
  readonly generators: ReadonlyMap<string, Generator>;
  readonly #trunk: Trunk;
  readonly #parametrization: Parametrization | null;
  readonly #layers: ReadonlyMap<string, Layer>;
  #training = true;
  #forwards = 0;

  /**
   * Initial values are a function of the seed; a head's, of the seed and its task's name, whatever other tasks there are.
   * @param parametrization default: the trunk's parameters are the stored ones
   * @throws ConfigError for a head that cannot be
   */
  constructor(device: Device, trunk: Trunk, tasks: readonly HeadSpec[], seed: number, parametrization: Parametrization | null = null) {
    this.tasks = new Map(tasks.map((task) => [task.name, resolveHead(task)]));
    this.name = trunk.name;
    this.#trunk = trunk;
    this.#parametrization = parametrization;
    this.generator = new Generator(seed, DRAWS);
    this.generators = new Map(tasks.map(({ name }) => [name, new Generator(seed, DRAWS + streamOf(name) / 2)]));
    this.shared = new ParameterArena(device, [...trunk.layers.flatMap((layer) => layer.specs), ...parametrization?.specs ?? []], new Generator(seed));
    this.statistics = new ModelStatistics(device, trunk.layers.flatMap((layer) => layer.statistics ?? []), tasks.map(({ name }) => name));
    this.#layers = new Map(tasks.map(({ name, outputs }) => [name, linear('head', trunk.features, outputs)]));
    const own = [...trunk.layers.flatMap((layer) => layer.ownSpecs ?? []), ...parametrization?.ownSpecs ?? []];
    this.heads = new Map(tasks.map(({ name, adapter }) => {
      const specs = [...this.#layers.get(name)?.specs ?? [], ...own, ...adapter?.specs ?? [], ...adapter?.ownSpecs ?? []];
      return [name, new ParameterArena(device, specs, new Generator(seed, streamOf(name)))];
    }));
  }

  /** Forward passes so far, a captured one once. */
  get forwards(): number {
    return this.#forwards;
  }

  /** Whether dropout drops and batches are normalised by their own statistics: from the start, until `eval`. */
  get training(): boolean {
    return this.#training;
  }

  /** From now on as in training, or not. A captured step stays in the mode it was captured in. PyTorch: `Module.train`. */
  train(training = true): void {
    this.#training = training;
  }

  /** From now on without dropout, and normalised by running statistics. PyTorch: `Module.eval`. */
  eval(): void {
    this.train(false);
  }

  /** All parameters by name: `shared.NAME`, and `head.TASK.NAME` for what a task has for itself. */
  parameters(): Map<string, Tensor> {
    return new Map(this.#arenas().flatMap(([prefix, arena]) => arena.segments.map(({ name }) => [prefix + name, arena.get(name)] as const)));
  }

  /** Copies of all that was learnt: the parameters, and `statistics.LAYER.TASK.*`. PyTorch: `Module.state_dict`. */
  async stateDict(): Promise<Map<string, ModelValue>> {
    const state = new Map<string, ModelValue>();
    for (const [prefix, arena] of this.#arenas()) for (const [name, value] of await arena.stateDict()) state.set(prefix + name, value);
    for (const [name, data] of await this.statistics.stateDict()) state.set(STATISTICS + name, { shape: [data.length], data });
    return state;
  }

  /** Takes it over. @throws CheckpointError with all differences unless names and shapes are exactly the model's; then nothing has changed */
  loadStateDict(state: ReadonlyMap<string, ModelValue>): void {
    const parts = new Map(this.#arenas().map(([prefix]) => [prefix, within(state, prefix)]));
    const shapes = new Map(this.#arenas().flatMap(([prefix, { segments }]) => segments.map(({ name, shape }) => [prefix + name, shape] as const)));
    const problems = [
      ...[...shapes].flatMap(([name, shape]) => {
        const found = state.get(name)?.shape;
        return found && sameShape(found, shape) ? [] : [`${name} ${found ? `has shape ${formatShape(found)}, expected ${formatShape(shape)}` : 'is missing'}`];
      }),
      ...[...state.keys()].filter((name) => !shapes.has(name) && !name.startsWith(STATISTICS)).map((name) => `${name} is unknown`),
    ];
    if (problems.length > 0) throw new CheckpointError(`the state does not fit model ${this.name}: ${problems.join('; ')}`);
    this.statistics.loadStateDict(new Map([...within(state, STATISTICS)].map(([name, { data }]) => [name, data])));
    for (const [prefix, arena] of this.#arenas()) arena.loadStateDict(parts.get(prefix) ?? new Map<string, never>());
  }

  #arenas(): [string, ParameterArena][] {
    return [['shared.', this.shared], ...[...this.heads].map(([task, arena]): [string, ParameterArena] => [`head.${task}.`, arena])];
  }

  /** Sets the gradients of the trunk and of all heads to 0. */
  zeroGrad(): void {
    this.shared.zeroGrad();
    for (const head of this.heads.values()) head.zeroGrad();
  }

  /**
   * Input `[n, ...]` to the task's outputs `[n, outputs]`: logits, or numbers for a regression.
   * @throws ConfigError for an unknown task
   */
  forward(x: Tensor, task: string, options: ForwardOptions = {}): Tensor {
    const { head, input, parameters, own, mode } = this.#enter(x, task, options);
    return head.forward(this.#trunk.forward(input, parameters, mode), own, mode);
  }

  /**
   * Input `[n, ...]` to what the task's head is given, `[n, features]`: the penultimate representation, of the trunk as the task sees it.
   * @throws ConfigError for an unknown task
   */
  represent(x: Tensor, task: string, options: ForwardOptions = {}): Tensor {
    const { input, parameters, mode } = this.#enter(x, task, options);
    return this.#trunk.forward(input, parameters, mode);
  }

  /**
   * What each stage of the trunk makes of an input `[n, ...]`, in their order; the last is what `represent` gives. That alone for a trunk without stages.
   * @throws ConfigError for an unknown task
   */
  representStages(x: Tensor, task: string, options: ForwardOptions = {}): Tensor[] {
    const { input, parameters, mode } = this.#enter(x, task, options);
    const made: Tensor[] = [];
    for (const stage of this.#trunk.stages ?? [this.#trunk.forward]) made.push(stage(made.at(-1) ?? input, parameters, mode));
    return made;
  }

  /** What a forward pass begins with. @throws ConfigError for an unknown task */
  #enter(x: Tensor, task: string, { observe, ...views }: ForwardOptions): { head: Layer; input: Tensor; parameters: Parameters; own: Parameters; mode: Mode } {
    const head = this.#layers.get(task);
    const stored = this.heads.get(task);
    if (!head || !stored) throw new ConfigError(`the model has no head for task ${task}; there are: ${[...this.heads.keys()].join(', ')}`);
    const { shared = this.shared, own = stored } = views;
    this.#forwards++;
    const mode: Mode = { task, training: this.#training, generator: this.generators.get(task) ?? this.generator, own, statistics: (name) => this.statistics.of(name).of(task), observe };
    const input = this.tasks.get(task)?.adapter?.forward(x, own, mode) ?? x;
    return { head, input, parameters: this.#parametrization?.view(shared, own, input) ?? shared, own, mode };
  }
}

/** The first random stream of a named part: FNV-1a of the name, far from the trunk's streams and from other names'. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return (hash + 1) * 2 ** 20;
}
