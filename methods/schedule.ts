/**
 * Which batch of which task comes when within an epoch. A pure function of the seed, the epoch, the order of the tasks and their numbers of
 * batches: nothing is remembered, so a run can go on from any step.
 */
import { random32, streamKey } from '../data/index.ts';
import { ConfigError } from '../engine/index.ts';

export const SCHEDULES = ['sequential', 'interleaved', 'proportional'] as const;

/**
 * `sequential`: all steps of a task, then those of the next. `interleaved`: one step of each task in turn; a task whose steps are used up
 * drops out. `proportional`: each next task is drawn with a probability proportional to the steps that it has left, so that every
 * arrangement of the epoch's steps is equally likely.
 */
export type ScheduleKind = (typeof SCHEDULES)[number];

export interface ScheduleOptions {
  /** Default `sequential`. */
  readonly kind?: ScheduleKind;
  /** At most so many steps of each task in an epoch, from 1; they see the first samples of that epoch's order. Default: no cap. */
  readonly stepsPerTask?: number;
  /** Tasks with fewer batches start over, in a new order, until all have as many steps as the longest. Default false: an epoch is one pass. */
  readonly cycle?: boolean;
}

export type ResolvedSchedule = Required<ScheduleOptions>;

/** One step: batch number `batch` of the task in this epoch, counted from 0 and on where a task starts over. */
export interface Turn {
  readonly task: string;
  readonly batch: number;
}

export interface EpochFacts {
  /** An integer in [0, 2^53). */
  readonly seed: number;
  /** Counted from 0. */
  readonly epoch: number;
  /** The tasks' names, each once. */
  readonly order: readonly string[];
  /** Batches in one pass over each task. */
  readonly batches: ReadonlyMap<string, number>;
}

type Steps = ReadonlyMap<string, number>;

const ARRANGEMENTS: Readonly<Record<ScheduleKind, (steps: Steps, facts: EpochFacts) => string[]>> = { sequential, interleaved, proportional };

/** Fills in defaults. @throws ConfigError */
export function resolveSchedule({ kind = 'sequential', stepsPerTask = Infinity, cycle = false }: ScheduleOptions): ResolvedSchedule {
  if (!SCHEDULES.includes(kind)) throw new ConfigError(`schedule: expected ${SCHEDULES.join(' or ')}, got ${kind}`);
  if (stepsPerTask !== Infinity && !(Number.isSafeInteger(stepsPerTask) && stepsPerTask >= 1)) throw new ConfigError(`stepsPerTask: expected a whole number from 1, got ${stepsPerTask}`);
  return { kind, stepsPerTask, cycle };
}

/** Steps of each task in one epoch, in the order of the tasks. */
export function stepsInEpoch({ stepsPerTask, cycle }: ResolvedSchedule, { order, batches }: EpochFacts): Steps {
  const own = order.map((task) => batches.get(task) ?? 0);
  const longest = Math.max(0, ...own);
  return new Map(order.map((task, i) => [task, Math.min(stepsPerTask, cycle && own[i] !== 0 ? longest : own[i] ?? 0)]));
}

/** All steps of one epoch. */
export function turnsOf(schedule: ResolvedSchedule, facts: EpochFacts): readonly Turn[] {
  const taken = new Map<string, number>();
  return ARRANGEMENTS[schedule.kind](stepsInEpoch(schedule, facts), facts).map((task) => {
    const batch = taken.get(task) ?? 0;
    taken.set(task, batch + 1);
    return { task, batch };
  });
}

/** All steps of one epoch in which every step has a batch of each task: as many as the task with most batches has. */
export function jointTurns({ stepsPerTask }: ResolvedSchedule, { order, batches }: EpochFacts): readonly (readonly Turn[])[] {
  const tasks = order.filter((task) => (batches.get(task) ?? 0) > 0);
  const steps = Math.min(stepsPerTask, Math.max(0, ...tasks.map((task) => batches.get(task) ?? 0)));
  return Array.from({ length: steps }, (_, batch) => tasks.map((task) => ({ task, batch })));
}

function sequential(steps: Steps): string[] {
  return [...steps].flatMap(([task, count]) => new Array<string>(count).fill(task));
}

function interleaved(steps: Steps): string[] {
  const tasks: string[] = [];
  for (let round = 0, left = [...steps]; left.length > 0; round++) {
    left = left.filter(([, count]) => count > round);
    for (const [task] of left) tasks.push(task);
  }
  return tasks;
}

function proportional(steps: Steps, { seed, epoch }: EpochFacts): string[] {
  const key = streamKey(seed, 'schedule', epoch);
  const left = [...steps].map(([task, count]) => ({ task, count }));
  const tasks: string[] = [];
  for (let total = left.reduce((sum, { count }) => sum + count, 0); total > 0; total--) {
    let at = Math.floor((random32(key, tasks.length) * total) / 2 ** 32);
    const drawn = left.find(({ count }) => (at -= count) < 0);
    if (!drawn) break;
    drawn.count--;
    tasks.push(drawn.task);
  }
  return tasks;
}
