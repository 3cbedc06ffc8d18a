/** Trains one model on the tasks of a data set, epoch by epoch, by any method. */
import { TASK_METRIC } from '../analysis/metrics.ts';
import type { Metrics } from '../analysis/metrics.ts';
import { checkTask, stepsPerEpoch } from '../data/index.ts';
import type { Task } from '../data/index.ts';
import { CheckpointError, ConfigError, NumericsError } from '../engine/index.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Position } from './checkpoint.ts';
import { evaluate } from './evaluate.ts';
import type { EndEvent, TrainEvent } from './events.ts';
import { Feed } from './feed.ts';
import { checkHeads } from './heads.ts';
import { InFlight } from './in-flight.ts';
import type { UpdateRule } from './method.ts';
import { averageOf, taskResults } from './results.ts';
import { resolveSchedule, stepsInEpoch, turnsOf } from './schedule.ts';
import type { EpochFacts, ResolvedSchedule } from './schedule.ts';
import { epochShares, ownershipShares } from './shares.ts';
import { Steps } from './steps.ts';
import { nextOrder, resolveTaskOrder } from './task-order.ts';
import type { Losses, ResolvedTaskOrder } from './task-order.ts';
import type { TrainOptions } from './train-options.ts';

const CHECK_EVERY = 100;
const NONE: Losses = new Map();

/**
 * @returns the final metrics, or null when interrupted
 * @throws ConfigError, DataError, CheckpointError, NumericsError
 */
export async function train(options: TrainOptions): Promise<EndEvent | null> {
  const run = new Run(options);
  try {
    return await run.all();
  } finally {
    run.dispose();
  }
}

class Run {
  readonly #o: TrainOptions;
  readonly #tasks: ReadonlyMap<string, Task>;
  /** Batches in one pass over each task. */
  readonly #passes: ReadonlyMap<string, number>;
  readonly #schedule: ResolvedSchedule;
  readonly #order: ResolvedTaskOrder;
  readonly #rule: UpdateRule;
  readonly #steps: Steps;
  readonly #checkEvery: number;
  readonly #inFlight = new InFlight();
  readonly #start = performance.now();
  #position: Position;

  constructor(options: TrainOptions) {
    this.#o = options;
    const { device, dataset, model, method, hyperparameters: values, lr, batchSize, seed } = options;
    this.#checkEvery = options.checkEvery ?? CHECK_EVERY;
    if (!(Number.isSafeInteger(this.#checkEvery) && this.#checkEvery >= 0)) throw new ConfigError(`checkEvery: expected a whole number from 0, got ${this.#checkEvery}`);
    this.#tasks = new Map(dataset.tasks.map((task) => [task.name, checkTask(task)]));
    checkHeads(model, dataset.tasks);
    const names = [...this.#tasks.keys()];
    this.#passes = new Map(dataset.tasks.map((task) => [task.name, stepsPerEpoch(task.train.length, batchSize)]));
    this.#schedule = resolveSchedule(options.schedule ?? {});
    this.#order = resolveTaskOrder(options.taskOrder ?? {}, names);
    this.#rule = method.create({ model, tasks: names, lr, values });
    const plan = JSON.stringify({ seed, batchSize, ...this.#schedule });
    this.#position = options.resume
      ? this.#resume(options.resume, plan)
      : { epoch: 0, step: 0, order: this.#order.first, lossSums: NONE, targetCounts: NONE, initialLosses: NONE, plan };
    this.#steps = new Steps({ device, model, batchSize, rule: this.#rule, lossSums: new Map(names.map((name) => [name, this.#position.lossSums.get(name) ?? 0])), targetCounts: this.#position.targetCounts });
  }

  #resume({ bytes, file }: NonNullable<TrainOptions['resume']>, plan: string): Position {
    const position = loadCheckpoint(bytes, file, this.#o.model, this.#rule);
    if (position.step > 0 && position.plan !== plan) throw new CheckpointError(`${file} is from the middle of an epoch of other steps: expected ${plan}, got ${position.plan}`);
    return { ...position, plan };
  }

  dispose(): void {
    this.#steps.dispose();
  }

  #emit(event: TrainEvent): void {
    this.#o.onEvent?.(event);
  }

  #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  get #facts(): EpochFacts {
    const { epoch, order } = this.#position;
    return { seed: this.#o.seed, epoch, order, batches: this.#passes };
  }

  async all(): Promise<EndEvent | null> {
    const { device, dataset, model, method, seed, epochs, batchSize, lr } = this.#o;
    this.#emit({
      type: 'start', adapter: device.adapter.name, dataset: dataset.name, method: method.name, model: model.name, seed, epochs, batchSize, learningRate: lr,
      tasks: dataset.tasks.map(({ name, kind, train: a, validation, test }) => ({ name, metric: TASK_METRIC[kind], train: a.length, validation: validation.length, test: test.length })),
      parameters: { shared: model.shared.size, heads: [...model.heads.values()].reduce((total, arena) => total + arena.size, 0) },
    });
    let validation: readonly Metrics[] | null = null;
    while (this.#position.epoch < epochs) {
      if (!(await this.#epoch())) return null;
      validation = await this.#endEpoch();
    }
    // Resumed after the last epoch: nothing was trained, everything is still to be measured.
    validation ??= await this.#measure('validation');
    const tasks = taskResults(dataset.tasks, validation, await this.#measure('test'));
    const ownership = await this.#rule.ownership?.();
    const end: EndEvent = { type: 'end', seconds: this.#seconds(), tasks, average: averageOf(tasks), ownership: ownership ? ownershipShares(ownership) : null };
    this.#emit(end);
    return end;
  }

  /** What is left of the current epoch. False when interrupted. */
  async #epoch(): Promise<boolean> {
    const { device, batchSize, seed, signal } = this.#o;
    const { epoch } = this.#position;
    const turns = turnsOf(this.#schedule, this.#facts);
    const steps = stepsInEpoch(this.#schedule, this.#facts);
    const feed = new Feed({ batchSize, seed, epoch, passes: this.#passes });
    for (const [step, turn] of turns.entries()) {
      if (step < this.#position.step) continue;
      if (signal?.aborted) {
        await this.#checkpoint(await this.#soundLossSums());
        return false;
      }
      const task = this.#task(turn.task);
      this.#steps.run(task, feed.take(task, turn));
      await this.#inFlight.add(device.submitted(), ...this.#look(step + 1));
      this.#position = { ...this.#position, step: step + 1 };
      this.#emit({ type: 'progress', epoch: epoch + 1, task: task.name, step: turn.batch + 1, steps: steps.get(task.name) ?? 0 });
    }
    return true;
  }

  #task(name: string): Task {
    const task = this.#tasks.get(name);
    if (!task) throw new ConfigError(`the data set has no task ${name}`);
    return task;
  }

  /** Asks now and then whether the method refused a step. The answer comes when the steps before it are done; training goes on until then. */
  #look(steps: number): readonly Promise<void>[] {
    const answer = this.#checkEvery > 0 && steps % this.#checkEvery === 0 ? this.#rule.check?.() : undefined;
    return answer ? [answer] : [];
  }

  async #endEpoch(): Promise<readonly Metrics[]> {
    const { dataset } = this.#o;
    const { epoch, order, plan } = this.#position;
    this.#rule.endEpoch?.();
    const seconds = this.#seconds();
    const losses = this.#means(await this.#soundLossSums());
    const validation = await this.#measure('validation');
    this.#emit({
      type: 'epoch', epoch: epoch + 1, seconds, order, ...epochShares(await this.#rule.ownership?.() ?? null, await this.#rule.tally?.() ?? []),
      tasks: dataset.tasks.map(({ name, kind }, i) => ({ name, loss: losses.get(name) ?? NaN, validation: validation[i]?.[TASK_METRIC[kind]] ?? NaN })),
    });
    this.#steps.clearLossSums();
    this.#rule.clearTally?.();
    const initialLosses = epoch === 0 ? losses : this.#position.initialLosses;
    this.#position = { epoch: epoch + 1, step: 0, order: nextOrder(this.#order, epoch + 1, order, losses, initialLosses), lossSums: NONE, targetCounts: NONE, initialLosses, plan };
    await this.#checkpoint(NONE);
    return validation;
  }

  /** Mean losses over the epoch's targets; a task without any has none. */
  #means(sums: Losses): Losses {
    return new Map([...this.#steps.targetCounts].flatMap(([name, count]) => count === 0 ? [] : [[name, (sums.get(name) ?? NaN) / count]]));
  }

  async #measure(part: 'validation' | 'test'): Promise<readonly Metrics[]> {
    const { device, dataset, model } = this.#o;
    const found: Metrics[] = [];
    for (const task of dataset.tasks) found.push(await evaluate(device, model, task, task[part]));
    return found;
  }

  /** The sums of losses. @throws NumericsError when they or the method say that this model is not worth keeping */
  async #soundLossSums(): Promise<Losses> {
    await this.#inFlight.drain();
    // First what can name the tensor.
    await this.#rule.check?.();
    const sums = await this.#steps.lossSums();
    for (const [task, sum] of sums) {
      if (!Number.isFinite(sum)) throw new NumericsError(`the loss of task ${task} is ${sum} in epoch ${this.#position.epoch + 1}: lower the learning rate (it is ${this.#o.lr}). The last checkpoint is from before`);
    }
    return sums;
  }

  async #checkpoint(lossSums: Losses): Promise<void> {
    if (!this.#o.onCheckpoint) return;
    this.#o.onCheckpoint(await saveCheckpoint(this.#o.model, this.#rule, { ...this.#position, lossSums, targetCounts: this.#steps.targetCounts }));
  }
}
