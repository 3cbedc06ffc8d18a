/** Trains one model on the tasks of a data set, epoch by epoch, by any method. */
import { TASK_METRIC } from '../analysis/metrics.ts';
import type { Metrics } from '../analysis/metrics.ts';
import { checkTask, stepsPerEpoch } from '../data/index.ts';
import type { Task } from '../data/index.ts';
import { CheckpointError, ConfigError, NumericsError } from '../engine/index.ts';
import { Augmenter } from './augmentation.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Position } from './checkpoint.ts';
import { evaluate } from './evaluate.ts';
import type { EndEvent, TrainEvent } from './events.ts';
import { feed } from './feed.ts';
import { checkHeads } from './heads.ts';
import { InFlight } from './in-flight.ts';
import { phasesOf } from './method.ts';
import type { UpdateRule } from './method.ts';
import { epochsOf } from './phase.ts';
import type { Phase, PhaseEpoch } from './phase.ts';
import { averageOf, taskResults } from './results.ts';
import { jointTurns, resolveSchedule, turnsOf } from './schedule.ts';
import type { EpochFacts, ResolvedSchedule, Turn } from './schedule.ts';
import { Selection } from './selection.ts';
import { epochShares, ownershipShares } from './shares.ts';
import { NO_WORK, Steps } from './steps.ts';
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
  /** All epochs of all phases. */
  readonly #epochs: readonly PhaseEpoch[];
  readonly #selection: Selection;
  readonly #schedule: ResolvedSchedule;
  readonly #order: ResolvedTaskOrder;
  readonly #rule: UpdateRule;
  readonly #steps: Steps;
  readonly #checkEvery: number;
  readonly #inFlight = new InFlight();
  readonly #start = performance.now();
  #phase: Phase | null = null;
  #position: Position;

  constructor(options: TrainOptions) {
    this.#o = options;
    const { device, dataset, model, method, hyperparameters: values, lr, batchSize, seed } = options;
    this.#checkEvery = options.checkEvery ?? CHECK_EVERY;
    if (!(Number.isSafeInteger(this.#checkEvery) && this.#checkEvery >= 0)) throw new ConfigError(`checkEvery: expected a whole number from 0, got ${this.#checkEvery}`);
    this.#tasks = new Map(dataset.tasks.map((task) => [task.name, checkTask(task)]));
    checkHeads(model, dataset.tasks);
    const names = [...this.#tasks.keys()];
    this.#schedule = resolveSchedule(options.schedule ?? {});
    this.#order = resolveTaskOrder(options.taskOrder ?? {}, names);
    const phases = phasesOf(method, names, options.epochs, values);
    this.#epochs = epochsOf(phases);
    this.#selection = new Selection(options.selection ?? 'best', dataset.tasks);
    const augmenter = options.augmentation && new Augmenter(options.augmentation, dataset.tasks, seed);
    this.#rule = method.create({ model, tasks: names, lr, seed, values });
    const plan = JSON.stringify({ seed, batchSize, ...this.#schedule, augmentation: options.augmentation });
    this.#position = options.resume
      ? this.#resume(options.resume, plan)
      : { epoch: 0, step: 0, order: this.#order.first, lossSums: NONE, targetCounts: NONE, initialLosses: NONE, work: NO_WORK, plan };
    this.#steps = new Steps({ device, model, rule: this.#rule, lossSums: new Map(names.map((name) => [name, this.#position.lossSums.get(name) ?? 0])), targetCounts: this.#position.targetCounts, work: this.#position.work, augmenter });
  }

  #resume({ bytes, file }: NonNullable<TrainOptions['resume']>, plan: string): Position {
    const position = loadCheckpoint(bytes, file, this.#o.model, this.#rule, this.#selection);
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

  /** The steps of the epoch at hand, and its batches: how many a full one has samples, and how many make a pass over each task. */
  #plan({ phase }: PhaseEpoch): { readonly turns: readonly (readonly Turn[])[]; readonly full: number; readonly passes: ReadonlyMap<string, number> } {
    const { epoch, order } = this.#position;
    const full = phase.batchSize ?? this.#o.batchSize;
    const passes = new Map(phase.tasks.map((name) => [name, stepsPerEpoch(this.#task(name).train.length, full)]));
    // Steps of all tasks at once are the same in any order, and so is what is captured of them.
    const inTurn = phase.mode === 'joint' ? [...passes.keys()] : order.filter((name) => passes.has(name));
    const facts: EpochFacts = { seed: this.#o.seed, epoch, order: inTurn, batches: passes };
    const schedule = { ...this.#schedule, stepsPerTask: Math.min(this.#schedule.stepsPerTask, phase.stepsPerTask ?? Infinity) };
    return { turns: phase.mode === 'joint' ? jointTurns(schedule, facts) : turnsOf(schedule, facts).map((turn) => [turn]), full, passes };
  }

  async all(): Promise<EndEvent | null> {
    const { device, dataset, model, method, seed, batchSize, lr } = this.#o;
    const epochs = this.#epochs.length;
    this.#emit({
      type: 'start', adapter: device.adapter.name, dataset: dataset.name, method: method.name, model: model.name, seed, epochs, batchSize, learningRate: lr,
      tasks: dataset.tasks.map(({ name, kind, train: a, validation, test }) => ({ name, metric: TASK_METRIC[kind], train: a.length, validation: validation.length, test: test.length })),
      parameters: { shared: model.shared.size, heads: [...model.heads.values()].reduce((total, arena) => total + arena.size, 0) },
      inputs: dataset.tasks.map(({ name, kind, classes, inputShape }) => ({ name, kind, classes, inputShape })),
    });
    for (const epoch of this.#epochs.slice(this.#position.epoch)) {
      if (!(await this.#epoch(epoch))) return null;
      await this.#endEpoch(epoch);
    }
    const ownership = await this.#rule.ownership?.();
    const tasks = taskResults(dataset.tasks, await this.#measureChosen('validation'), await this.#measureChosen('test'));
    const { best } = this.#selection;
    if (best) model.loadStateDict(best.state);
    const end: EndEvent = { type: 'end', seconds: this.#seconds(), selected: (best?.epoch ?? epochs - 1) + 1, passes: this.#steps.work.forwards / this.#steps.work.batches, tasks, average: averageOf(tasks), ownership: ownership ? ownershipShares(ownership) : null };
    this.#emit(end);
    return end;
  }

  /** What is left of the current epoch. False when interrupted. */
  async #epoch(within: PhaseEpoch): Promise<boolean> {
    const { device, seed, signal } = this.#o;
    const { epoch, step: done } = this.#position;
    let entered = within.epoch > 0 && this.#phase === within.phase;
    const { turns, full, passes } = this.#plan(within);
    const counts = new Map<string, number>();
    for (const { task } of turns.flat()) counts.set(task, (counts.get(task) ?? 0) + 1);
    let step = this.#position.step;
    for await (const parts of feed(turns.slice(step), { batchSize: full, seed, epoch, passes, task: (name) => this.#task(name) })) {
      if (signal?.aborted) {
        await this.#checkpoint(await this.#soundLossSums());
        return false;
      }
      // Not before it is sure that a step follows: what is saved until then knows nothing of the phase.
      if (!entered) await this.#enter(within, done > 0);
      entered = true;
      await this.#steps.run(parts, full);
      const together = turns[step] ?? [];
      step++;
      await this.#inFlight.add(device.submitted(), ...this.#look(step));
      this.#position = { ...this.#position, step };
      for (const { task, batch } of together) this.#emit({ type: 'progress', epoch: epoch + 1, task, step: batch + 1, steps: counts.get(task) ?? 0 });
    }
    return true;
  }

  async #enter({ phase, epoch }: PhaseEpoch, midway: boolean): Promise<void> {
    this.#steps.dispose();
    this.#phase = phase;
    await this.#rule.startPhase?.(phase, epoch > 0 || midway);
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

  async #endEpoch({ phase, epoch: epochInPhase }: PhaseEpoch): Promise<void> {
    const { dataset, model } = this.#o;
    const { epoch, order, plan } = this.#position;
    const losses = this.#means(await this.#soundLossSums());
    this.#rule.endEpoch?.(losses);
    if (epochInPhase === phase.epochs - 1) await this.#rule.endPhase?.(phase);
    const seconds = this.#seconds();
    const validation = await this.#measure('validation');
    this.#emit({
      type: 'epoch', epoch: epoch + 1, phase: phase.name, seconds, order, ...epochShares(await this.#rule.ownership?.() ?? null, await this.#rule.tally?.() ?? []),
      tasks: dataset.tasks.map(({ name, kind }, i) => ({ name, loss: losses.get(name) ?? NaN, validation: validation[i]?.[TASK_METRIC[kind]] ?? NaN })),
    });
    // Before the last phase the model is not what the method is after.
    if (phase === this.#epochs.at(-1)?.phase) await this.#selection.consider(epoch, validation, () => model.stateDict());
    this.#steps.clearLossSums();
    this.#rule.clearTally?.();
    const initialLosses = epoch === 0 ? losses : this.#position.initialLosses;
    this.#position = { epoch: epoch + 1, step: 0, order: nextOrder(this.#order, epoch + 1, order, losses, initialLosses), lossSums: NONE, targetCounts: NONE, initialLosses, work: this.#steps.work, plan };
    await this.#checkpoint(NONE);
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

  /** Each task with the model that was chosen for it. */
  async #measureChosen(part: 'validation' | 'test'): Promise<readonly Metrics[]> {
    const { device, dataset, model } = this.#o;
    const found: Metrics[] = [];
    for (const task of dataset.tasks) {
      const choice = this.#selection.of(task.name);
      if (choice) model.loadStateDict(choice.state);
      found.push(await evaluate(device, model, task, task[part]));
    }
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
    this.#o.onCheckpoint(await saveCheckpoint(this.#o.model, this.#rule, { ...this.#position, lossSums, targetCounts: this.#steps.targetCounts, work: this.#steps.work }, this.#selection));
  }
}
