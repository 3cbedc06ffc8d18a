/** LSTM layers over whole sequences, forward and back through time. */
import { grad, lstm, noGrad, rand, Generator, tensor } from 'lazygrad';
import type { Device, HostArray, Tensor } from 'lazygrad';
import type { NDArray } from '../../test/reference/array.ts';
import { filled } from '../../test/reference/array.ts';
import { recurrentReference } from '../../test/reference/recurrent.ts';
import type { Case, Size } from '../case.ts';
import { expectClose } from '../case.ts';
import { leaves, opCase, present, uniform } from '../op-case.ts';
import { at, places } from '../sums.ts';

interface Sizes {
  readonly name: string;
  readonly n: number;
  readonly time: number;
  readonly input: number;
  readonly hidden: number;
}

const SHAPES: Readonly<Record<Size, readonly Sizes[]>> = {
  small: [{ name: '12', n: 5, time: 7, input: 6, hidden: 12 }],
  default: [{ name: 'crnn', n: 16, time: 64, input: 256, hidden: 32 }, { name: '128', n: 16, time: 32, input: 128, hidden: 128 }],
  gpu: [{ name: 'crnn', n: 64, time: 256, input: 256, hidden: 32 }, { name: '256', n: 64, time: 128, input: 256, hidden: 256 }],
};
const PARAMETERS = ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0'] as const;
type Names = 'x' | (typeof PARAMETERS)[number];

const REFERENCE = recurrentReference({ cell: 'lstm', layers: 1, bidirectional: false, bias: true, lengths: null });

function casesOf(sizes: Sizes): Case[] {
  const { n, time, input, hidden } = sizes;
  const shapes: Readonly<Record<(typeof PARAMETERS)[number], number[]>> = { weight_ih_l0: [4 * hidden, input], weight_hh_l0: [4 * hidden, hidden], bias_ih_l0: [4 * hidden], bias_hh_l0: [4 * hidden] };
  const bound = 1 / Math.sqrt(hidden);
  const inputs = (device: Device): Record<Names, Tensor> => ({
    x: uniform(device, [n, time, input], 1),
    ...Object.fromEntries(PARAMETERS.map((name, i) => [name, rand(device, shapes[name], new Generator(i + 2), -bound, bound)])) as Record<(typeof PARAMETERS)[number], Tensor>,
  });
  const layer = (tensors: Readonly<Record<Names, Tensor>>): Tensor => lstm(tensors.x, { get: (name) => present(tensors[name as Names]) }).output;
  // A sequence does not see the others, so the reference has two of them, and no other has a gradient.
  const rows = [0, n - 1];
  const rowsOf = (values: HostArray, width: number): Float64Array => Float64Array.from(rows.flatMap((row) => [...values.subarray(row * time * width, (row + 1) * time * width)]));
  const known = (values: Readonly<Record<Names, HostArray>>): NDArray[] => [
    { shape: [rows.length, time, input], data: rowsOf(values.x, input) },
    ...PARAMETERS.map((name) => ({ shape: shapes[name], data: Float64Array.from(values[name]) })),
    filled([1, rows.length, hidden], 0), filled([1, rows.length, hidden], 0),
  ];
  const expectAll = (what: string, got: ArrayLike<number>, expected: Float64Array, tolerance: number): void => {
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const { flat } of places([expected.length], 400)) expectClose(`${what}, ${flat}`, at(got, flat), at(expected, flat), tolerance * largest);
  };
  const flops = 2 * n * time * 4 * hidden * (input + hidden);
  return [
    opCase({
      name: `kernel/lstm/${sizes.name}/forward`, flops, inputs,
      start: (tensors) => () => ({ y: noGrad(() => layer(tensors)) }),
      check(values, { y }) {
        expectAll('hidden state', rowsOf(y, hidden), REFERENCE.forward(known(values)).data.subarray(0, rows.length * time * hidden), 2e-5);
      },
    }),
    opCase({
      name: `kernel/lstm/${sizes.name}/backward`, flops: 2 * flops,
      inputs(device) {
        const seen = Float32Array.from({ length: n * time * hidden }, (_, i) => rows.includes(Math.floor(i / (time * hidden))) ? Math.sin(i * 12.9898) : 0);
        return { ...inputs(device), g: tensor(device, seen, [n, time, hidden]) };
      },
      start(tensors) {
        const all = (['x', ...PARAMETERS] as const).map((name) => tensors[name]);
        leaves(...all);
        const y = layer(tensors);
        return () => {
          const [x, weightInput, weightHidden, biasInput, biasHidden] = grad(y, all, { gradient: tensors.g }).map(present) as [Tensor, Tensor, Tensor, Tensor, Tensor];
          return { x, weightInput, weightHidden, biasInput, biasHidden };
        };
      },
      check(values, got) {
        const cotangent = filled([rows.length * (time + 2) * hidden], 0);
        cotangent.data.set(rowsOf(values.g, hidden));
        const [x, ...parameters] = REFERENCE.gradients(known(values), cotangent) as [NDArray, NDArray, NDArray, NDArray, NDArray];
        expectAll('gradient by the input', rowsOf(got.x, input), x.data, 1e-4);
        [got.weightInput, got.weightHidden, got.biasInput, got.biasHidden].forEach((values, i) => expectAll(`gradient by ${PARAMETERS[i] ?? ''}`, values, (parameters[i] ?? x).data, 1e-4));
      },
    }),
  ];
}

export const recurrentCases = (size: Size): readonly Case[] => SHAPES[size].flatMap(casesOf);
