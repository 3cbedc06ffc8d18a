/**
 * Algorithm 1 of the paper, line by line, with the masks P and H^t as arrays of booleans: slow, obvious, and written without a look at
 * the implementation it checks.
 */
export interface NaiveOptions {
  readonly lr: number;
  readonly k: number;
  readonly beta: number;
  readonly mu: number;
  readonly damping: number;
  readonly statistic: 'magnitude' | 'signed';
  readonly correction: 0 | 1;
  readonly accumulator: 'shared' | 'perTask';
}

export interface NaiveStep {
  readonly sensitive: boolean[];
  readonly protectedNow: boolean[];
  readonly normal: boolean[];
  /** By tensor. */
  readonly thresholds: number[];
}

export class NaiveAPO {
  readonly theta: number[];
  readonly previous: number[];
  readonly P: boolean[];
  readonly H: boolean[][];
  readonly #G: number[][];
  readonly #tensors: readonly number[];
  readonly #o: NaiveOptions;

  /** @param tensors lengths of the tensors, which follow each other in `theta` */
  constructor(theta: readonly number[], tensors: readonly number[], tasks: number, options: NaiveOptions) {
    this.theta = [...theta];
    this.previous = [...theta];
    this.P = theta.map(() => false);
    this.H = Array.from({ length: tasks }, () => theta.map(() => false));
    this.#G = Array.from({ length: tasks }, () => theta.map(() => 0));
    this.#tensors = tensors;
    this.#o = options;
  }

  step(task: number, g: readonly number[]): NaiveStep {
    const { lr, k, beta, mu, damping, statistic, correction, accumulator } = this.#o;
    const G = this.#G[accumulator === 'shared' ? 0 : task]!;
    const H = this.H[task]!;
    for (let i = 0; i < G.length; i++) G[i] = beta * G[i]! + (1 - beta) * g[i]!;

    const thresholds: number[] = [];
    const sensitive: boolean[] = [];
    let start = 0;
    for (const length of this.#tensors) {
      const values = G.slice(start, start + length).map((value) => (statistic === 'magnitude' ? Math.abs(value) : value));
      const mean = values.reduce((a, b) => a + b, 0) / length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (length - correction);
      const threshold = mean + k * Math.sqrt(variance);
      thresholds.push(threshold);
      for (let i = start; i < start + length; i++) sensitive.push(Math.abs(G[i]!) > threshold);
      start += length;
    }

    const protectedNow = sensitive.map((m, i) => this.P[i]! && !H[i]! && m);
    const normal = sensitive.map((m, i) => m && !protectedNow[i]!);
    for (let i = 0; i < G.length; i++) {
      if (normal[i]) this.theta[i] = this.theta[i]! - lr * g[i]!;
      if (protectedNow[i]) this.theta[i] = this.theta[i]! - (lr / damping) * (g[i]! + 2 * mu * (this.theta[i]! - this.previous[i]!));
      H[i] = H[i]! || normal[i]!;
      this.P[i] = this.P[i]! || normal[i]!;
    }
    return { sensitive, protectedNow, normal, thresholds };
  }

  endEpoch(): void {
    for (let i = 0; i < this.theta.length; i++) this.previous[i] = this.theta[i]!;
  }

  /** How near any |G| is to its threshold, relative to it: rounding may decide such an element either way. */
  margin(task: number, thresholds: readonly number[]): number {
    const G = this.#G[this.#o.accumulator === 'shared' ? 0 : task]!;
    let start = 0;
    let nearest = Infinity;
    this.#tensors.forEach((length, t) => {
      for (let i = start; i < start + length; i++) nearest = Math.min(nearest, Math.abs(Math.abs(G[i]!) - thresholds[t]!) / Math.max(Math.abs(thresholds[t]!), 1e-30));
      start += length;
    });
    return nearest;
  }
}
