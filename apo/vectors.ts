/** What the device keeps for APO: vectors laid out as the arena, tables of its blocks, and vectors of each task. */
import type { ParameterArena, Segment } from '../engine/arena.ts';
import { ConfigError } from '../engine/errors.ts';
import { empty, tensor, zeros } from '../engine/tensor.ts';
import type { Tensor } from '../engine/tensor.ts';
import { blockTables, groupsOf } from './groups.ts';
import type { BlockTables, Group } from './groups.ts';
import type { ResolvedOptions } from './options.ts';
import { TALLY_WORDS } from './tally.ts';
import { TaskRegistry } from './tasks.ts';
import { VERDICT_HEAD } from './verdict.ts';

interface TaskVectors {
  /** Null where all tasks share one. */
  readonly accumulator: Tensor | null;
  readonly tally: Tensor;
}

export class APOVectors {
  readonly arena: ParameterArena;
  readonly groups: readonly Group[];
  readonly tables: BlockTables;
  readonly registry: TaskRegistry = new TaskRegistry();
  readonly blocks: Tensor;
  readonly groupTable: Tensor;
  readonly moments: Tensor;
  readonly verdict: Tensor;
  readonly anchor: Tensor;
  readonly owner: Tensor;
  readonly #shared: Tensor | null;
  readonly #perTask = new Map<string, TaskVectors>();

  constructor(arena: ParameterArena, options: ResolvedOptions) {
    const { device } = arena;
    this.arena = arena;
    this.groups = groupsOf(arena.segments, options);
    this.tables = blockTables(this.groups, arena.chunks, options.claimBudget);
    this.blocks = tensor(device, this.tables.blocks);
    this.groupTable = tensor(device, this.tables.groups);
    this.moments = empty(device, [this.blockCount, 5]);
    this.verdict = zeros(device, [VERDICT_HEAD + this.groups.length], { dtype: 'uint32' });
    this.owner = arena.vector('uint32');
    this.anchor = arena.vector();
    this.#shared = options.accumulator === 'shared' ? arena.vector() : null;
    this.takeAnchor();
  }

  get blockCount(): number {
    return this.tables.places.length;
  }

  /** The parameters as they are become the anchor. */
  takeAnchor(): void {
    const { device, values, capacity } = this.arena;
    device.copy({ storage: values.storage, offset: 0, size: capacity * 4 }, { storage: this.anchor.storage, offset: 0, size: capacity * 4 });
  }

  addTask(task: string): void {
    this.registry.add(task);
    this.#perTask.set(task, { accumulator: this.#shared ? null : this.arena.vector(), tally: zeros(this.arena.device, [1 + this.blockCount, TALLY_WORDS], { dtype: 'uint32' }) });
  }

  removeTask(task: string): void {
    const { accumulator, tally } = this.#of(task);
    accumulator?.dispose();
    tally.dispose();
    this.#perTask.delete(task);
    this.registry.remove(task);
  }

  #of(task: string): TaskVectors {
    this.registry.id(task);
    const vectors = this.#perTask.get(task);
    if (!vectors) throw new ConfigError(`APO keeps nothing for task ${task}`);
    return vectors;
  }

  /** @throws ConfigError for an unknown task */
  accumulator(task: string): Tensor {
    const accumulator = this.#of(task).accumulator ?? this.#shared;
    if (!accumulator) throw new ConfigError(`APO has no accumulator for task ${task}`);
    return accumulator;
  }

  /** @throws ConfigError for an unknown task */
  tally(task: string): Tensor {
    return this.#of(task).tally;
  }

  /** The tensor that a block is of. */
  segment(block: number): Segment | undefined {
    return this.arena.segments[this.tables.places[block]?.tensor ?? -1];
  }

  /** What is saved, and under which names. */
  get saved(): ReadonlyMap<string, Tensor> {
    return new Map([
      ['owner', this.owner], ['anchor', this.anchor], ...(this.#shared ? [['accumulator', this.#shared] as const] : []),
      ...[...this.#perTask].flatMap(([task, { accumulator, tally }]) => [...(accumulator ? [[`accumulator.${task}`, accumulator] as const] : []), [`tally.${task}`, tally] as const]),
    ]);
  }
}
