/** A recurrent cell over a whole sequence in one direction: the part that cannot be done for all time steps at once. */
import { isRecording, record } from '../../recording.ts';
import { empty, zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { matmul } from '../matmul.ts';
import { sum } from '../reduce.ts';
import { transpose } from '../shape.ts';
import { contiguous, move } from '../strided.ts';
import type { Cell } from './cell.ts';
import { compositeGradients } from './composite.ts';
import { runSteps } from './passes.ts';
import type { Extent } from './passes.ts';
import { masked } from './sequence.ts';

/** The number of hidden units is a multiple of 4. */
export interface RecurrenceInputs {
  /** What the inputs give to the gates, with their bias: `[time, n, gates * hidden]`. */
  readonly projected: Tensor;
  /** `[gates * hidden, hidden]` */
  readonly weight: Tensor;
  /** Of the recurrent product: `[gates * hidden]`. */
  readonly bias: Tensor;
  /** `[planes, n, hidden]` */
  readonly initial: Tensor;
}

export interface Direction {
  readonly reverse: boolean;
  /** `[n]`; states stay as they are from there on. In reverse a sequence begins at its own last step. */
  readonly lengths: Tensor | null;
}

/**
 * All states: `[planes, time + 1, n, hidden]`. Forwards, place t + 1 holds the state after time t, and place 0 the initial one; in reverse,
 * place t that after time t, and the last one the initial one.
 */
export function recurrence(cell: Cell, inputs: RecurrenceInputs, direction: Direction): Tensor {
  const { projected, weight, bias, initial } = inputs;
  const { device } = projected;
  const [time = 0, n = 0] = projected.shape;
  const hidden = weight.shape[1] ?? 0;
  const place = n * hidden;
  const states = empty(device, [cell.planes, time + 1, n, hidden]);
  move(initial.detach(), states.view({ shape: initial.shape, strides: [(time + 1) * place, hidden, 1], offset: direction.reverse ? time * place : 0 }));
  const gates = empty(device, [time, n, 4 * hidden]);
  const extent: Extent = { rows: n, quads: hidden / 4, time, planes: cell.planes, reverse: direction.reverse ? 1 : 0, has_lengths: direction.lengths ? 1 : 0 };
  const matrix = contiguous(weight.detach()).binding;
  const common = { weight: matrix, lengths: direction.lengths?.binding ?? matrix };
  runSteps(device, cell, extent, { entry: 'forward', buffers: { ...common, projected: contiguous(projected.detach()).binding, bias: contiguous(bias.detach()).binding, moving: states.binding, sums: gates.binding } });
  return record(states, cell.name, [projected, weight, bias, initial], (g) => {
    // The fused derivative cannot be differentiated itself: where that is asked for, the composite it equals is used.
    if (isRecording()) return compositeGradients(cell, inputs, direction, g);
    const product = empty(device, [time, n, cell.gates * hidden]);
    const input = cell.splitsGradient ? empty(device, product.shape) : product;
    const carry = zeros(device, [cell.planes + 1, n, hidden]);
    runSteps(device, cell, extent, { entry: 'backward', buffers: { ...common, upstream: contiguous(g).binding, gates: gates.binding, states: states.binding, moving: product.binding, sums: carry.binding, d_projected: input.binding } });
    const flat = product.view({ shape: [time * n, cell.gates * hidden], strides: [cell.gates * hidden, 1], offset: 0 });
    const before = states.view({ shape: [time, n, hidden], strides: [place, hidden, 1], offset: direction.reverse ? place : 0 });
    // 0 times what a sequence keeps beyond its end is no number, if that is none.
    const kept = direction.lengths ? masked(before, direction.lengths) : before;
    return [
      input,
      weight.requiresGrad ? matmul(transpose(flat), kept.view({ shape: [time * n, hidden], strides: [hidden, 1], offset: kept.offset })) : null,
      bias.requiresGrad ? sum(flat, { axes: [0] }) : null,
      carry.view({ shape: initial.shape, strides: [place, hidden, 1], offset: 0 }),
    ];
  });
}
