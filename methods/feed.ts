/** The batches of one epoch, for tasks that take turns. */
import { ahead, pendingBatches, targetsPerSample } from '../data/index.ts';
import type { Batch, Task } from '../data/index.ts';
import { ConfigError, sizeOf } from '../engine/index.ts';
import type { Turn } from './schedule.ts';
import type { Part } from './steps.ts';

interface Stream {
  readonly batches: Generator<Batch | Promise<Batch>, void, undefined>;
  next: number;
}

export interface FeedOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Counted from 0. */
  readonly epoch: number;
  /** Batches in one pass over each task. */
  readonly passes: ReadonlyMap<string, number>;
  task(name: string): Task;
}

/**
 * The parts of one step after the other, the next ones prepared while a step runs.
 * @param steps whose turns make a step; each task's batches are asked for in their order, wherever that begins
 */
export function feed(steps: readonly (readonly Turn[])[], options: FeedOptions): AsyncGenerator<readonly Part[], void, undefined> {
  return ahead(prepared(steps, options));
}

function* prepared(steps: readonly (readonly Turn[])[], options: FeedOptions): Generator<Promise<readonly Part[]>, void, undefined> {
  const streams = new Map<string, Stream>();
  for (const turns of steps) {
    yield Promise.all(turns.map(async (turn) => {
      const task = options.task(turn.task);
      return { task, batch: await take(streams, task, turn, options) };
    }));
  }
}

function take(streams: Map<string, Stream>, task: Task, turn: Turn, { batchSize, seed, epoch, passes }: FeedOptions): Batch | Promise<Batch> {
  const length = passes.get(task.name) ?? 0;
  let stream = streams.get(task.name);
  if (stream?.next !== turn.batch || turn.batch % length === 0) {
    const pass = Math.floor(turn.batch / length);
    const options = { batchSize, seed, epoch, pass, stream: task.name, start: turn.batch % length, targetSize: targetsPerSample(task) };
    stream = { batches: pendingBatches(task.train, sizeOf(task.inputShape), options), next: turn.batch };
    streams.set(task.name, stream);
  }
  const { value } = stream.batches.next();
  if (!value) throw new ConfigError(`task ${task.name} has no batch ${turn.batch}`);
  stream.next++;
  return value;
}
