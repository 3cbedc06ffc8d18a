/**
 * APO: Adaptive Parameter Optimisation (Thakur et al., AISTATS 2025, Algorithm 1). Each task claims the shared parameters that it is
 * sensitive to; other tasks may touch those only gently; what nobody is sensitive to keeps its initial bits.
 *
 * One integer per parameter, its owner, stands for the paper's masks: H^t is where the owner is t, P where there is one at all. That is
 * exact because claims are exclusive and permanent: a task claims only what is unclaimed, and no update takes a claim away.
 */
import kernel from '../kernels/apo.wgsl';
import claims from '../kernels/apo_claims.wgsl';
import type { ParameterArena } from '../engine/arena.ts';
import { CheckpointError, ConfigError } from '../engine/errors.ts';
import { checkLearningRate } from '../engine/optim/optimizer.ts';
import { linearGroups } from '../engine/ops/grid.ts';
import { empty, tensor, zeros } from '../engine/tensor.ts';
import type { Tensor } from '../engine/tensor.ts';
import { blockTables, groupsOf } from './groups.ts';
import type { BlockTables, Group } from './groups.ts';
import { resolveOptions } from './options.ts';
import type { APOOptions, ResolvedOptions } from './options.ts';
import { layerOf, ownership } from './ownership.ts';
import type { Ownership } from './ownership.ts';
import { checkState, taskKey, translateOwners, translation } from './state.ts';
import type { APOState } from './state.ts';
import { stepParams } from './step-params.ts';
import type { StepParams } from './step-params.ts';
import { TALLY_WORDS, readTally } from './tally.ts';
import type { TaskTally } from './tally.ts';
import { TaskRegistry } from './tasks.ts';
import { VERDICT_HEAD, refusal } from './verdict.ts';

/** What the device keeps for one task. */
interface TaskVectors {
  /** Null where all tasks share one. */
  readonly accumulator: Tensor | null;
  readonly tally: Tensor;
}

/** As large as float32 goes: the threshold that nothing is above. */
const NOTHING = 3.4028234e38;

export class APO {
  readonly arena: ParameterArena;
  readonly options: ResolvedOptions;
  /** Parameters that share a threshold. */
  readonly groups: readonly Group[];
  /** Learning rate η, at least 0; may change between steps, and between replays of a captured one. */
  lr: number;
  readonly #registry = new TaskRegistry();
  readonly #perTask = new Map<string, TaskVectors>();
  readonly #tables: BlockTables;
  readonly #blocks: Tensor;
  readonly #groupTable: Tensor;
  readonly #moments: Tensor;
  readonly #verdict: Tensor;
  readonly #shared: Tensor | null;
  readonly #anchor: Tensor;
  readonly #owner: Tensor;
  #epoch = 0;
  /** Number of the task that took the last step of this epoch. */
  #last = 0;
  #serial = 0;

  /**
   * @param arena the shared parameters; heads belong to an optimizer of their own
   * @param tasks names, each once; what a task owns goes by its name, never by its position
   * @throws ConfigError
   */
  constructor(arena: ParameterArena, tasks: readonly string[], options: APOOptions) {
    if (tasks.length === 0) throw new ConfigError('APO needs task names that differ and are not empty, got: none');
    this.arena = arena;
    this.options = resolveOptions(options);
    this.lr = options.lr;
    this.groups = groupsOf(arena.segments, this.options);
    this.#tables = blockTables(this.groups, this.options.claimBudget);
    const { device, capacity } = arena;
    this.#blocks = tensor(device, this.#tables.blocks);
    this.#groupTable = tensor(device, this.#tables.groups);
    this.#moments = empty(device, [this.#blockCount, 5]);
    this.#verdict = zeros(device, [VERDICT_HEAD + this.groups.length], { dtype: 'uint32' });
    this.#shared = this.options.accumulator === 'shared' ? zeros(device, [capacity]) : null;
    this.#owner = zeros(device, [capacity], { dtype: 'uint32' });
    this.#anchor = empty(device, [capacity]);
    device.copy(arena.values.binding, this.#anchor.binding);
    for (const task of tasks) this.addTask(task);
  }

  /** Names in the order in which they were added. */
  get tasks(): readonly string[] {
    return this.#registry.names;
  }

  /** Epochs that have ended. */
  get epoch(): number {
    return this.#epoch;
  }

  get #blockCount(): number {
    return this.#tables.places.length;
  }

  /**
   * Adds a task, at any time: it finds the claims of the others as they are, and may claim what nobody owns. Its memory belongs to the
   * scope that is open.
   * @throws ConfigError for a name that is taken @throws LimitError above 65,535 tasks
   */
  addTask(task: string): void {
    const { device, capacity } = this.arena;
    this.#registry.add(task);
    this.#perTask.set(task, { accumulator: this.#shared ? null : zeros(device, [capacity]), tally: zeros(device, [1 + this.#blockCount, TALLY_WORDS], { dtype: 'uint32' }) });
  }

  /**
   * Forgets a task. Its claims are released: others may claim those parameters, which keep the values that it gave them. A step of it that
   * was captured cannot be replayed any more.
   * @throws ConfigError for an unknown task
   */
  removeTask(task: string): void {
    const id = this.#registry.id(task);
    this.#sweep('release', { task: id });
    const { accumulator, tally } = this.#vectors(task);
    accumulator?.dispose();
    tally.dispose();
    this.#perTask.delete(task);
    this.#registry.remove(task);
    if (this.#last === id) this.#last = 0;
  }

  #vectors(task: string): TaskVectors {
    this.#registry.id(task);
    const vectors = this.#perTask.get(task);
    if (!vectors) throw new ConfigError(`APO keeps nothing for task ${task}`);
    return vectors;
  }

  #accumulator(task: string): Tensor {
    const accumulator = this.#vectors(task).accumulator ?? this.#shared;
    if (!accumulator) throw new ConfigError(`APO has no accumulator for task ${task}`);
    return accumulator;
  }

  /**
   * One step with the gradients in the arena, which are those of one batch of this task. Three dispatches, nothing is read back. With a
   * gradient that is not finite the step does nothing, and `check` will throw.
   * @throws ConfigError for an unknown task, or when `lr` was set out of range
   */
  step(task: string): void {
    const { device, gradients, values } = this.arena;
    const accumulator = this.#accumulator(task).binding;
    const [blocks, gradient, verdict] = [this.#blocks.binding, gradients.binding, this.#verdict.binding];
    const groups = linearGroups(this.#blockCount, 1);
    // Asked once a step, replayed or not, by the first of the dispatches.
    let current: StepParams;
    const params = (): StepParams => current;
    device.dispatch(kernel, { entry: 'survey', params: () => (current = this.#begin(task)), groups, buffers: { blocks, gradient, accumulated: accumulator, block_moments: this.#moments.binding } });
    device.dispatch(kernel, { entry: 'threshold', params, groups: linearGroups(this.groups.length, 1), buffers: { group_table: this.#groupTable.binding, moments: this.#moments.binding, verdict } });
    device.dispatch(kernel, {
      entry: 'update', overrides: { BUDGET: this.options.claimBudget < 1 ? 1 : 0 }, params, groups,
      buffers: { blocks, gradient, accumulator, anchor: this.#anchor.binding, judged: verdict, parameter: values.binding, owner: this.#owner.binding, tally: this.#vectors(task).tally.binding },
    });
  }

  #begin(task: string): StepParams {
    const id = this.#registry.id(task);
    checkLearningRate(this.lr);
    const refresh = this.options.anchor === 'taskStart' && this.#last !== id;
    this.#last = id;
    return stepParams(this.options, { lr: this.lr, task: id, serial: ++this.#serial, epoch: this.#epoch, refresh, blocks: this.#blockCount, groups: this.groups.length });
  }

  /** Ends an epoch, after all its tasks. By default the parameters of now become the anchor θ_prev of the next. */
  endEpoch(): void {
    const { anchor, releaseAfter, claimDecay } = this.options;
    if (anchor === 'epochEnd') this.arena.device.copy(this.arena.values.binding, this.#anchor.binding);
    if (releaseAfter > 0 || claimDecay < 1) this.#sweep('grow_older', { patience: releaseAfter });
    this.#epoch++;
    this.#last = 0;
  }

  #sweep(entry: 'grow_older' | 'release', numbers: { task?: number; patience?: number }): void {
    this.arena.device.dispatch(claims, { entry, params: { blocks: this.#blockCount, width: 0, patience: 0, task: 0, ...numbers }, groups: linearGroups(this.#blockCount, 1), buffers: { blocks: this.#blocks.binding, owner: this.#owner.binding } });
  }

  /**
   * Looks whether a step was refused since the last look: one small read-back, for every so many steps or the end of an epoch. Whatever
   * reads the state does it too.
   * @throws NumericsError naming the tensor and the task of the first refused step, and how many there were
   */
  async check(): Promise<void> {
    const head = this.#verdict.view({ shape: [VERDICT_HEAD], strides: [1], offset: 0 });
    const words = head.read();
    // Recorded behind the copy, before any other step: none goes unseen.
    this.arena.device.clear({ ...head.binding, size: VERDICT_HEAD * 4 });
    const error = refusal(await words as Uint32Array, {
      tensor: (block) => this.arena.segments[this.#tables.places[block]?.tensor ?? -1]?.name ?? 'the model',
      task: (id) => this.#registry.name(id),
    });
    if (error) throw error;
  }

  /** Who owns how much, for the model, each layer and each tensor. Reads back; meant for the end of an epoch. @throws NumericsError as `check` */
  async ownership(): Promise<Ownership> {
    await this.check();
    const { device, segments } = this.arena;
    using _scope = device.scope();
    const groups = groupsOf(segments, { ...this.options, granularity: 'tensor', split: {} });
    const width = this.#registry.largest + 1;
    const counts = zeros(device, [segments.length, width], { dtype: 'uint32' });
    const blocks = tensor(device, blockTables(groups).blocks);
    device.dispatch(claims, { entry: 'count_owners', params: { blocks: blocks.size / 4, width, patience: 0, task: 0 }, groups: linearGroups(blocks.size / 4, 1), buffers: { blocks: blocks.binding, owners: this.#owner.binding, counts: counts.binding } });
    const ids = [0, ...this.tasks.map((task) => this.#registry.id(task))];
    const found = await counts.read();
    const exempt = new Set(this.groups.filter((group) => group.exempt).flatMap(({ pieces }) => pieces.map((piece) => piece.tensor)));
    return ownership(this.tasks, segments.map(({ name }, i) => ({ name, exempt: exempt.has(i), counts: ids.map((id) => found[i * width + id] ?? 0) })));
  }

  /** The owner of every parameter of a tensor, in its shape's order: 0 nobody, t + 1 the task at position t of `tasks`. */
  async owners(name: string): Promise<Uint32Array> {
    const segment = this.arena.segments.find((candidate) => candidate.name === name);
    if (!segment) throw new ConfigError(`there is no parameter ${name}`);
    return this.#inPositions(await this.#owner.view({ shape: [segment.length], strides: [1], offset: segment.offset }).read());
  }

  /** Owner maps of all tensors, or of those of one layer, by name, as `writeSafetensors` takes them. @throws ConfigError for an unknown layer */
  async ownerMaps(layer?: string): Promise<Map<string, { shape: readonly number[]; data: Uint32Array }>> {
    const all = await this.ownerVector();
    const wanted = this.arena.segments.filter(({ name }) => layer === undefined || layerOf(name) === layer);
    if (wanted.length === 0) throw new ConfigError(`there is no layer ${layer ?? ''}; there are: ${[...new Set(this.arena.segments.map(({ name }) => layerOf(name)))].join(', ')}`);
    return new Map(wanted.map(({ name, shape, offset, length }) => [name, { shape, data: all.slice(offset, offset + length) }]));
  }

  /** As `owners`, for all parameters, laid out as the arena. */
  async ownerVector(): Promise<Uint32Array> {
    return this.#inPositions(await this.#owner.read());
  }

  #inPositions(words: ArrayLike<number>): Uint32Array {
    const positions = this.#registry.positions;
    return Uint32Array.from(words, (word) => positions.get(word & 0xffff) ?? 0);
  }

  /** The accumulator G that this task's thresholds are taken from, laid out as the arena. */
  async sensitivity(task: string): Promise<Float32Array> {
    return await this.#accumulator(task).read() as Float32Array;
  }

  /** Thresholds τ of the last step, by tensor, or by the groups asked for. Infinity where nothing could be sensitive. */
  async thresholds(): Promise<ReadonlyMap<string, number>> {
    const words = await this.#verdict.read() as Uint32Array;
    const values = new Float32Array(words.buffer, words.byteOffset + VERDICT_HEAD * 4);
    return new Map(this.groups.map(({ name }, i) => [name, (values[i] ?? NaN) >= NOTHING ? Infinity : values[i] ?? NaN]));
  }

  /** What the steps of each task counted since the start or the last `clearTally`. */
  async tally(): Promise<readonly TaskTally[]> {
    const read = [...this.#perTask].map(async ([task, { tally }]) => readTally(task, await tally.read() as Uint32Array, this.groups, this.#tables.places));
    return Promise.all(read);
  }

  /** Starts counting anew; once an epoch, say. */
  clearTally(): void {
    for (const { tally } of this.#perTask.values()) this.arena.device.clear(tally.binding);
  }

  /** Everything that a resumed run needs beside the parameters and the options, tasks by name. @throws NumericsError as `check` */
  async stateDict(): Promise<Map<string, Float32Array | Uint32Array>> {
    await this.check();
    const state = new Map<string, Float32Array | Uint32Array>([['epoch', Uint32Array.of(this.#epoch, this.#last)]]);
    for (const task of this.tasks) state.set(taskKey(task), Uint32Array.of(this.#registry.id(task)));
    for (const [name, t] of this.#state()) state.set(name, await t.read() as Float32Array | Uint32Array);
    return state;
  }

  /** Tasks may come in any order. @throws CheckpointError unless the state is that of the same tasks, options and arena; then nothing has changed */
  loadStateDict(state: APOState): void {
    const { device } = this.arena;
    const map = translation(state, this.#registry);
    const vectors = this.#state();
    const single = (size: number): { size: number; whole: boolean } => ({ size, whole: true });
    checkState(state, new Map([
      ['epoch', single(2)], ...this.tasks.map((task) => [taskKey(task), single(1)] as const),
      ...vectors.map(([name, { size, dtype }]) => [name, { size, whole: dtype === 'uint32' }] as const),
    ]));
    const [epoch = 0, last = 0] = state.get('epoch') ?? [];
    const lastHere = map.get(last);
    if (lastHere === undefined) throw new CheckpointError(`the APO state was left by task number ${last}, which it does not name`);
    const owners = translateOwners(state.get('owner') ?? new Uint32Array(), map);
    for (const [name, t] of vectors) t.write(name === 'owner' ? owners : state.get(name) ?? []);
    this.#epoch = epoch;
    this.#last = lastHere;
    device.clear({ ...this.#verdict.binding, size: VERDICT_HEAD * 4 });
  }

  #state(): (readonly [string, Tensor])[] {
    return [
      ['owner', this.#owner], ['anchor', this.#anchor], ...(this.#shared ? [['accumulator', this.#shared] as const] : []),
      ...[...this.#perTask].flatMap(([task, { accumulator, tally }]) => [...(accumulator ? [[`accumulator.${task}`, accumulator] as const] : []), [`tally.${task}`, tally] as const]),
    ];
  }
}
