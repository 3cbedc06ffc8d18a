/** Stochastic gradient descent over an arena: one dispatch whatever the number of tensors. */
import kernel from '../../kernels/sgd.wgsl';
import type { ParameterArena } from '../arena.ts';
import { ConfigError } from '../errors.ts';
import { linearGroups } from '../ops/grid.ts';
import { zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';

export interface SGDOptions {
  /** Learning rate, > 0. */
  readonly lr: number;
  /** In [0, 1); default 0. */
  readonly momentum?: number;
  /** At least 0; default 0. */
  readonly weightDecay?: number;
}

/** As PyTorch's `torch.optim.SGD`: `v = momentum v + (g + weightDecay p)`, `p -= lr v`. */
export class SGD {
  readonly arena: ParameterArena;
  lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly #velocity: Tensor | null;

  /** @throws ConfigError when an option is out of range */
  constructor(arena: ParameterArena, { lr, momentum = 0, weightDecay = 0 }: SGDOptions) {
    if (!(lr > 0)) throw new ConfigError(`lr: expected a number above 0, got ${lr}`);
    if (!(momentum >= 0 && momentum < 1)) throw new ConfigError(`momentum: expected a number in [0, 1), got ${momentum}`);
    if (!(weightDecay >= 0)) throw new ConfigError(`weightDecay: expected a number from 0, got ${weightDecay}`);
    this.arena = arena;
    this.lr = lr;
    this.momentum = momentum;
    this.weightDecay = weightDecay;
    this.#velocity = momentum > 0 ? zeros(arena.device, [arena.capacity]) : null;
  }

  /** One step with the gradients in the arena. */
  step(): void {
    const { device, gradients, values, capacity } = this.arena;
    const quads = capacity / 4;
    const params = { quads, rate: this.lr, momentum: this.momentum, weight_decay: this.weightDecay };
    const buffers = { gradient: gradients.binding, parameter: values.binding };
    const groups = linearGroups(quads, 64);
    if (this.#velocity) device.dispatch(kernel, { entry: 'with_momentum', buffers: { ...buffers, velocity: this.#velocity.binding }, params, groups });
    else device.dispatch(kernel, { buffers, params, groups });
  }
}
