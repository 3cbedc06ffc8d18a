/** The batches of one epoch, for tasks that take turns. */
import { batches, targetsPerSample } from '../data/index.ts';
import type { Batch, Task } from '../data/index.ts';
import { ConfigError, sizeOf } from '../engine/index.ts';
import type { Turn } from './schedule.ts';

interface Stream {
  readonly batches: Generator<Batch, void, undefined>;
  next: number;
}

export interface FeedOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Counted from 0. */
  readonly epoch: number;
  /** Batches in one pass over each task. */
  readonly passes: ReadonlyMap<string, number>;
}

/** Gives any batch of the epoch; cheap where the batches of each task are asked for in their order, wherever that begins. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #streams = new Map<string, Stream>();

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  take(task: Task, turn: Turn): Batch {
    const { batchSize, seed, epoch, passes } = this.#options;
    const length = passes.get(task.name) ?? 0;
    let stream = this.#streams.get(task.name);
    if (stream?.next !== turn.batch || turn.batch % length === 0) {
      const pass = Math.floor(turn.batch / length);
      const options = { batchSize, seed, epoch, pass, stream: task.name, start: turn.batch % length, targetSize: targetsPerSample(task) };
      stream = { batches: batches(task.train, sizeOf(task.inputShape), options), next: turn.batch };
      this.#streams.set(task.name, stream);
    }
    const { value } = stream.batches.next();
    if (!value) throw new ConfigError(`task ${task.name} has no batch ${turn.batch}`);
    stream.next++;
    return value;
  }
}
