/** Recurrent layers. ONNX has time first, and its gates in an order of its own. */
import type { Call, Emitter, Emitters, Operand } from '../operand.ts';

interface Cell {
  readonly opType: 'LSTM' | 'GRU';
  /** For each of ONNX's gates the place among the engine's, which are PyTorch's. */
  readonly gates: readonly number[];
  readonly attributes: Readonly<Record<string, number>>;
}

/** ONNX: i, o, f, c and z, r, h. The engine: i, f, g, o and r, z, n. The reset gate acts behind the product. */
const CELLS: Readonly<Record<'lstm' | 'gru', Cell>> = {
  lstm: { opType: 'LSTM', gates: [0, 3, 1, 2], attributes: {} },
  gru: { opType: 'GRU', gates: [1, 0, 2], attributes: { linear_before_reset: 1 } },
};

/** Blocks of `hidden` rows in ONNX's order, with an axis for the direction in front: `[1, gates * hidden, ...]`. */
function reordered(call: Call, { gates }: Cell, hidden: number, operand: Operand | null): string {
  const { graph } = call;
  if (!operand) return graph.constant('float32', [1, gates.length * hidden], new Float32Array(gates.length * hidden));
  const rows = gates.flatMap((gate) => Array.from({ length: hidden }, (_, i) => gate * hidden + i));
  const { values, shapes: [shape] } = operand;
  if (!values) return graph.value('Unsqueeze', [graph.value('Gather', [operand.name(), graph.numbers(rows)], { axis: 0 }), graph.numbers([0])]);
  const width = values.length / rows.length;
  const data = new Float32Array(values.length);
  for (const [i, row] of rows.entries()) data.set(values.subarray(row * width, (row + 1) * width), i * width);
  return graph.constant('float32', [1, ...shape], data, `${call.operation}.weights`);
}

function joined(call: Call, parts: readonly string[], axis: number): string {
  return parts.length === 1 ? parts[0] ?? '' : call.graph.value('Concat', parts, { axis });
}

const recurrent = (cell: Cell): Emitter => (call) => {
  const { graph } = call;
  const [layers, directions, hidden] = [call.number('layers'), call.number('directions'), call.number('hidden')];
  if (call.flag('lengths')) return call.refuse('its sequences have lengths');
  const count = 1 + 4 * layers * directions;
  if (call.inputs.length > count) return call.refuse('it begins at a state that is given');
  const time = call.shape(0)[1] ?? 0;
  const lasts: string[][] = [];
  let sequence = graph.value('Transpose', [call.name(0)], { perm: [1, 0, 2] }); // [time, n, width]
  for (let layer = 0; layer < layers; layer++) {
    const each = (part: number): string[] => Array.from({ length: directions }, (_, direction) => reordered(call, cell, hidden, call.inputs[1 + 4 * (layer * directions + direction) + part] ?? null));
    const biases = each(2).map((bias, direction) => joined(call, [bias, each(3)[direction] ?? ''], 1));
    const [states = '', ...last] = graph.node(cell.opType, [sequence, joined(call, each(0), 0), joined(call, each(1), 0), joined(call, biases, 0)], {
      hidden_size: hidden, direction: directions === 2 ? 'bidirectional' : 'forward', ...cell.attributes,
    }, cell.opType === 'LSTM' ? 3 : 2); // [time, directions, n, hidden]
    lasts.push(last);
    sequence = graph.value('Reshape', [graph.value('Transpose', [states], { perm: [0, 2, 1, 3] }), graph.numbers([time, -1, directions * hidden])]);
  }
  const ends = (lasts[0] ?? []).map((_, state) => joined(call, lasts.map((last) => last[state] ?? ''), 0));
  return [graph.value('Transpose', [sequence], { perm: [1, 0, 2] }), ...ends];
};

export const RECURRENT: Emitters = { lstm: recurrent(CELLS.lstm), gru: recurrent(CELLS.gru) };
