/**
 * The effective step of the optimizer that the paper's authors released in March 2025, from a description of its behaviour: besides APO's
 * masked steps it ends with a plain SGD step on everything. In float64.
 *
 *   not sensitive:                    - lr g
 *   sensitive, own or unclaimed:      - 2 lr g
 *   sensitive, owned by another task: - lr g (1 + 2 pf) - pf lr 2 mu (theta - theta0)
 *
 * with pf = 1 / 200; the threshold is 1e-4 in epochs 0 to 5, then mean |G| + k std |G| (n - 1) of the G before this batch; the mask is of
 * the G after it. One G for all tasks.
 */
export class OfficialAPO {
  readonly theta: number[];
  readonly owner: (number | null)[];
  readonly #initial: readonly number[];
  readonly #G: number[];
  readonly #tensors: readonly number[];
  readonly #o: { readonly lr: number; readonly k: number; readonly beta: number; readonly mu: number };
  /** Sensitive elements whose |G| is so near the threshold that rounding decides. */
  borderline = 0;

  constructor(theta: readonly number[], tensors: readonly number[], options: { lr: number; k: number; beta: number; mu: number }) {
    this.theta = [...theta];
    this.#initial = [...theta];
    this.#G = theta.map(() => 0);
    this.owner = theta.map(() => null);
    this.#tensors = tensors;
    this.#o = options;
  }

  step(epoch: number, task: number, g: readonly number[]): void {
    const { lr, k, beta, mu } = this.#o;
    const factor = 0.005;
    let start = 0;
    for (const length of this.#tensors) {
      const old = this.#G.slice(start, start + length).map(Math.abs);
      const mean = old.reduce((a, b) => a + b, 0) / length;
      const std = Math.sqrt(old.reduce((a, b) => a + (b - mean) ** 2, 0) / (length - 1));
      const threshold = epoch > 5 ? mean + k * std : 1e-4;
      for (let i = start; i < start + length; i++) {
        this.#G[i] = beta * this.#G[i]! + (1 - beta) * g[i]!;
        const size = Math.abs(this.#G[i]!);
        if (Math.abs(size - threshold) < 1e-6 * threshold) this.borderline++;
        const before = this.theta[i]!;
        if (!(size > threshold)) {
          this.theta[i] = before - lr * g[i]!;
        } else if (this.owner[i] === null || this.owner[i] === task) {
          this.theta[i] = before - 2 * lr * g[i]!;
          this.owner[i] = task;
        } else {
          this.theta[i] = before - lr * g[i]! * (1 + 2 * factor) - factor * lr * 2 * mu * (before - this.#initial[i]!);
        }
      }
      start += length;
    }
  }
}
