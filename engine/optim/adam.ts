/** Adam and AdamW over an arena: one dispatch whatever the number of tensors, or one for each chunk of a large arena. */
import kernel from '../../kernels/adam.wgsl';
import type { ParameterArena } from '../arena.ts';
import { CheckpointError, ConfigError } from '../errors.ts';
import type { ParamsOf } from '../device/kernel.ts';
import { linearGroups } from '../ops/grid.ts';
import type { Tensor } from '../tensor.ts';
import { checkFraction, checkLearningRate, checkRates, readVectors, writeVectors } from './optimizer.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';

export interface AdamOptions {
  /** Learning rate, > 0; default 0.001. */
  readonly lr?: number;
  /** Decay of the averages of the gradient and of its square, each in [0, 1); default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the corrected root; a normal float32 above 0; default 1e-8. */
  readonly eps?: number;
  /** At least 0; default 0 for Adam, 0.01 for AdamW. */
  readonly weightDecay?: number;
}

type StepNumbers = Omit<ParamsOf<typeof kernel>, 'quads'>;

const SMALLEST_NORMAL = 2 ** -126;

/**
 * As PyTorch's `torch.optim.Adam` (Kingma and Ba, "Adam", 2015): with `g += weightDecay p`, `m` and `v` the decaying averages of `g` and
 * `g^2`, at step t: `p -= lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)`. State: `mean`, `square`, `step`.
 */
export class Adam implements Optimizer {
  readonly arena: ParameterArena;
  lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly #mean: Tensor;
  readonly #square: Tensor;
  #steps = 0;

  /** @throws ConfigError when an option is out of range */
  constructor(arena: ParameterArena, { lr = 0.001, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 }: AdamOptions = {}) {
    checkRates(lr, weightDecay);
    checkFraction('betas[0]', betas[0]);
    checkFraction('betas[1]', betas[1]);
    if (!(eps >= SMALLEST_NORMAL && eps < Infinity)) throw new ConfigError(`eps: expected a number from ${SMALLEST_NORMAL}, got ${eps}`);
    this.arena = arena;
    this.lr = lr;
    this.betas = betas;
    this.eps = eps;
    this.weightDecay = weightDecay;
    this.#mean = arena.vector();
    this.#square = arena.vector();
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** The decay added to the gradient, and the factor on the parameters. */
  protected decay(): { decay: number; shrink: number } {
    return { decay: this.weightDecay, shrink: 1 };
  }

  step(): void {
    const { arena } = this;
    // Counted once a step, replayed or not, by the first of the dispatches.
    let current: StepNumbers;
    for (const [i, chunk] of arena.chunks.entries()) {
      const quads = chunk.size / 4;
      arena.device.dispatch(kernel, {
        buffers: { gradient: arena.bind(arena.gradients, chunk), parameter: arena.bind(arena.values, chunk), average: arena.bind(this.#mean, chunk), square: arena.bind(this.#square, chunk) },
        params: () => ({ ...(current = i === 0 ? this.#count() : current), quads }),
        groups: linearGroups(quads, 64),
      });
    }
  }

  /** Counts a step. @throws ConfigError when `lr` is out of range */
  #count(): StepNumbers {
    checkLearningRate(this.lr);
    const [beta1, beta2] = this.betas;
    const step = ++this.#steps;
    return {
      keep_mean: beta1,
      add_mean: 1 - beta1,
      keep_square: beta2,
      add_square: 1 - beta2,
      rate: this.lr / (1 - beta1 ** step),
      root: Math.sqrt(1 - beta2 ** step),
      epsilon: this.eps,
      ...this.decay(),
    };
  }

  async stateDict(): Promise<Map<string, Float32Array | Uint32Array>> {
    const step = new Uint32Array([this.#steps]);
    return (await readVectors(this.#vectors())).set('step', step);
  }

  loadStateDict(state: OptimizerState): void {
    const step = state.get('step');
    if (!(step instanceof Uint32Array) || step.length !== 1) throw new CheckpointError('the state does not fit Adam: step is not one uint32');
    writeVectors('Adam', this.#vectors(), state, ['step']);
    this.#steps = step[0] ?? 0;
  }

  #vectors(): Map<string, Tensor> {
    return new Map([['mean', this.#mean], ['square', this.#square]]);
  }
}

/**
 * As PyTorch's `torch.optim.AdamW` (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019): Adam, but the decay leaves the
 * averages alone: `p *= 1 - lr weightDecay` before the step.
 */
export class AdamW extends Adam {
  /** @throws ConfigError when an option is out of range */
  constructor(arena: ParameterArena, options: AdamOptions = {}) {
    super(arena, { ...options, weightDecay: options.weightDecay ?? 0.01 });
  }

  protected override decay(): { decay: number; shrink: number } {
    return { decay: 0, shrink: 1 - this.lr * this.weightDecay };
  }
}
