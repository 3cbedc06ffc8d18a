/** Training steps: one batch, one submit. Full batches replay a step captured for their task, shorter ones run eagerly, with the same bits. */
import { countTargets } from '../data/index.ts';
import type { Batch, Task } from '../data/index.ts';
import { accumulate, backward, reshape, tensor } from '../engine/index.ts';
import type { CapturedStep, Device, Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import { inputsOf, targetsOf } from './batch-tensors.ts';
import { taskLoss } from './losses.ts';
import type { UpdateRule } from './method.ts';
import type { Losses } from './task-order.ts';

interface StepsOptions {
  readonly device: Device;
  readonly model: MultiTaskModel;
  readonly rule: UpdateRule;
  readonly batchSize: number;
  /** Where the sums of losses begin, by task. */
  readonly lossSums: Losses;
  /** How many targets they are of. */
  readonly targetCounts: ReadonlyMap<string, number>;
}

/** A captured step and the tensors that feed it. */
interface FixedStep {
  readonly inputs: Tensor;
  readonly targets: Tensor;
  readonly step: CapturedStep;
}

export class Steps {
  readonly #o: StepsOptions;
  readonly #lossSums: ReadonlyMap<string, Tensor>;
  readonly #targetCounts: Map<string, number>;
  /** Whether a task lacks targets: then its losses are masked. */
  readonly #missing = new Map<string, boolean>();
  readonly #captured = new Map<string, FixedStep>();

  constructor(options: StepsOptions) {
    this.#o = options;
    this.#targetCounts = new Map(options.targetCounts);
    this.#lossSums = new Map([...options.lossSums].map(([task, sum]) => [task, tensor(options.device, [sum])]));
  }

  /** Gives back what the captured steps hold. */
  dispose(): void {
    for (const { step } of this.#captured.values()) step.dispose();
  }

  run(task: Task, batch: Batch): void {
    const { device, batchSize } = this.#o;
    this.#targetCounts.set(task.name, (this.#targetCounts.get(task.name) ?? 0) + countTargets(batch.targets));
    if (batch.size < batchSize) {
      using _scope = device.scope();
      this.#update(task, inputsOf(device, task, batch), targetsOf(device, task, batch));
      device.submit();
      return;
    }
    const fixed = this.#captured.get(task.name) ?? this.#capture(task, batch);
    fixed.inputs.write(batch.inputs);
    fixed.targets.write(batch.targets);
    fixed.step.replay();
  }

  /** How many targets were seen so far, by task; missing ones do not count. */
  get targetCounts(): ReadonlyMap<string, number> {
    return this.#targetCounts;
  }

  /** Sums of their losses, by task. */
  async lossSums(): Promise<Losses> {
    return new Map(await Promise.all([...this.#lossSums].map(async ([task, sum]) => [task, await sum.item()] as const)));
  }

  clearLossSums(): void {
    this.#targetCounts.clear();
    for (const sum of this.#lossSums.values()) this.#o.device.clear({ ...sum.binding, size: 4 });
  }

  #capture(task: Task, batch: Batch): FixedStep {
    const { device } = this.#o;
    const [inputs, targets] = [inputsOf(device, task, batch), targetsOf(device, task, batch)];
    const fixed = { inputs, targets, step: device.capture(() => this.#update(task, inputs, targets)) };
    this.#captured.set(task.name, fixed);
    return fixed;
  }

  #update(task: Task, inputs: Tensor, targets: Tensor): void {
    const { model, rule } = this.#o;
    model.zeroGrad();
    const loss = taskLoss(task, model.forward(inputs, task.name), targets, this.#lacksTargets(task));
    backward(loss.mean);
    const sum = this.#lossSums.get(task.name);
    if (sum) accumulate(sum, reshape(loss.sum.detach(), [1]));
    rule.step(task.name);
  }

  #lacksTargets({ name, train: { targets } }: Task): boolean {
    const known = this.#missing.get(name) ?? countTargets(targets) < targets.length;
    this.#missing.set(name, known);
    return known;
  }
}
