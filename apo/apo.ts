/**
 * APO: Adaptive Parameter Optimisation (Thakur et al., AISTATS 2025, Algorithm 1). Each task claims the shared parameters that it is
 * sensitive to; other tasks may touch those only gently; what nobody is sensitive to keeps its initial bits.
 *
 * One integer per parameter, its owner, stands for the paper's masks: H^t is where the owner is t, P where there is one at all. That is
 * exact because claims are exclusive and permanent: a task claims only what is unclaimed, and no update takes a claim away.
 */
import kernel from '../kernels/apo.wgsl';
import type { ParameterArena } from '../engine/arena.ts';
import { ConfigError } from '../engine/errors.ts';
import { checkLearningRate } from '../engine/optim/optimizer.ts';
import { linearGroups } from '../engine/ops/grid.ts';
import { ageClaims, countOwners, ownerMaps, ownerVector, releaseClaims } from './claims.ts';
import type { Group } from './groups.ts';
import { resolveOptions } from './options.ts';
import type { APOOptions, ResolvedOptions } from './options.ts';
import type { Ownership } from './ownership.ts';
import { readState, writeState } from './state.ts';
import type { APOState } from './state.ts';
import { stepParams } from './step-params.ts';
import type { StepParams } from './step-params.ts';
import { readTally } from './tally.ts';
import type { TaskTally } from './tally.ts';
import { APOVectors } from './vectors.ts';
import { VERDICT_HEAD, readThresholds, refusal } from './verdict.ts';

export class APO {
  readonly arena: ParameterArena;
  readonly options: ResolvedOptions;
  /** Learning rate η, at least 0; may change between steps, and between replays of a captured one. */
  lr: number;
  readonly #v: APOVectors;
  #epoch = 0;
  /** Number of the task that took the last step of this epoch. */
  #last = 0;
  #serial = 0;
  /** The numbers of the last step, or of the one under way. */
  #current: StepParams | null = null;

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
    this.#v = new APOVectors(arena, this.options);
    for (const task of tasks) this.addTask(task);
  }

  /** Names in the order in which they were added. */
  get tasks(): readonly string[] {
    return this.#v.registry.names;
  }

  /** Parameters that share a threshold. */
  get groups(): readonly Group[] {
    return this.#v.groups;
  }

  /** Epochs that have ended. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * Adds a task, at any time: it finds the claims of the others as they are, and may claim what nobody owns. Its memory belongs to the
   * scope that is open.
   * @throws ConfigError for a name that is taken @throws LimitError above 65,535 tasks
   */
  addTask(task: string): void {
    this.#v.addTask(task);
  }

  /**
   * Forgets a task. Its claims are released: others may claim those parameters, which keep the values that it gave them. A step of it that
   * was captured cannot be replayed any more.
   * @throws ConfigError for an unknown task
   */
  removeTask(task: string): void {
    const id = this.#v.registry.id(task);
    releaseClaims(this.#v, id);
    this.#v.removeTask(task);
    if (this.#last === id) this.#last = 0;
  }

  /**
   * One step with the gradients in the arena, which are those of one batch of this task. Three dispatches (two more for each further chunk of an
   * arena larger than a binding), nothing is read back. With a
   * gradient that is not finite the step does nothing, and `check` will throw.
   * @throws ConfigError for an unknown task, or when `lr` was set out of range
   */
  step(task: string): void {
    const { arena } = this;
    const { device, gradients, values } = arena;
    const v = this.#v;
    const sensitivity = v.accumulator(task);
    const [blocks, verdict, moments, tally] = [v.blocks.binding, v.verdict.binding, v.moments.binding, v.tally(task).binding];
    const { runs } = v.tables;
    for (const [i, { chunk, first, end }] of runs.entries()) {
      device.dispatch(kernel, {
        entry: 'survey', params: () => ({ ...(i === 0 ? this.#begin(task) : this.#now()), first, end }), groups: linearGroups(end - first, 1),
        buffers: { blocks, gradient: arena.bind(gradients, chunk), accumulated: arena.bind(sensitivity, chunk), block_moments: moments },
      });
    }
    device.dispatch(kernel, { entry: 'threshold', params: () => ({ ...this.#now(), first: 0, end: 0 }), groups: linearGroups(v.groups.length, 1), buffers: { group_table: v.groupTable.binding, moments, verdict } });
    const overrides = { BUDGET: this.options.claimBudget < 1 ? 1 : 0, FADING: this.options.claimDecay < 1 ? 1 : 0 };
    for (const { chunk, first, end } of runs) {
      device.dispatch(kernel, {
        entry: 'update', overrides, params: () => ({ ...this.#now(), first, end }), groups: linearGroups(end - first, 1),
        buffers: {
          blocks, judged: verdict, tally, gradient: arena.bind(gradients, chunk), accumulator: arena.bind(sensitivity, chunk),
          anchor: arena.bind(v.anchor, chunk), parameter: arena.bind(values, chunk), owner: arena.bind(v.owner, chunk),
        },
      });
    }
  }

  /**
   * For what another optimizer is to make of the same batch, a head's say: if `step` was just refused, the gradients of that arena become zero, with
   * which SGD without momentum and weight decay moves nothing, bit for bit. One dispatch, nothing is read back.
   * @throws ConfigError before the first step
   */
  guard(arena: ParameterArena): void {
    for (const chunk of arena.chunks) {
      const quads = chunk.size / 4;
      arena.device.dispatch(kernel, {
        entry: 'guard', params: () => ({ ...this.#now(), first: 0, end: quads }), groups: linearGroups(quads, 64),
        buffers: { judged: this.#v.verdict.binding, guarded: arena.bind(arena.gradients, chunk) },
      });
    }
  }

  /** Asked once a step, replayed or not, by the first of its dispatches. */
  #begin(task: string): StepParams {
    const id = this.#v.registry.id(task);
    checkLearningRate(this.lr);
    const refresh = this.options.anchor === 'taskStart' && this.#last !== id;
    this.#last = id;
    return this.#current = stepParams(this.options, { lr: this.lr, task: id, serial: ++this.#serial, epoch: this.#epoch, refresh, groups: this.#v.groups.length });
  }

  #now(): StepParams {
    if (!this.#current) throw new ConfigError('APO has taken no step yet that could have been refused');
    return this.#current;
  }

  /** Ends an epoch, after all its tasks. By default the parameters of now become the anchor θ_prev of the next. */
  endEpoch(): void {
    const { anchor, releaseAfter, claimDecay } = this.options;
    if (anchor === 'epochEnd') this.#v.takeAnchor();
    if (releaseAfter > 0 || claimDecay < 1) ageClaims(this.#v, releaseAfter);
    this.#epoch++;
    this.#last = 0;
  }

  /**
   * Looks whether a step was refused since the last look: one small read-back, for every so many steps or the end of an epoch. `ownership` and
   * `stateDict` do it too.
   * @throws NumericsError naming the tensor and the task of the first refused step, and how many there were
   */
  async check(): Promise<void> {
    const head = this.#v.verdict.view({ shape: [VERDICT_HEAD], strides: [1], offset: 0 });
    const words = head.read();
    // Recorded behind the copy, before any other step: none goes unseen.
    this.arena.device.clear({ ...head.binding, size: VERDICT_HEAD * 4 });
    const error = refusal(await words as Uint32Array, { tensor: (block) => this.#v.segment(block)?.name ?? 'the model', task: (id) => this.#v.registry.name(id) });
    if (error) throw error;
  }

  /** Who owns how much, for the model, each layer and each tensor. Reads back; meant for the end of an epoch. @throws NumericsError as `check` */
  async ownership(): Promise<Ownership> {
    await this.check();
    return countOwners(this.#v);
  }

  /** The owner of every parameter of a tensor, in its shape's order: 0 nobody, t + 1 the task at position t of `tasks`. @throws ConfigError */
  async owners(name: string): Promise<Uint32Array> {
    const owners = (await ownerMaps(this.#v)).get(name);
    if (!owners) throw new ConfigError(`there is no parameter ${name}`);
    return owners.data;
  }

  /** Owner maps of all tensors, or of those of one layer, by name, as `writeSafetensors` takes them. @throws ConfigError for an unknown layer */
  ownerMaps(layer?: string): Promise<Map<string, { shape: readonly number[]; data: Uint32Array }>> {
    return ownerMaps(this.#v, layer);
  }

  /** As `owners`, for all parameters, laid out as the arena. */
  ownerVector(): Promise<Uint32Array> {
    return ownerVector(this.#v);
  }

  /** The accumulator G that this task's thresholds are taken from, laid out as the arena. */
  async sensitivity(task: string): Promise<Float32Array> {
    return await this.#v.accumulator(task).read() as Float32Array;
  }

  /** Thresholds τ of the last step, by tensor, or by the groups asked for. Infinity where nothing could be sensitive. */
  async thresholds(): Promise<ReadonlyMap<string, number>> {
    const values = readThresholds(await this.#v.verdict.read() as Uint32Array);
    return new Map(this.groups.map(({ name }, i) => [name, values[i] ?? NaN]));
  }

  /** What the steps of each task counted since the start or the last `clearTally`. @throws LimitError after 4,194,303 steps of one task */
  tally(): Promise<readonly TaskTally[]> {
    return Promise.all(this.tasks.map(async (task) => readTally(task, await this.#v.tally(task).read() as Uint32Array, this.groups, this.#v.tables.places, this.arena.segments)));
  }

  /** Starts counting anew; once an epoch, say. */
  clearTally(): void {
    for (const task of this.tasks) this.arena.device.clear(this.#v.tally(task).binding);
  }

  /** Everything that a resumed run needs beside the parameters and the options, tasks by name. @throws NumericsError as `check` */
  async stateDict(): Promise<Map<string, Float32Array | Uint32Array>> {
    await this.check();
    return readState(this.#v, { epoch: this.#epoch, last: this.#last });
  }

  /** Tasks may come in any order. @throws CheckpointError unless the state is that of the same tasks, options and arena; then nothing has changed */
  loadStateDict(state: APOState): void {
    const { epoch, last } = writeState(this.#v, state);
    this.#epoch = epoch;
    this.#last = last;
    this.arena.device.clear({ ...this.#v.verdict.binding, size: VERDICT_HEAD * 4 });
  }
}
