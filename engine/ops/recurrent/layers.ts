/** Layers of recurrent cells in one or both directions, whatever the cell. Inside, time comes first: `[time, n, width]`. */
import { ShapeError } from '../../errors.ts';
import { formatShape, sameShape } from '../../layout.ts';
import { report } from '../../reports.ts';
import { checkDevices, checkFloating, zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { removeAxis } from '../axes.ts';
import { concat, stack } from '../concat.ts';
import { narrowed, widened } from '../half.ts';
import { linear } from '../linear.ts';
import { permute, reshape } from '../shape.ts';
import { slice } from '../slice.ts';
import type { Cell } from './cell.ts';
import { hiddenSize, layerParameters, layersOf } from './parameters.ts';
import type { LayerParameters, RecurrentParameters, RecurrentShape } from './parameters.ts';
import { recurrence } from './recurrence.ts';
import type { Direction, RecurrenceInputs } from './recurrence.ts';
import { lengthsOf, masked } from './sequence.ts';
import type { Lengths } from './sequence.ts';

export interface RecurrentOptions extends RecurrentShape {
  /** Default: every sequence is as long as the tensor. A device tensor may be rewritten between replays of a captured step. */
  readonly lengths?: Lengths;
  /** Applied to the output of every layer but the last, `[n, time, width]`, float32 whatever the types are. */
  readonly dropout?: (x: Tensor) => Tensor;
}

/** Kernels load four units at a time. */
const UNITS = 4;

/** Zeros behind the last place of an axis, up to `size`. */
function padded(x: Tensor, axis: number, size: number): Tensor {
  const missing = size - (x.shape[axis] ?? 0);
  return missing === 0 ? x : concat([x, zeros(x.device, x.shape.map((length, d) => d === axis ? missing : length))], axis);
}

/** Blocks of `hidden` rows as blocks of `size` rows. */
function paddedBlocks(x: Tensor, gates: number, hidden: number, size: number): Tensor {
  if (hidden === size) return x;
  const rest = x.shape.slice(1);
  return reshape(padded(reshape(x, [gates, hidden, ...rest]), 1, size), [gates * size, ...rest]);
}

/** What the recurrence wants: the projection of all time steps in one product, and units in fours. More units of zero weights and states stay zero. */
function inputsOf(cell: Cell, sequence: Tensor, { weightInput, weightHidden, biasInput, biasHidden }: LayerParameters, initial: Tensor): RecurrenceInputs {
  const hidden = weightHidden.shape[1] ?? 0;
  const size = Math.ceil(hidden / UNITS) * UNITS;
  const blocks = (x: Tensor): Tensor => paddedBlocks(widened(x), cell.gates, hidden, size);
  return {
    projected: linear(sequence, blocks(weightInput), biasInput && blocks(biasInput)),
    weight: padded(blocks(weightHidden), 1, size),
    bias: biasHidden ? blocks(biasHidden) : zeros(sequence.device, [cell.gates * size]),
    initial: padded(initial, 2, size),
  };
}

/** One layer in one direction: its hidden states `[time, n, hidden]`, and each state at the end `[1, n, hidden]`. */
function runDirection(cell: Cell, sequence: Tensor, parameters: LayerParameters, initial: Tensor, direction: Direction): { output: Tensor; last: Tensor[] } {
  const hidden = parameters.weightHidden.shape[1] ?? 0;
  const [time = 0] = sequence.shape;
  const states = recurrence(cell, inputsOf(cell, sequence, parameters, initial), direction);
  const part = (plane: number, start: number, end: number): Tensor => removeAxis(slice(states, [{ start: plane, end: plane + 1 }, { start, end }, null, { end: hidden }]), 0);
  const { reverse } = direction;
  return {
    output: reverse ? part(0, 0, time) : part(0, 1, time + 1),
    last: Array.from({ length: cell.planes }, (_, plane) => reverse ? part(plane, 0, 1) : part(plane, time, time + 1)),
  };
}

function joined(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  return parts.length === 1 && first ? first : concat(parts, axis);
}

/** @param initial one tensor `[layers * directions, n, hidden]` for each of the cell's states, or null for zeros */
export function runLayers(cell: Cell, x: Tensor, parameters: RecurrentParameters, initial: readonly Tensor[] | null, options: RecurrentOptions): { output: Tensor; states: Tensor[] } {
  checkFloating(cell.name, x);
  const [n = 0, time = 0, width = 0] = x.shape;
  if (x.rank !== 3 || time === 0) throw new ShapeError(`${cell.name}: expected sequences [n, time, input] of at least one step, got ${formatShape(x.shape)}`);
  const { layers, directions } = layersOf(cell.name, options);
  const hidden = hiddenSize(cell.name, parameters);
  for (const state of initial ?? []) {
    checkDevices(cell.name, x, state);
    checkFloating(cell.name, state);
    const expected = [layers * directions, n, hidden];
    if (!sameShape(state.shape, expected)) throw new ShapeError(`${cell.name}: expected an initial state ${formatShape(expected)}, got ${formatShape(state.shape)}`);
  }
  const lengths = options.lengths ? lengthsOf(cell.name, x, options.lengths) : null;
  // What lies beyond an end may be anything, NaN included: it must not reach a gradient.
  const bounded = (sequence: Tensor): Tensor => lengths ? masked(sequence, lengths) : sequence;
  const start = zeros(x.device, [cell.planes, n, hidden]);
  let sequence = bounded(permute(widened(x), [1, 0, 2]));
  const begins = initial?.map(widened);
  const operands = [x, ...initial ?? []];
  const parametersInOrder: (Tensor | null)[] = [];
  const last: Tensor[][] = [];
  for (let layer = 0; layer < layers; layer++) {
    if (layer > 0 && options.dropout) sequence = permute(options.dropout(permute(sequence, [1, 0, 2])), [1, 0, 2]);
    const ends = Array.from({ length: directions }, (_, direction) => {
      const at = layer * directions + direction;
      const own = layerParameters(cell.name, x, parameters, layer === 0 ? width : hidden * directions, hidden, layer, direction, options.bias ?? true);
      operands.push(own.weightInput, own.weightHidden);
      parametersInOrder.push(own.weightInput, own.weightHidden, own.biasInput, own.biasHidden);
      const begin = begins ? stack(begins.map((state) => removeAxis(slice(state, [{ start: at, end: at + 1 }]), 0))) : start;
      return runDirection(cell, sequence, own, begin, { reverse: direction === 1, lengths });
    });
    sequence = bounded(joined(ends.map(({ output }) => output), 2));
    last.push(...ends.map(({ last: states }) => states));
  }
  const result = (wide: Tensor): Tensor => narrowed(wide, ...operands);
  const output = result(permute(sequence, [1, 0, 2]));
  const states = Array.from({ length: cell.planes }, (_, plane) => result(joined(last.flatMap((ends) => ends[plane] ?? []), 0)));
  report(cell.name, [x, ...parametersInOrder], [output, ...states], { others: initial ?? [], attributes: { layers, directions, hidden, lengths: lengths !== null } });
  return { output, states };
}
