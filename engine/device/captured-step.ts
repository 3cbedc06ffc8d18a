/** A step that was captured, with its memory and what it needs to run again. */
import { planMemory, storagesOf } from './capture.ts';
import type { Recording } from './capture.ts';
import type { Faults } from './faults.ts';
import type { Memory, Storage } from './memory.ts';
import type { PreparedSteps } from './prepared.ts';
import type { CommandStream } from './stream.ts';

/** A step that can be replayed. */
export class CapturedStep {
  readonly #stream: CommandStream;
  readonly #prepared: PreparedSteps;
  readonly #buffers: readonly Storage[];
  readonly #pinned: readonly Storage[];
  /** What the step uses and does not own: it must be alive at every replay. */
  readonly #external: readonly Storage[];
  /** Where its kernels report, if any does. */
  readonly #faults: Faults | null;
  /** Bytes of temporary memory, planned; and what the eager step takes. */
  readonly plannedBytes: number;
  readonly eagerBytes: number;

  constructor(recording: Recording, memory: Memory, stream: CommandStream, faults: Faults) {
    const plan = planMemory(recording, memory);
    const created = new Set(recording.created);
    this.#stream = stream;
    this.#buffers = plan.buffers;
    this.#pinned = recording.created.filter((storage) => !storage.alive);
    this.#external = [...new Set(recording.commands.flatMap(storagesOf))].filter((storage) => storage.alive || !created.has(storage));
    this.#faults = faults.among(this.#external) ? faults : null;
    this.plannedBytes = plan.plannedBytes;
    this.eagerBytes = plan.eagerBytes;
    try {
      this.#prepared = stream.prepare(recording.commands);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Number of dispatches, clears and copies. */
  get size(): number {
    return this.#prepared.size;
  }

  /** Number of bind groups that the dispatches share: each is for a kernel and the buffers that it is given. */
  get bindGroups(): number {
    return this.#prepared.bindGroups;
  }

  /** Runs the step once: one submit, and one more for every 4,096 dispatches. @throws TensorError when something it uses was freed */
  replay(): void {
    for (const storage of this.#external) storage.checkAlive();
    for (const buffer of this.#buffers) buffer.checkAlive();
    this.#faults?.arm();
    this.#stream.replay(this.#prepared);
  }

  /** Gives the step's memory back. */
  dispose(): void {
    this.#release();
    this.#prepared.destroy();
  }

  #release(): void {
    for (const buffer of this.#buffers) buffer.free();
    for (const storage of this.#pinned) storage.unpin();
  }
}
