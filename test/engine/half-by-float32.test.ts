/** Operations that take float16 by way of float32: they are those of float32 on the widened operands, and round once. */
import { describe, expect, test } from 'vitest';
import type { DType, Tensor } from '../../engine/index.ts';
import {
  argmin, avgPool2d, batchNorm, binaryCrossEntropyWithLogits, cast, concat, crossEntropy, dropout, Generator, grad, gru, huberLoss, klDivLoss, layerNorm, lstm, maxPool2d, mseLoss, multiHeadAttention,
  norm, permute, recurrentParameters, reshape, scaledDotProductAttention, softmax, variance,
} from '../../engine/index.ts';
import { condition, data, float, index, make } from '../catalogue/entry.ts';
import type { Entry } from '../catalogue/entry.ts';
import { OPERATIONS } from '../catalogue/operations.ts';
import { nearestHalf } from '../reference/half.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();
const missing = !device.features.includes('shader-f16');

/**
 * For each operation of the catalogue the inputs that have to be float16 for the result to be it; the others may be of either type. Losses are float32
 * whatever comes, places are int32.
 */
const DECIDE: Readonly<Record<string, readonly number[]>> = {
  argmax: [], argmin: [], variance: [0], std: [0], logSumExp: [0], norm: [0], scatterAdd: [0, 2], cumsum: [0], groupedLinear: [0, 1],
  maxPool2d: [0], maxPool1d: [0], avgPool2d: [0], avgPool1d: [0], adaptiveAvgPool2d: [0],
  layerNorm: [0], groupNorm: [0], instanceNorm: [0], batchNorm: [0], softmax: [0], logSoftmax: [0], dropout: [0],
  scaledDotProductAttention: [0, 1, 2], multiHeadAttention: [0, 1, 3], lstm: [0, 1, 2], gru: [0, 1, 2],
  crossEntropy: [], crossEntropyRows: [], binaryCrossEntropyWithLogits: [], mseLoss: [], huberLoss: [], klDivLoss: [],
};
const CATALOGUE = new Map(Object.values(OPERATIONS).flatMap((family) => Object.entries(family)));

const flat = (...parts: readonly Tensor[]): Tensor => concat(parts.map((part) => reshape(part, [-1])));
const NAMES = recurrentParameters('lstm', 3, 2, { layers: 2, bidirectional: true });

/** The same with other options and operands. */
const FURTHER: readonly (Entry & { readonly name: string; readonly decide: readonly number[] })[] = [
  { name: 'argmin of all', inputs: [data(3, 4)], run: ([x]) => argmin(x!), decide: [] },
  { name: 'variance of all', inputs: [data(3, 4)], run: ([x]) => variance(x!, { correction: 0 }), decide: [0] },
  { name: 'norm, p = 1', inputs: [data(3, 4)], run: ([x]) => norm(x!, { p: 1, axes: [0], keepDims: true }), decide: [0] },
  { name: 'softmax of a transposed view', inputs: [data(3, 4)], run: ([x]) => softmax(permute(x!, [1, 0]), 0), decide: [0] },
  { name: 'maxPool2d of channels in fours', inputs: [data(1, 5, 5, 4)], run: ([x]) => maxPool2d(permute(x!, [0, 3, 1, 2]), 2, { stride: 1, dilation: 2 }), decide: [0] },
  { name: 'avgPool2d without padding in the mean', inputs: [data(1, 2, 5, 5)], run: ([x]) => avgPool2d(x!, 3, { padding: 1, countIncludePad: false }), decide: [0] },
  { name: 'layerNorm with a bias alone', inputs: [data(2, 3, 4), data(3, 4)], run: ([x, bias]) => layerNorm(x!, 2, { bias: bias! }), decide: [0] },
  { name: 'batchNorm in evaluation', inputs: [data(3, 4), data(4), float(4), float(4)], run: ([x, weight, runningMean, runningVariance]) => batchNorm(x!, { weight: weight!, runningMean: runningMean!, runningVariance: runningVariance!, training: false }), decide: [0] },
  { name: 'attention with masks and dropout', inputs: [data(2, 1, 3, 4), data(2, 1, 5, 4), data(2, 1, 5, 3), condition(3, 5), condition(2, 5)], run: ([q, k, v, mask, keyPadding]) => scaledDotProductAttention(q!, k!, v!, { mask: mask!, keyPadding: keyPadding!, causal: true, dropout: { p: 0.3, generator: new Generator(2) } }), decide: [0, 1, 2] },
  { name: 'multiHeadAttention across', inputs: [data(1, 2, 4), data(1, 3, 5), data(4, 4), data(4, 5), data(4, 5), data(4, 4)], run: ([q, k, a, b, c, outWeight]) => multiHeadAttention(q!, k!, k!, { heads: 2, inWeight: [a!, b!, c!], outWeight: outWeight! }), decide: [0, 1, 2, 3, 4, 5] },
  {
    name: 'lstm with all there is', inputs: [data(2, 3, 3), data(4, 2, 2), data(4, 2, 2), ...NAMES.map(({ shape }) => data(...shape))],
    run: ([x, hidden, cell, ...parameters]) => {
      const all = lstm(x!, { get: (name) => parameters[NAMES.findIndex((other) => other.name === name)]! }, { layers: 2, bidirectional: true, lengths: [3, 1], initial: { hidden: hidden!, cell: cell! } });
      return flat(all.output, all.hidden, all.cell);
    },
    decide: [0, 1, 2, ...NAMES.flatMap(({ name }, i) => name.startsWith('weight') ? [3 + i] : [])],
  },
  { name: 'gru from a state', inputs: [data(2, 3, 3), data(1, 2, 2), data(6, 3), data(6, 2)], run: ([x, hidden, input, recurrent]) => gru(x!, { get: (name) => name.startsWith('weight_ih') ? input! : recurrent! }, { bias: false, initial: { hidden: hidden! } }).hidden, decide: [0, 1, 2, 3] },
  { name: 'crossEntropy with class options', inputs: [data(5, 4), index(4, 5)], run: ([logits, targets]) => crossEntropy(logits!, targets!, { weight: cast(cast(make(device, data(4), 'float32', 9), 'float16'), logits!.dtype), labelSmoothing: 0.1, ignoreIndex: 0, reduction: 'none' }), decide: [] },
  { name: 'binaryCrossEntropyWithLogits with all there is', inputs: [data(3, 4), data(3, 4), data(4), condition(3, 1)], run: ([logits, targets, posWeight, mask]) => binaryCrossEntropyWithLogits(logits!, targets!, { posWeight: posWeight!, mask: mask! }), decide: [] },
  { name: 'mseLoss with a mask', inputs: [data(3, 4), data(3, 4), data(4)], run: ([a, b, mask]) => mseLoss(a!, b!, { mask: mask!.detach(), reduction: 'sum' }), decide: [] },
  { name: 'huberLoss of each', inputs: [data(3, 4), data(3, 4)], run: ([a, b]) => huberLoss(a!, b!, { delta: 0.2, reduction: 'none' }), decide: [] },
  { name: 'klDivLoss of logarithms', inputs: [data(3, 4), data(3, 4)], run: ([a, b]) => klDivLoss(a!, b!, { logTarget: true, reduction: 'batchMean' }), decide: [] },
];

const CASES = [...Object.entries(DECIDE).map(([name, decide]) => ({ name, decide, ...CATALOGUE.get(name)! })), ...FURTHER];

const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.read(), (value) => value + 0);
const rounded = (values: readonly number[], dtype: DType): number[] => dtype === 'float16' ? values.map(nearestHalf) : [...values];

/** Value and gradients, those of second order too if `twice`, with operands of the given types, and with the same values in float32, which are to be the same but for one rounding. */
async function same({ inputs, run, decide }: Entry & { readonly decide: readonly number[] }, types: readonly DType[], twice = false): Promise<void> {
  using _scope = device.scope();
  const dataOf = (i: number): Tensor => cast(make(device, inputs[i]!, 'float32', i + 1), 'float16');
  const differentiable = inputs.flatMap(({ kind }, i) => kind === 'data' ? [i] : []);
  /** All that an operation gives, with operands of some types. */
  const outcome = async (of: readonly DType[]) => {
    const operands = inputs.map((input, i) => {
      if (input.kind !== 'data') return make(device, input, 'float32', i + 1);
      const leaf = cast(dataOf(i), 'float32');
      leaf.requiresGrad = true;
      return cast(leaf, of[i]!);
    });
    const out = run(operands, device);
    const kept = await Promise.all(operands.map(numbers));
    const result = { dtype: out.dtype, values: await numbers(out), kept, gradients: [] as { dtype: DType; values: number[] }[][] };
    if (!out.requiresGrad) return result;
    const wanted = differentiable.map((i) => operands[i]!);
    const found = async (all: readonly (Tensor | null)[]) => result.gradients.push(await Promise.all(all.map(async (g) => g ? { dtype: g.dtype, values: await numbers(g) } : { dtype: 'bool' as const, values: [] })));
    const cotangent = cast(cast(make(device, data(...out.shape), 'float32', 20), 'float16'), out.dtype);
    await found(grad(out, wanted, { gradient: cotangent }));
    if (!twice) return result;
    const recorded = grad(out, wanted, { gradient: cotangent, createGraph: true });
    await found(recorded);
    const [first] = recorded;
    if (first?.requiresGrad) await found(grad(first, [wanted[0]!], { gradient: cast(cast(make(device, data(...first.shape), 'float32', 21), 'float16'), first.dtype) }));
    return result;
  };
  const half = await outcome(types);
  const full = await outcome(types.map(() => 'float32' as const));
  const expected = decide.length > 0 && decide.every((i) => types[i] === 'float16') ? 'float16' : full.dtype;
  expect(half.dtype).toBe(expected);
  expect(half.values).toEqual(rounded(full.values, expected));
  expect(half.kept).toEqual(full.kept);
  expect(half.gradients.length).toBe(full.gradients.length);
  expect(full.gradients.length > 0).toBe(full.dtype === 'float32');
  half.gradients.forEach((all, order) => all.forEach(({ dtype, values }, i) => {
    const wanted = full.gradients[order]![i]!;
    expect(dtype).toBe(wanted.values.length > 0 ? types[differentiable[i]!] : wanted.dtype);
    expect(values).toEqual(rounded(wanted.values, dtype));
  }));
}

describe.skipIf(missing)('by way of float32 (on adapters with shader-f16)', () => {
  test.each(CASES)('$name of float16', (entry) => same(entry, entry.inputs.map(() => 'float16'), true));

  const several = CASES.filter(({ inputs }) => [2, 3, 4, 5, 6].includes(inputs.filter(({ kind }) => kind === 'data').length));
  test.each(several)('$name of one float16 beside float32, and the other way round', async (entry) => {
    for (const [i, { kind }] of entry.inputs.entries()) {
      if (kind !== 'data') continue;
      await same(entry, entry.inputs.map((_, j) => i === j ? 'float16' : 'float32'));
      await same(entry, entry.inputs.map((_, j) => i === j ? 'float32' : 'float16'));
    }
  });

  test('dropout that drops nothing gives the tensor itself', () => {
    using _scope = device.scope();
    const x = cast(make(device, data(3), 'float32'), 'float16');
    expect(dropout(x, 0, { generator: new Generator(1) })).toBe(x);
    expect(dropout(x, 0.5, { generator: new Generator(1), training: false })).toBe(x);
  });
});
