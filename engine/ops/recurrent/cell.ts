/** What a recurrent cell is: how many gates and states, its formula as operations, and the kernels that compute whole sequences of it. */
import type gruSubgroup from '../../../kernels/gru_subgroup.wgsl';
import type gruTile from '../../../kernels/gru_tile.wgsl';
import type { Tensor } from '../../tensor.ts';

export interface Cell {
  /** As errors call it. */
  readonly name: 'lstm' | 'gru';
  /** Blocks of hidden units in the weights. */
  readonly gates: number;
  /** States: the hidden one, then the cell's own. */
  readonly planes: 1 | 2;
  /** Whether the gradient of the recurrent product differs from that of what the inputs give to the gates. */
  readonly splitsGradient: boolean;
  /** Kernels of `kernels/parts/recurrent.wgsl`; that of the GRU has one buffer more. */
  readonly kernels: { readonly subgroup: typeof gruSubgroup; readonly tile: typeof gruTile };
  /**
   * One step, made of differentiable operations; what the kernels equal.
   * @param projected what the inputs give to each gate `[n, hidden]`
   * @param product what the hidden state gives to each, biases included
   * @param states each `[n, hidden]`
   */
  readonly step: (projected: readonly Tensor[], product: readonly Tensor[], states: readonly Tensor[]) => Tensor[];
}
