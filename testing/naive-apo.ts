/**
 * Algorithm 1 of the paper, line by line, with the masks P and H^t as arrays of booleans, and every option as its description says: slow,
 * obvious, in float64, and written without a look at the implementation it checks.
 */
import type { Choices } from '../apo/index.ts';
import { ConfigError, ShapeError } from '../engine/index.ts';

export interface NaiveOptions extends Choices {
  /** Learning rate η. */
  readonly lr: number;
}

/** The options that `APO` has when none are given, and a learning rate of 1. */
export const NAIVE_DEFAULTS: NaiveOptions = {
  lr: 1, k: 0.5, beta: 0.99, mu: 1, damping: 100, statistic: 'magnitude', correction: 1, accumulator: 'shared', anchor: 'epochEnd', thresholdFrom: 'after',
  warmupEpochs: 0, warmupThreshold: 1e-4, granularity: 'tensor', oneElement: 'exempt', protectedSteps: 1, plainStep: 'none',
  claimBudget: 1, releaseAfter: 0, claimDecay: 1, floor: 0, idle: 'claim',
};

export interface NaiveStep {
  readonly sensitive: boolean[];
  readonly protectedNow: boolean[];
  readonly normal: boolean[];
  readonly exempt: boolean[];
  /** Of each element. */
  readonly thresholds: number[];
  readonly G: number[];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

export class NaiveAPO {
  readonly theta: number[];
  previous: number[];
  readonly P: boolean[];
  readonly H: Map<string, boolean[]> = new Map<string, boolean[]>();
  readonly #G = new Map<string, number[]>();
  readonly #tensors: readonly Range[];
  readonly #o: NaiveOptions;
  /** The epoch in which the owner was last sensitive to the element. */
  readonly #renewed: number[];
  #epoch = 0;
  #turn: string | null = null;
  /** Line 21 before line 20. */
  readonly swapped: boolean;

  /** @param tensors lengths of the tensors, which follow each other in `theta` */
  constructor(theta: readonly number[], tensors: readonly number[], tasks: readonly string[], options: NaiveOptions, swapped = false) {
    this.theta = [...theta];
    this.previous = [...theta];
    this.P = theta.map(() => false);
    this.#renewed = theta.map(() => 0);
    let from = 0;
    this.#tensors = tensors.map((length) => ({ from, to: (from += length) }));
    this.#o = options;
    this.swapped = swapped;
    for (const task of tasks) this.addTask(task);
  }

  addTask(task: string): void {
    this.H.set(task, this.theta.map(() => false));
    this.#G.set(task, this.theta.map(() => 0));
  }

  removeTask(task: string): void {
    this.#mask(task).forEach((mine, i) => {
      if (mine) this.P[i] = false;
    });
    this.H.delete(task);
    this.#G.delete(task);
    if (this.#turn === task) this.#turn = null;
  }

  #mask(task: string): boolean[] {
    const H = this.H.get(task);
    if (!H) throw new ConfigError(`there is no task ${task}; there are: ${[...this.H.keys()].join(', ')}`);
    return H;
  }

  /** All tasks have one accumulator, or each its own. */
  accumulator(task: string): number[] {
    const own = this.#G.get(task);
    if (this.#o.accumulator === 'perTask' && own) return own;
    const shared = this.#G.get('') ?? this.theta.map(() => 0);
    this.#G.set('', shared);
    return shared;
  }

  /** Null when the gradient is not finite: then nothing happens, but that the task's turn may have begun. @throws ConfigError, ShapeError */
  step(task: string, g: readonly number[]): NaiveStep | null {
    const o = this.#o;
    if (g.length !== this.theta.length) throw new ShapeError(`expected a gradient of ${this.theta.length} elements, got ${g.length}`);
    if (o.anchor === 'taskStart' && this.#turn !== task) this.previous = [...this.theta];
    this.#turn = task;
    if (!g.every(Number.isFinite)) return null;

    const G = this.accumulator(task);
    const H = this.#mask(task);
    const before = [...G];
    for (const [i, value] of before.entries()) G[i] = o.beta * value + (1 - o.beta) * at(g, i);

    const thresholds = G.map(() => NaN);
    const exempt = G.map(() => false);
    const groups = o.granularity === 'model' ? [{ from: 0, to: G.length }] : this.#tensors;
    for (const { from, to } of groups) {
      const threshold = this.#threshold((o.thresholdFrom === 'before' ? before : G).slice(from, to), g.slice(from, to));
      for (let i = from; i < to; i++) {
        thresholds[i] = threshold;
        exempt[i] = o.oneElement === 'exempt' && to - from === 1;
      }
    }
    const sensitive = G.map((value, i) => at(exempt, i) || Math.abs(value) > at(thresholds, i));

    const protectedNow = sensitive.map((m, i) => at(this.P, i) && !H[i] && m && !exempt[i]);
    let normal = sensitive.map((m, i) => m && !protectedNow[i]);
    normal = this.#withinBudget(normal, exempt, H, G);

    const plain = (i: number): number => (o.plainStep === 'added' ? o.lr * at(g, i) : 0);
    const theta = [...this.theta];
    const line20 = (): void => normal.forEach((m, i) => {
      if (m) this.theta[i] = at(this.theta, i) - o.lr * at(g, i) - plain(i);
    });
    const line21 = (): void => protectedNow.forEach((m, i) => {
      if (!m) return;
      const damping = 1 + (o.damping - 1) * o.claimDecay ** Math.max(0, this.#epoch - at(this.#renewed, i) - 1);
      this.theta[i] = at(this.theta, i) - (o.lr / damping) * (o.protectedSteps * at(g, i) + 2 * o.mu * (at(theta, i) - at(this.previous, i))) - plain(i);
    });
    for (const line of this.swapped ? [line21, line20] : [line20, line21]) line();
    for (let i = 0; i < G.length; i++) {
      if (!normal[i] && !protectedNow[i]) this.theta[i] = at(this.theta, i) - plain(i);
      if (exempt[i] || !normal[i]) continue;
      H[i] = true;
      this.P[i] = true;
      this.#renewed[i] = this.#epoch;
    }
    return { sensitive, protectedNow, normal, exempt, thresholds, G: [...G] };
  }

  #threshold(G: readonly number[], g: readonly number[]): number {
    const { statistic, correction, k, warmupEpochs, warmupThreshold, floor, idle } = this.#o;
    if (idle === 'skip' && g.every((value) => value === 0)) return Infinity;
    if (this.#epoch < warmupEpochs) return Math.max(warmupThreshold, floor);
    const values = G.map((value) => (statistic === 'magnitude' ? Math.abs(value) : value));
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - correction);
    const threshold = mean + k * Math.sqrt(variance);
    return floor > 0 ? Math.max(threshold, floor) : threshold;
  }

  /** In each run of 1,024 elements of a tensor: while a task would own more than its budget, the smallest of its new claims go, ties together. */
  #withinBudget(normal: readonly boolean[], exempt: readonly boolean[], H: readonly boolean[], G: readonly number[]): boolean[] {
    const allowed = [...normal];
    for (const { from, to } of this.#tensors) for (let start = from; start < to; start += 1024) {
      const run = Array.from({ length: Math.min(1024, to - start) }, (_, i) => start + i);
      const most = Math.ceil(this.#o.claimBudget * run.length - 1e-9);
      const fresh = (): number[] => run.filter((i) => at(allowed, i) && !H[i] && !exempt[i]);
      while (fresh().length > 0 && run.filter((i) => H[i]).length + fresh().length > most) {
        const least = Math.min(...fresh().map((i) => Math.abs(at(G, i))));
        for (const i of fresh()) if (Math.abs(at(G, i)) === least) allowed[i] = false;
      }
    }
    return allowed;
  }

  endEpoch(): void {
    const { anchor, releaseAfter } = this.#o;
    if (anchor === 'epochEnd') this.previous = [...this.theta];
    if (releaseAfter > 0) {
      for (const H of this.H.values()) H.forEach((mine, i) => {
        if (!mine || this.#epoch - at(this.#renewed, i) < releaseAfter) return;
        H[i] = false;
        this.P[i] = false;
      });
    }
    this.#epoch++;
    this.#turn = null;
  }

  /** 0 for nobody, else 1 + the position of the task. */
  owners(): number[] {
    const masks = [...this.H.values()];
    return this.P.map((claimed, i) => (claimed ? 1 + masks.findIndex((H) => H[i]) : 0));
  }

  /** Takes over what another implementation decided where rounding may decide: the element's value and owner. */
  adopt(i: number, theta: number, owner: number): void {
    this.theta[i] = theta;
    const masks = [...this.H.values()];
    if (owner > 0 && !masks[owner - 1]?.[i]) this.#renewed[i] = this.#epoch;
    masks.forEach((H, t) => (H[i] = t + 1 === owner));
    this.P[i] = owner > 0;
  }
}

/** Element i, which is there. */
function at<T>(values: readonly T[], i: number): T {
  const value = values[i];
  if (value === undefined) throw new RangeError(`there is no element ${i} among ${values.length}`);
  return value;
}
