/**
 * APO: Adaptive Parameter Optimisation (Thakur et al., AISTATS 2025, Algorithm 1). Each task claims the shared parameters that it is
 * sensitive to; other tasks may touch those only gently; what nobody is sensitive to keeps its initial bits.
 *
 * One integer per parameter, its owner, stands for the paper's masks: H^t is where the owner is t, P where there is one at all. That is
 * exact because claims are exclusive and permanent: a task claims only what is unclaimed, and no update takes a claim away.
 */
import kernel from '../kernels/apo.wgsl';
import type { ParameterArena } from '../engine/arena.ts';
import { CheckpointError, ConfigError } from '../engine/errors.ts';
import { linearGroups } from '../engine/ops/grid.ts';
import { move } from '../engine/ops/strided.ts';
import { empty, tensor, zeros } from '../engine/tensor.ts';
import type { Tensor } from '../engine/tensor.ts';
import { blockTables, isExempt } from './blocks.ts';
import { resolveOptions } from './options.ts';
import type { APOOptions, ResolvedOptions } from './options.ts';
import { ownership } from './ownership.ts';
import type { Ownership } from './ownership.ts';

export class APO {
  readonly arena: ParameterArena;
  readonly tasks: readonly string[];
  readonly options: ResolvedOptions;
  readonly #blocks: Tensor;
  readonly #segments: Tensor;
  readonly #moments: Tensor;
  readonly #thresholds: Tensor;
  readonly #accumulators: readonly Tensor[];
  readonly #anchor: Tensor;
  readonly #owner: Tensor;

  /**
   * @param arena the shared parameters; heads belong to an optimizer of their own
   * @param tasks names, each once; their order gives the owners' numbers and nothing else
   * @throws ConfigError
   */
  constructor(arena: ParameterArena, tasks: readonly string[], options: APOOptions) {
    if (tasks.length === 0 || new Set(tasks).size !== tasks.length) throw new ConfigError(`APO needs task names that differ, got: ${tasks.join(', ') || 'none'}`);
    this.arena = arena;
    this.tasks = [...tasks];
    this.options = resolveOptions(options);
    const { device } = arena;
    const tables = blockTables(arena.segments);
    this.#blocks = tensor(device, tables.blocks);
    this.#segments = tensor(device, tables.segments);
    this.#moments = empty(device, [tables.blocks.length / 4, 3]);
    this.#thresholds = empty(device, [arena.segments.length]);
    this.#accumulators = (this.options.accumulator === 'shared' ? ['shared'] : tasks).map(() => zeros(device, [arena.capacity]));
    this.#owner = zeros(device, [arena.capacity], { dtype: 'uint32' });
    this.#anchor = empty(device, [arena.capacity]);
    move(arena.values, this.#anchor);
  }

  get #blockCount(): number {
    return this.#blocks.size / 4;
  }

  #taskIndex(task: string): number {
    const index = this.tasks.indexOf(task);
    if (index < 0) throw new ConfigError(`APO knows no task ${task}; there are: ${this.tasks.join(', ')}`);
    return index;
  }

  #params(task: number): Record<'beta' | 'k' | 'correction' | 'rate' | 'protected_rate' | 'twice_mu' | 'task' | 'tasks' | 'blocks' | 'segments', number> {
    const { beta, k, correction, lr, damping, mu } = this.options;
    return { beta, k, correction, rate: lr, protected_rate: lr / damping, twice_mu: 2 * mu, task: task + 1, tasks: this.tasks.length, blocks: this.#blockCount, segments: this.arena.segments.length };
  }

  /**
   * One step with the gradients in the arena, which are those of one batch of this task. Three dispatches, nothing is read back.
   * @throws ConfigError for a task that was not named to the constructor
   */
  step(task: string): void {
    const index = this.#taskIndex(task);
    const { device, gradients, values, segments } = this.arena;
    const accumulator = this.#accumulators[this.options.accumulator === 'shared' ? 0 : index];
    if (!accumulator) throw new ConfigError(`APO has no accumulator for ${task}`);
    const params = this.#params(index);
    const overrides = { SIGNED: this.options.statistic === 'signed' ? 1 : 0 };
    const blocks = this.#blocks.binding;
    const byBlock = linearGroups(this.#blockCount, 1);
    device.dispatch(kernel, { entry: 'accumulate', overrides, params, groups: byBlock, buffers: { blocks, gradient: gradients.binding, accumulator: accumulator.binding, block_moments: this.#moments.binding } });
    device.dispatch(kernel, { entry: 'threshold', overrides, params, groups: linearGroups(segments.length, 1), buffers: { segments: this.#segments.binding, moments: this.#moments.binding, new_thresholds: this.#thresholds.binding } });
    device.dispatch(kernel, {
      entry: 'update', overrides, params, groups: byBlock,
      buffers: { blocks, segments: this.#segments.binding, gradient: gradients.binding, sensitivity: accumulator.binding, anchor: this.#anchor.binding, thresholds: this.#thresholds.binding, parameter: values.binding, owner: this.#owner.binding },
    });
  }

  /** Ends an epoch, after all its tasks: the parameters of now become the anchor θ_prev of the next. */
  endEpoch(): void {
    move(this.arena.values, this.#anchor);
  }

  /** Who owns how much, for the model and for each tensor. Reads back; meant for the end of an epoch. */
  async ownership(): Promise<Ownership> {
    const { device, segments } = this.arena;
    using _scope = device.scope();
    const counts = zeros(device, [segments.length, this.tasks.length + 1], { dtype: 'uint32' });
    device.dispatch(kernel, { entry: 'count_owners', params: this.#params(0), groups: linearGroups(this.#blockCount, 1), buffers: { blocks: this.#blocks.binding, owners: this.#owner.binding, counts: counts.binding } });
    return ownership(this.tasks, segments.map((segment) => ({ name: segment.name, exempt: isExempt(segment) })), await counts.read() as Uint32Array);
  }

  /** The owner of every parameter of a tensor, in its shape's order: 0 nobody, t + 1 the task at position t. */
  async owners(name: string): Promise<Uint32Array> {
    const segment = this.arena.segments.find((candidate) => candidate.name === name);
    if (!segment) throw new ConfigError(`there is no parameter ${name}`);
    return await this.#owner.view({ shape: [segment.length], strides: [1], offset: segment.offset }).read() as Uint32Array;
  }

  /** Thresholds τ of the last step, by tensor. */
  async thresholds(): Promise<ReadonlyMap<string, number>> {
    const values = await this.#thresholds.read();
    return new Map(this.arena.segments.map(({ name }, i) => [name, values[i] ?? NaN]));
  }

  /** Everything that a resumed run needs beside the parameters. */
  async stateDict(): Promise<Map<string, Float32Array | Uint32Array>> {
    const state = new Map<string, Float32Array | Uint32Array>();
    for (const [name, t] of this.#state()) state.set(name, await t.read() as Float32Array | Uint32Array);
    return state;
  }

  /** @throws CheckpointError unless the state is that of the same tasks, options and arena */
  loadStateDict(state: ReadonlyMap<string, Float32Array | Uint32Array>): void {
    const { device } = this.arena;
    for (const [name, t] of this.#state()) if (state.get(name)?.length !== t.size) throw new CheckpointError(`APO state ${name}: expected ${t.size} values, got ${state.get(name)?.length ?? 'none'}`);
    using _scope = device.scope();
    for (const [name, t] of this.#state()) move(tensor(device, state.get(name) ?? []), t);
  }

  #state(): (readonly [string, Tensor])[] {
    return [['owner', this.#owner], ['anchor', this.#anchor], ...this.#accumulators.map((t, i) => [`accumulator.${i}`, t] as const)];
  }
}
