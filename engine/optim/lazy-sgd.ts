/** SGD that moves only the parameters with the largest gradients: how little of a network has to move for it to learn. */
import kernel from '../../kernels/lazy_sgd.wgsl';
import type { ParameterArena } from '../arena.ts';
import type { ParamsOf } from '../device/kernel.ts';
import { ConfigError } from '../errors.ts';
import { linearGroups } from '../ops/grid.ts';
import { empty, tensor, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { checkLearningRate, checkRates, writeVectors } from './optimizer.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';

export interface LazySGDOptions {
  /** Learning rate, > 0. */
  readonly lr: number;
  /** Share of all parameters of the arena that each step moves, in (0, 1]. */
  readonly fraction: number;
  /** At least 0; default 0. Acts on the parameters that move. */
  readonly weightDecay?: number;
}

/** Elements of the arena; offsets of segments and chunks are multiples of it. */
const ROW = 64;

/**
 * Moves exactly `⌈fraction N⌉` of the arena's N parameters in each step, those with the largest |g| of all tensors together; of equal ones
 * the first in the arena. The others keep their bits. With fraction 1 it is `SGD`, bit for bit. A gradient that is NaN is larger than all
 * others, so that it shows. Nothing is read back. Source: the lazy training of Thakur et al., AISTATS 2025, equation 1 and figure 2.
 */
export class LazySGD implements Optimizer {
  readonly arena: ParameterArena;
  lr: number;
  readonly fraction: number;
  readonly weightDecay: number;
  /** How many parameters a step moves. */
  readonly count: number;
  readonly #used: Tensor;
  readonly #counts: Tensor;
  readonly #kth: Tensor;

  /** @throws ConfigError when an option is out of range */
  constructor(arena: ParameterArena, { lr, fraction, weightDecay = 0 }: LazySGDOptions) {
    checkRates(lr, weightDecay);
    if (!(fraction > 0 && fraction <= 1)) throw new ConfigError(`fraction: expected a number in (0, 1], got ${fraction}`);
    this.arena = arena;
    this.lr = lr;
    this.fraction = fraction;
    this.weightDecay = weightDecay;
    this.count = ceilOfProduct(fraction, arena.size);
    const used = new Uint32Array(arena.capacity / ROW);
    for (const { offset, length } of arena.segments) for (let at = 0; at < length; at += ROW) used[(offset + at) / ROW] = Math.min(ROW, length - at);
    this.#used = tensor(arena.device, used);
    this.#counts = zeros(arena.device, [256], { dtype: 'uint32' });
    this.#kth = empty(arena.device, [3], 'uint32');
  }

  step(): void {
    const { arena } = this;
    const { device, capacity } = arena;
    const used = this.#used.binding;
    const kth = this.#kth.binding;
    const fixed = { last: capacity - 1, wanted: this.count, weight_decay: this.weightDecay, rate: 0, rows: 0, first: 0, word: 0, shift: 0, known: 0 };
    const parts = arena.chunks.map((chunk) => ({
      place: { rows: chunk.size / ROW, first: chunk.offset / ROW }, size: chunk.size, gradient: arena.bind(arena.gradients, chunk), parameter: arena.bind(arena.values, chunk),
    }));
    const lastByte = 8 * Math.floor(Math.log2(capacity - 1) / 8);
    for (const [word, top] of [[0, 24], [1, lastByte]] as const) {
      for (let shift = top; shift >= 0; shift -= 8) {
        const params = { ...fixed, word, shift, known: shift === top ? 0 : (-1 << (shift + 8)) >>> 0 };
        for (const { place, size, gradient } of parts) device.dispatch(kernel, { entry: 'histogram', params: { ...params, ...place }, buffers: { gradient, used, kth, counts: this.#counts.binding }, groups: linearGroups(size, 4096) });
        device.dispatch(kernel, { entry: 'pick', params, buffers: { totals: this.#counts.binding, found: kth }, groups: [1] });
      }
    }
    for (const { place, size, gradient, parameter } of parts) {
      const params = (): ParamsOf<typeof kernel> => {
        checkLearningRate(this.lr);
        return { ...fixed, ...place, rate: this.lr };
      };
      device.dispatch(kernel, { entry: 'update', params, buffers: { gradient, used, kth, parameter }, groups: linearGroups(size, 256) });
    }
  }

  stateDict(): Promise<Map<string, Float32Array | Uint32Array>> {
    return Promise.resolve(new Map<string, Float32Array | Uint32Array>());
  }

  loadStateDict(state: OptimizerState): void {
    writeVectors('LazySGD', new Map(), state);
  }
}

/** ⌈fraction · n⌉, where a product that is whole but for its rounding counts as whole: 7 for 0.07 · 100. */
function ceilOfProduct(fraction: number, n: number): number {
  const product = fraction * n;
  const nearest = Math.round(product);
  return Math.abs(product - nearest) <= nearest * 2 ** -50 ? nearest : Math.ceil(product);
}
