/** Training steps: one batch, one submit. Full batches replay a step captured for their task, shorter ones run eagerly, with the same bits. */
import type { Batch, Task } from '../data/index.ts';
import { accumulate, affine, backward, crossEntropy, reshape, tensor, zeros } from '../engine/index.ts';
import type { CapturedStep, Device, Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { UpdateRule } from './method.ts';
import type { Losses } from './task-order.ts';

interface StepsOptions {
  readonly device: Device;
  readonly model: MultiTaskModel;
  readonly rule: UpdateRule;
  readonly batchSize: number;
  /** Where the sums of losses begin, by task. */
  readonly lossSums: Losses;
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
  readonly #captured = new Map<string, FixedStep>();

  constructor(options: StepsOptions) {
    this.#o = options;
    this.#lossSums = new Map([...options.lossSums].map(([task, sum]) => [task, tensor(options.device, [sum])]));
  }

  /** Gives back what the captured steps hold. */
  dispose(): void {
    for (const { step } of this.#captured.values()) step.dispose();
  }

  run(task: Task, batch: Batch): void {
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

  /** Sums of the samples' losses so far, by task. */
  async lossSums(): Promise<Losses> {
    return new Map(await Promise.all([...this.#lossSums].map(async ([task, sum]) => [task, await sum.item()] as const)));
  }

  clearLossSums(): void {
    for (const sum of this.#lossSums.values()) this.#o.device.clear({ ...sum.binding, size: 4 });
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
    const { model, rule } = this.#o;
    model.zeroGrad();
    const loss = crossEntropy(model.forward(inputs, task.name), targets);
    backward(loss);
    const sum = this.#lossSums.get(task.name);
    if (sum) accumulate(sum, reshape(affine(loss.detach(), targets.size, 0), [1]));
    rule.step(task.name);
  }
}
