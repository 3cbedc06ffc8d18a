/** Gated recurrent units. */
import gruSubgroup from '../../../kernels/gru_subgroup.wgsl';
import gruTile from '../../../kernels/gru_tile.wgsl';
import type { Tensor } from '../../tensor.ts';
import { add, mul, sigmoid, sub, tanh } from '../elementwise.ts';
import type { Cell } from './cell.ts';
import { runLayers } from './layers.ts';
import type { RecurrentOptions } from './layers.ts';
import type { RecurrentParameters } from './parameters.ts';

const GRU: Cell = {
  name: 'gru', gates: 3, planes: 1, splitsGradient: true,
  kernels: { subgroup: gruSubgroup, tile: gruTile },
  step(projected, product, states) {
    const [pr, pz, pn] = projected as [Tensor, Tensor, Tensor];
    const [hr, hz, hn] = product as [Tensor, Tensor, Tensor];
    const [before] = states as [Tensor];
    const n = tanh(add(pn, mul(sigmoid(add(pr, hr)), hn)));
    return [add(n, mul(sigmoid(add(pz, hz)), sub(before, n)))];
  },
};

export interface GRUState {
  /** `[layers * directions, n, hidden]`: layer by layer, in each the forward direction first. */
  readonly hidden: Tensor;
}

export interface GRUOptions extends RecurrentOptions {
  /** Where the sequences begin, for example at the result of what came before; default: zeros. */
  readonly initial?: GRUState;
}

export interface GRUResult extends GRUState {
  /** The last layer's hidden states `[n, time, hidden * directions]`, 0 beyond each sequence's length. */
  readonly output: Tensor;
}

/**
 * Gated recurrent units over sequences x `[n, time, input]`, with gates r, z, n: `n = tanh(W x + b + r * (U hidden + c))`,
 * `hidden = (1 - z) * n + z * hidden`. All else as for `lstm`; the parameters are those of `recurrentParameters('gru', ...)`. PyTorch:
 * `torch.nn.GRU` with `batch_first`, on `pack_padded_sequence` where there are lengths. Source: Cho et al., "Learning Phrase Representations
 * using RNN Encoder-Decoder", 2014; the reset gate acts behind the recurrent product and its bias, as in PyTorch.
 * @throws ShapeError, DTypeError, ConfigError, TensorError
 */
export function gru(x: Tensor, parameters: RecurrentParameters, options: GRUOptions = {}): GRUResult {
  const { initial } = options;
  const { output, states: [hidden] } = runLayers(GRU, x, parameters, initial ? [initial.hidden] : null, options) as { output: Tensor; states: [Tensor] };
  return { output, hidden };
}
