/** Training steps: one submit each. Full batches replay a step captured for their tasks, others run eagerly, with the same bits. */
import { countTargets } from '../data/index.ts';
import type { Batch, Task } from '../data/index.ts';
import { accumulate, reshape, tensor } from '../engine/index.ts';
import type { CapturedStep, Device, Tensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { Augmenter } from './augmentation.ts';
import { inputsOf, targetsOf } from './batch-tensors.ts';
import type { UpdateRule } from './method.ts';
import type { Losses } from './task-order.ts';
import { termOf } from './term.ts';
import type { Term } from './term.ts';

interface StepsOptions {
  readonly device: Device;
  readonly model: MultiTaskModel;
  readonly rule: UpdateRule;
  /** Where the sums of losses begin, by task. */
  readonly lossSums: Losses;
  /** How many targets they are of. */
  readonly targetCounts: ReadonlyMap<string, number>;
  readonly work?: Work;
  readonly augmenter?: Augmenter | undefined;
}

/** What training cost so far. */
export interface Work {
  readonly batches: number;
  /** Passes of a batch through the model, forward. */
  readonly forwards: number;
}

export const NO_WORK: Work = { batches: 0, forwards: 0 };

/** A batch and the task that it is of. */
export interface Part {
  readonly task: Task;
  readonly batch: Batch;
}

/** A part on the device. */
interface Fed {
  readonly task: Task;
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

/** A captured step, and the tensors that feed it. */
interface FixedStep {
  readonly fed: readonly Fed[];
  readonly step: CapturedStep;
  /** What the step measures, and what comes after the host has seen it. */
  readonly measured: Tensor | undefined;
  readonly apply: CapturedStep | null;
  readonly forwards: number;
}

export class Steps {
  readonly #o: StepsOptions;
  readonly #lossSums: ReadonlyMap<string, Tensor>;
  readonly #targetCounts: Map<string, number>;
  /** Whether a task lacks targets: then its losses are masked. */
  readonly #missing = new Map<string, boolean>();
  readonly #captured = new Map<string, FixedStep>();
  #work: Work;

  constructor(options: StepsOptions) {
    this.#o = options;
    this.#targetCounts = new Map(options.targetCounts);
    this.#work = options.work ?? NO_WORK;
    this.#lossSums = new Map([...options.lossSums].map(([task, sum]) => [task, tensor(options.device, [sum])]));
  }

  /** Gives back what the captured steps hold: at the end, and where steps are others from now on. */
  dispose(): void {
    for (const { step, apply } of this.#captured.values()) {
      step.dispose();
      apply?.dispose();
    }
    this.#captured.clear();
  }

  /** One step. @param full samples of a full batch */
  async run(parts: readonly Part[], full: number): Promise<void> {
    const { device, model, rule } = this.#o;
    for (const { task, batch } of parts) this.#targetCounts.set(task.name, (this.#targetCounts.get(task.name) ?? 0) + countTargets(batch.targets));
    if (parts.some(({ batch }) => batch.size < full)) {
      using _scope = device.scope();
      const before = model.forwards;
      this.#begin();
      const terms = this.#terms(parts.map((part) => this.#varied(this.#feed(part))));
      const measured = rule.step(terms);
      if (measured) await this.#decide(measured);
      rule.apply?.(terms);
      device.submit();
      this.#count(parts.length, model.forwards - before);
      return;
    }
    const { fed, step, measured, apply, forwards } = this.#fixed(parts);
    for (const [i, { inputs, targets }] of fed.entries()) {
      inputs.write(parts[i]?.batch.inputs ?? []);
      targets.write(parts[i]?.batch.targets ?? []);
    }
    this.#begin();
    step.replay();
    if (measured) await this.#decide(measured);
    apply?.replay();
    this.#count(parts.length, forwards);
  }

  get work(): Work {
    return this.#work;
  }

  #count(batches: number, forwards: number): void {
    this.#work = { batches: this.#work.batches + batches, forwards: this.#work.forwards + forwards };
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

  async #decide(measured: Tensor): Promise<void> {
    this.#o.rule.decide?.(await measured.read() as Float32Array);
  }

  #feed({ task, batch }: Part): Fed {
    const { device } = this.#o;
    return { task, inputs: inputsOf(device, task, batch), targets: targetsOf(device, task, batch) };
  }

  #begin(): void {
    this.#o.augmenter?.begin(this.#work.batches);
  }

  /** @param keep beyond the scope it is made in */
  #varied(fed: Fed, keep = false): Fed {
    const inputs = this.#o.augmenter?.varied(fed.task.name, fed.inputs) ?? fed.inputs;
    return inputs === fed.inputs ? fed : { ...fed, inputs: keep ? inputs.keep() : inputs };
  }

  #fixed(parts: readonly Part[]): FixedStep {
    const { device, model, rule } = this.#o;
    const key = JSON.stringify(parts.map(({ task }) => task.name));
    const known = this.#captured.get(key);
    if (known) return known;
    const fed = parts.map((part) => this.#feed(part));
    const before = model.forwards;
    let measured: Tensor | undefined;
    // Both halves see the same variants.
    let seen: readonly Fed[] = fed;
    const step = device.capture(() => {
      seen = fed.map((one) => this.#varied(one, true));
      measured = rule.step(this.#terms(seen))?.keep();
    });
    const apply = rule.apply ? device.capture(() => rule.apply?.(this.#terms(seen))) : null;
    const made = { fed, step, measured, apply, forwards: model.forwards - before };
    this.#captured.set(key, made);
    return made;
  }

  #terms(fed: readonly Fed[]): Term[] {
    return fed.map((one) => {
      const total = this.#lossSums.get(one.task.name);
      return termOf({ ...one, model: this.#o.model, missing: this.#lacksTargets(one.task), count: (sum) => total && accumulate(total, reshape(sum.detach(), [1])) });
    });
  }

  #lacksTargets({ name, train: { targets } }: Task): boolean {
    const known = this.#missing.get(name) ?? countTargets(targets) < targets.length;
    this.#missing.set(name, known);
    return known;
  }
}
