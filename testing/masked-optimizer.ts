/** What an optimizer must show so that its promises can be checked. */

/** Which parameters belong to which task, over one vector of all parameters. */
export interface Masks {
  /** P: claimed by some task. */
  readonly claimed: readonly boolean[];
  /** H^t: claimed by the task. */
  readonly byTask: ReadonlyMap<string, readonly boolean[]>;
}

/** What a step tells about itself, if it does. */
export interface StepReport {
  /** M: the parameters that the step found its task sensitive to; the others it had to leave alone. */
  readonly sensitive?: readonly boolean[];
}

type MaybeAsync<T> = T | Promise<T>;

/** An optimizer of parameters that tasks claim. All vectors hold the tensors one after the other. */
export interface MaskedOptimizer {
  readonly tasks: readonly string[];
  /** Parameters that no task can claim and every task may train; default none. */
  readonly exempt?: readonly boolean[];
  /** One step with the gradient of one batch of the task. */
  step(task: string, gradient: Float32Array): MaybeAsync<StepReport | undefined>;
  /** After all tasks of an epoch. */
  endEpoch(): MaybeAsync<void>;
  /** The values of now, in memory of their own. */
  parameters(): MaybeAsync<Float32Array>;
  /** The masks of now. */
  masks(): MaybeAsync<Masks>;
}

/** Masks of owners: 0 nobody, t + 1 the task at position t. */
export function masksOf(owners: ArrayLike<number>, tasks: readonly string[]): Masks {
  const all = Array.from(owners);
  return { claimed: all.map((owner) => owner !== 0), byTask: new Map(tasks.map((task, t) => [task, all.map((owner) => owner === t + 1)])) };
}
