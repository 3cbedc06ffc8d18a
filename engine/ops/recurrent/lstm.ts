/** Long short-term memory. */
import lstmSubgroup from '../../../kernels/lstm_subgroup.wgsl';
import lstmTile from '../../../kernels/lstm_tile.wgsl';
import type { Tensor } from '../../tensor.ts';
import { add, mul, sigmoid, tanh } from '../elementwise.ts';
import type { Cell } from './cell.ts';
import { runLayers } from './layers.ts';
import type { RecurrentOptions } from './layers.ts';
import type { RecurrentParameters } from './parameters.ts';

const LSTM: Cell = {
  name: 'lstm', gates: 4, planes: 2, splitsGradient: false,
  kernels: { subgroup: lstmSubgroup, tile: lstmTile },
  step(projected, product, states) {
    const [i, f, g, o] = projected.map((p, gate) => add(p, product[gate] ?? p)) as [Tensor, Tensor, Tensor, Tensor];
    const [, before] = states as [Tensor, Tensor];
    const cell = add(mul(sigmoid(f), before), mul(sigmoid(i), tanh(g)));
    return [mul(sigmoid(o), tanh(cell)), cell];
  },
};

export interface LSTMState {
  /** `[layers * directions, n, hidden]`: layer by layer, in each the forward direction first. */
  readonly hidden: Tensor;
  /** The cells' own state, alike. */
  readonly cell: Tensor;
}

export interface LSTMOptions extends RecurrentOptions {
  /** Where the sequences begin, for example at the result of what came before; default: zeros. */
  readonly initial?: LSTMState;
}

export interface LSTMResult extends LSTMState {
  /** The last layer's hidden states `[n, time, hidden * directions]`, 0 beyond each sequence's length. */
  readonly output: Tensor;
}

/**
 * Long short-term memory over sequences x `[n, time, input]`, with gates i, f, g, o: `cell = f * cell + i * g`, `hidden = o * tanh(cell)`.
 * Several layers, both directions, sequences of different lengths: a state stays as it is from its sequence's end on, and in reverse a
 * sequence begins at its own last step; one of length 0 keeps its initial state. The parameters are those of `recurrentParameters('lstm', ...)`;
 * the hidden size is read off `weight_hh_l0`. Differentiable in x, parameters and initial states, to any order. The results are
 * float16 if x, initial states and weights all are, computed in float32 and rounded once; else what is float16 is widened. Biases may be of
 * either type. PyTorch: `torch.nn.LSTM` with `batch_first`, on `pack_padded_sequence` where there are lengths. Sources: Hochreiter and
 * Schmidhuber, "Long Short-Term Memory", 1997; Gers et al., "Learning to Forget", 2000.
 * @throws ShapeError, DTypeError, ConfigError, TensorError
 * @example const { output, hidden } = lstm(x, arena, { bidirectional: true, lengths: [5, 3] })
 */
export function lstm(x: Tensor, parameters: RecurrentParameters, options: LSTMOptions = {}): LSTMResult {
  const { initial } = options;
  const { output, states: [hidden, cell] } = runLayers(LSTM, x, parameters, initial ? [initial.hidden, initial.cell] : null, options) as { output: Tensor; states: [Tensor, Tensor] };
  return { output, hidden, cell };
}
