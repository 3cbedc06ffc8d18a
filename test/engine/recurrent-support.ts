/** LSTM and GRU as subjects of `check`: the inputs are x, the parameters in PyTorch's order, the initial states. */
import type { Lengths, LSTMOptions, RecurrentParameters, Tensor } from '../../engine/index.ts';
import { concat, gru, lstm, recurrentParameters, reshape } from '../../engine/index.ts';
import { filled, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { recurrentReference } from '../reference/recurrent.ts';
import type { Settings } from '../reference/recurrent.ts';
import type { Subject } from '../support/check.ts';
import { uniforms, values } from '../support/values.ts';

export const CELLS = ['lstm', 'gru'] as const;

export interface Size {
  readonly n: number;
  readonly time: number;
  readonly input: number;
  readonly hidden: number;
}

export function drawInputs(settings: Settings, { n, time, input, hidden }: Size, seed: number): NDArray[] {
  const shrunk = (shape: readonly number[], by: number, own: number): NDArray => map(values(shape, 'normal', seed + own), (v) => Math.fround(v * by));
  const count = settings.layers * (settings.bidirectional ? 2 : 1);
  return [
    values([n, time, input], 'normal', seed),
    ...recurrentParameters(settings.cell, input, hidden, settings).map(({ shape }, i) => shrunk(shape, Math.sqrt(1 / (shape[1] ?? 4)), i + 1)),
    ...Array.from({ length: settings.cell === 'lstm' ? 2 : 1 }, (_, i) => shrunk([count, n, hidden], 0.5, i + 100)),
  ];
}

export function drawLengths(n: number, time: number, seed: number): number[] {
  const next = uniforms(seed);
  return Array.from({ length: n }, () => Math.floor(next() * (time + 1)));
}

/** `initial`: one tensor for each state, or none. */
export interface Call {
  readonly parameters: RecurrentParameters;
  readonly initial: readonly Tensor[];
}

export function arrange(settings: Settings, { input, hidden }: Pick<Size, 'input' | 'hidden'>, tensors: readonly Tensor[]): Call {
  const names = recurrentParameters(settings.cell, input, hidden, settings).map(({ name }) => name);
  return { parameters: { get: (name) => tensors[names.indexOf(name)]! }, initial: tensors.slice(names.length) };
}

export interface Results {
  readonly output: Tensor;
  /** Hidden, then the LSTM's cell. */
  readonly states: readonly Tensor[];
}

export function run({ cell: kind, layers, bidirectional, bias }: Settings, x: Tensor, { parameters, initial: [hidden, cell] }: Call, lengths: Lengths | null, more: Pick<LSTMOptions, 'dropout'> = {}): Results {
  const options = { layers, bidirectional, bias, ...lengths && { lengths }, ...more };
  if (kind === 'gru') {
    const result = gru(x, parameters, { ...options, ...hidden && { initial: { hidden } } });
    return { output: result.output, states: [result.hidden] };
  }
  const result = lstm(x, parameters, { ...options, ...hidden && cell && { initial: { hidden, cell } } });
  return { output: result.output, states: [result.hidden, result.cell] };
}

/** Output, then the last states. */
export function flat({ output, states }: Results): Tensor {
  return concat([output, ...states].map((t) => reshape(t, [-1])));
}

export function subject(settings: Settings, size: Size): Subject {
  const reference = recurrentReference(settings);
  return {
    run: ([x, ...rest]) => flat(run(settings, x!, arrange(settings, size, rest), settings.lengths)),
    reference,
    // States are below 1 or little more, and so is the sum of what goes into a gate.
    magnitude: { forward: (inputs) => filled(reference.forward(inputs).shape, 1), gradients: reference.sizes },
    rounding: 2e-6,
  };
}
