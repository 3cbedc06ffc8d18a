/** Trains one model on the tasks of a data set, in turn within each epoch, by any method. */
import { batches, stepsPerEpoch } from '../data/index.ts';
import type { Batch, Dataset, Task } from '../data/index.ts';
import { NumericsError, accumulate, affine, backward, crossEntropy, reshape, sizeOf, tensor, zeros } from '../engine/index.ts';
import type { CapturedStep, Device, Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Position } from './checkpoint.ts';
import { evaluateAccuracy } from './evaluate.ts';
import type { EndEvent, OwnershipShares, TrainEvent } from './events.ts';
import type { HyperparameterValues, Method, UpdateRule } from './method.ts';

export interface TrainOptions {
  readonly device: Device;
  readonly dataset: Dataset;
  readonly model: MultiTaskModel;
  readonly method: Method;
  readonly hyperparameters: HyperparameterValues;
  readonly lr: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Decides the order of the batches. */
  readonly seed: number;
  readonly onEvent?: (event: TrainEvent) => void;
  /** Called with the whole state after every epoch, and when the run is interrupted. */
  readonly onCheckpoint?: (bytes: Uint8Array<ArrayBuffer>) => void;
  /** When it aborts, the step under way is finished, the state is handed to `onCheckpoint`, and training returns. */
  readonly signal?: AbortSignal;
  /** A state to go on from: the run then gives the same bits as one that was never interrupted. */
  readonly resume?: { readonly bytes: Uint8Array; readonly file: string };
}

/** Submits that may wait for the device: enough to keep it busy, few enough to keep memory bounded. */
const IN_FLIGHT = 3;

/** @returns the final metrics, or null when interrupted */
export async function train(options: TrainOptions): Promise<EndEvent | null> {
  const run = new Run(options);
  try {
    return await run.all();
  } finally {
    run.dispose();
  }
}

/** A captured step and the tensors that feed it. */
interface FixedStep {
  readonly inputs: Tensor;
  readonly targets: Tensor;
  readonly step: CapturedStep;
}

class Run {
  readonly #o: TrainOptions;
  readonly #rule: UpdateRule;
  readonly #lossSums: readonly Tensor[];
  readonly #captured = new Map<string, FixedStep>();
  readonly #pending: Promise<void>[] = [];
  readonly #start = performance.now();
  #position: Position;

  constructor(options: TrainOptions) {
    this.#o = options;
    const { device, dataset, model, method, hyperparameters: values, lr } = options;
    const tasks = dataset.tasks.map((task) => task.name);
    this.#rule = method.create({ model, tasks, lr, values });
    this.#position = options.resume
      ? loadCheckpoint(options.resume.bytes, options.resume.file, model, this.#rule)
      : { epoch: 0, task: 0, batch: 0, lossSums: tasks.map(() => 0) };
    this.#lossSums = this.#position.lossSums.map((value) => tensor(device, [value]));
  }

  /** Gives back what the captured steps hold. */
  dispose(): void {
    for (const { step } of this.#captured.values()) step.dispose();
  }

  #emit(event: TrainEvent): void {
    this.#o.onEvent?.(event);
  }

  #seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  async all(): Promise<EndEvent | null> {
    const { device, dataset, model, method, seed, epochs, batchSize, lr } = this.#o;
    this.#emit({
      type: 'start', adapter: device.adapter.name, dataset: dataset.name, method: method.name, model: model.name, seed, epochs, batchSize, learningRate: lr,
      tasks: dataset.tasks.map(({ name, train: a, validation, test }) => ({ name, train: a.length, validation: validation.length, test: test.length })),
      parameters: { shared: model.shared.size, heads: [...model.heads.values()].reduce((total, arena) => total + arena.size, 0) },
    });
    let validation = dataset.tasks.map(() => NaN);
    while (this.#position.epoch < epochs) {
      if (!(await this.#epoch())) return null;
      validation = await this.#endEpoch();
    }
    // Resumed after the last epoch: nothing was trained, everything is still to be measured.
    if (validation.some(Number.isNaN)) validation = await this.#validate();
    const tasks: EndEvent['tasks'][number][] = [];
    for (const [i, task] of dataset.tasks.entries()) {
      tasks.push({ name: task.name, metric: 'accuracy', validation: validation[i] ?? NaN, test: await evaluateAccuracy(device, model, task, task.test) });
    }
    const mean = (key: 'validation' | 'test'): number => tasks.reduce((total, task) => total + task[key], 0) / tasks.length;
    const end: EndEvent = { type: 'end', seconds: this.#seconds(), tasks, average: { validation: mean('validation'), test: mean('test') }, ownership: await this.#ownership() };
    this.#emit(end);
    return end;
  }

  /** What is left of the current epoch. False when interrupted. */
  async #epoch(): Promise<boolean> {
    const { dataset, batchSize, seed, signal } = this.#o;
    for (; this.#position.task < dataset.tasks.length; this.#position = { ...this.#position, task: this.#position.task + 1, batch: 0 }) {
      const task = dataset.tasks[this.#position.task];
      if (!task) break;
      const steps = stepsPerEpoch(task.train.length, batchSize);
      const { epoch, batch: start } = this.#position;
      for (const batch of batches(task.train, sizeOf(task.inputShape), { batchSize, seed, epoch, stream: task.name, start })) {
        if (signal?.aborted) {
          await this.#checkpoint();
          return false;
        }
        this.#step(task, batch);
        await this.#throttle();
        this.#position = { ...this.#position, batch: this.#position.batch + 1 };
        this.#emit({ type: 'progress', epoch: epoch + 1, task: task.name, step: this.#position.batch, steps });
      }
    }
    return true;
  }

  /** One batch, with one submit: a full one by replaying the task's captured step, a shorter one eagerly. Both give the same bits. */
  #step(task: Task, batch: Batch): void {
    const { device, batchSize } = this.#o;
    if (batch.size < batchSize) {
      using _scope = device.scope();
      this.#update(task, tensor(device, batch.inputs, [batch.size, ...task.inputShape]), tensor(device, batch.targets));
      device.submit();
      return;
    }
    const fixed = this.#captured.get(task.name) ?? this.#capture(task);
    fixed.inputs.write(batch.inputs);
    fixed.targets.write(batch.targets);
    fixed.step.replay();
  }

  #capture(task: Task): FixedStep {
    const { device, batchSize } = this.#o;
    const inputs = zeros(device, [batchSize, ...task.inputShape]);
    const targets = zeros(device, [batchSize], { dtype: 'int32' });
    const fixed = { inputs, targets, step: device.capture(() => this.#update(task, inputs, targets)) };
    this.#captured.set(task.name, fixed);
    return fixed;
  }

  #update(task: Task, inputs: Tensor, targets: Tensor): void {
    const { model, dataset } = this.#o;
    model.zeroGrad();
    const loss = crossEntropy(model.forward(inputs, task.name), targets);
    backward(loss);
    const sum = this.#lossSums[dataset.tasks.indexOf(task)];
    if (sum) accumulate(sum, reshape(affine(loss.detach(), targets.size, 0), [1]));
    this.#rule.step(task.name);
  }

  async #throttle(): Promise<void> {
    this.#pending.push(this.#o.device.submitted());
    if (this.#pending.length > IN_FLIGHT) await this.#pending.shift();
  }

  async #endEpoch(): Promise<number[]> {
    const { dataset } = this.#o;
    this.#rule.endEpoch?.();
    const seconds = this.#seconds();
    const losses = await this.#losses();
    dataset.tasks.forEach((task, i) => {
      if (!Number.isFinite(losses[i])) throw new NumericsError(`the loss of task ${task.name} is ${losses[i] ?? NaN} after epoch ${this.#position.epoch + 1}: lower the learning rate (it is ${this.#o.lr}). The last checkpoint is from before`);
    });
    const validation = await this.#validate();
    const epoch = this.#position.epoch + 1;
    this.#emit({
      type: 'epoch', epoch, seconds, ownership: await this.#ownership(),
      tasks: dataset.tasks.map((task, i) => ({ name: task.name, loss: (losses[i] ?? NaN) / task.train.length, validation: validation[i] ?? NaN })),
    });
    for (const sum of this.#lossSums) this.#o.device.clear({ ...sum.binding, size: 4 });
    this.#position = { epoch, task: 0, batch: 0, lossSums: losses.map(() => 0) };
    await this.#checkpoint();
    return validation;
  }

  async #validate(): Promise<number[]> {
    const { device, dataset, model } = this.#o;
    const accuracies: number[] = [];
    for (const task of dataset.tasks) accuracies.push(await evaluateAccuracy(device, model, task, task.validation));
    return accuracies;
  }

  #losses(): Promise<number[]> {
    return Promise.all(this.#lossSums.map((sum) => sum.item()));
  }

  async #ownership(): Promise<OwnershipShares | null> {
    const shares = await this.#rule.ownership?.();
    return shares ? { owned: shares.owned, protected: shares.protected, unclaimed: shares.unclaimed } : null;
  }

  async #checkpoint(): Promise<void> {
    if (!this.#o.onCheckpoint) return;
    const lossSums = await this.#losses();
    this.#o.onCheckpoint(await saveCheckpoint(this.#o.model, this.#rule, { ...this.#position, lossSums }));
  }
}
