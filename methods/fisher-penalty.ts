/** The quadratic pull of tasks that were learnt before, over an arena: two vectors, however many tasks there were. */
import { accumulate, add, affine, assign, div, gt, mul, tensor, where, zeros } from '../engine/index.ts';
import type { OptimizerState, ParameterArena, Tensor } from '../engine/index.ts';

/**
 * `penalty(w) = sum_t sum_i F_ti (w_i - w*_ti)^2 / 2`, up to a constant `sum_i (A_i w_i^2 / 2 - B_i w_i)` with `A = sum_t F_t` and `B = sum_t F_t w*_t`.
 * F_t is the diagonal of the Fisher information: the mean over samples of the squared gradient of each.
 */
export class FisherPenalty {
  readonly #arena: ParameterArena;
  /** Of the task at hand: the sum of squares, and of their weights. */
  readonly #squares: Tensor;
  readonly #count: Tensor;
  readonly #information: Tensor;
  readonly #anchored: Tensor;

  constructor(arena: ParameterArena) {
    this.#arena = arena;
    this.#squares = arena.vector();
    this.#information = arena.vector();
    this.#anchored = arena.vector();
    this.#count = zeros(arena.device, [1]);
  }

  /** Counts the arena's gradients as those of one sample. @param weight its share of a sample: the probability of its label, where all labels are gone through */
  add(weight = 1): void {
    for (const [squares, gradients] of this.#stretches(this.#squares, this.#arena.gradients)) accumulate(squares, affine(mul(gradients, gradients), weight, 0));
    accumulate(this.#count, tensor(this.#arena.device, [weight]));
  }

  /**
   * The samples counted so far become the information of a task whose optimum the arena now holds.
   * @param keep null: beside those of other tasks. A number: the information of others is first multiplied by it, and all of it is about this
   *   optimum (Schwarz et al., "Progress & Compress", 2018)
   */
  consolidate(keep: number | null = null): void {
    const count = where(gt(this.#count, 0), this.#count, 1);
    for (const [squares, information, anchored, values] of this.#stretches(this.#squares, this.#information, this.#anchored, this.#arena.values)) {
      const found = div(squares, count);
      assign(information, add(affine(information, keep ?? 1, 0), found));
      assign(anchored, keep === null ? add(anchored, mul(found, values)) : mul(information, values));
    }
    for (const vector of [this.#squares, this.#count]) this.#arena.device.clear({ storage: vector.storage, offset: vector.offset * 4, size: vector.size * 4 });
  }

  /**
   * The implicit step down `rate * penalty`: `w <- (w + rate B) / (1 + rate A)`. It comes to rest where the explicit one does, for whatever rate.
   * @param rate learning rate times strength, at least 0
   */
  pull(rate: number): void {
    for (const [values, information, anchored] of this.#stretches(this.#arena.values, this.#information, this.#anchored)) {
      assign(values, div(add(values, affine(anchored, rate, 0)), affine(information, rate, 1)));
    }
  }

  async stateDict(): Promise<Map<string, Float32Array>> {
    const state = new Map<string, Float32Array>();
    for (const [name, vector] of this.#vectors()) state.set(name, await vector.read() as Float32Array);
    return state;
  }

  loadStateDict(state: OptimizerState): void {
    for (const [name, vector] of this.#vectors()) vector.write(state.get(name) ?? []);
  }

  #vectors(): ReadonlyMap<string, Tensor> {
    return new Map([['squares', this.#squares], ['count', this.#count], ['information', this.#information], ['anchored', this.#anchored]]);
  }

  /** The same stretch of each vector, as much as one binding takes. */
  #stretches(...vectors: readonly [Tensor, Tensor]): [Tensor, Tensor][];
  #stretches(...vectors: readonly [Tensor, Tensor, Tensor]): [Tensor, Tensor, Tensor][];
  #stretches(...vectors: readonly [Tensor, Tensor, Tensor, Tensor]): [Tensor, Tensor, Tensor, Tensor][];
  #stretches(...vectors: readonly Tensor[]): Tensor[][] {
    return this.#arena.chunks.map(({ offset, size }) => vectors.map((vector) => vector.view({ shape: [size], strides: [1], offset: vector.offset + offset })));
  }
}
