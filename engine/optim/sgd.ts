/** Stochastic gradient descent over an arena: one dispatch whatever the number of tensors, or one for each chunk of a large arena. */
import kernel from '../../kernels/sgd.wgsl';
import type { ParameterArena } from '../arena.ts';
import type { ParamsOf } from '../device/kernel.ts';
import { ConfigError } from '../errors.ts';
import { linearGroups } from '../ops/grid.ts';
import type { Tensor } from '../tensor.ts';
import { checkFraction, checkLearningRate, checkRates, readVectors, writeVectors } from './optimizer.ts';
import type { Optimizer, OptimizerState } from './optimizer.ts';

export interface SGDOptions {
  /** Learning rate, > 0. */
  readonly lr: number;
  /** In [0, 1); default 0. */
  readonly momentum?: number;
  /** At least 0; default 0. */
  readonly weightDecay?: number;
  /** Look ahead by one step of the velocity (Sutskever et al., 2013); needs momentum. Default false. */
  readonly nesterov?: boolean;
}

/**
 * As PyTorch's `torch.optim.SGD`: with `d = g + weightDecay p`, `v = momentum v + d`, then `p -= lr v`, or with Nesterov's momentum
 * `p -= lr (d + momentum v)`. State: `velocity`, with momentum only.
 */
export class SGD implements Optimizer {
  readonly arena: ParameterArena;
  lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly #velocity: Tensor | null;

  /** @throws ConfigError when an option is out of range */
  constructor(arena: ParameterArena, { lr, momentum = 0, weightDecay = 0, nesterov = false }: SGDOptions) {
    checkRates(lr, weightDecay);
    checkFraction('momentum', momentum);
    if (nesterov && momentum === 0) throw new ConfigError('nesterov: needs a momentum above 0, got 0');
    this.arena = arena;
    this.lr = lr;
    this.momentum = momentum;
    this.weightDecay = weightDecay;
    this.nesterov = nesterov;
    this.#velocity = momentum > 0 ? arena.vector() : null;
  }

  step(): void {
    const { arena } = this;
    const velocity = this.#velocity;
    for (const chunk of arena.chunks) {
      const quads = chunk.size / 4;
      const params = (): ParamsOf<typeof kernel> => {
        checkLearningRate(this.lr);
        return { quads, rate: this.lr, momentum: this.momentum, weight_decay: this.weightDecay };
      };
      const buffers = { gradient: arena.bind(arena.gradients, chunk), parameter: arena.bind(arena.values, chunk) };
      const groups = linearGroups(quads, 64);
      if (velocity) arena.device.dispatch(kernel, { entry: this.nesterov ? 'with_nesterov' : 'with_momentum', buffers: { ...buffers, velocity: arena.bind(velocity, chunk) }, params, groups });
      else arena.device.dispatch(kernel, { buffers, params, groups });
    }
  }

  stateDict(): Promise<Map<string, Float32Array | Uint32Array>> {
    return readVectors(this.#vectors());
  }

  loadStateDict(state: OptimizerState): void {
    writeVectors('SGD', this.#vectors(), state);
  }

  #vectors(): Map<string, Tensor> {
    return new Map(this.#velocity ? [['velocity', this.#velocity]] : []);
  }
}
