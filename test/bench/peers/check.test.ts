/** The check that refuses wrong values, against the references by definition. */
import { describe, expect, test } from 'vitest';
import { checkKernel, checkTrained, checkTraining } from '../../../bench/peers/check.ts';
import { joined, sizeOf } from '../../../bench/peers/work.ts';
import type { Kind, Values, Work } from '../../../bench/peers/work.ts';
import type { NDArray } from '../../reference/array.ts';
import { convReference } from '../../reference/conv.ts';
import { MATMUL } from '../../reference/matmul.ts';

const values = (shape: readonly number[], seed: number): Values => ({ shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + 12.9898 * i)) });
const wide = ({ shape, data }: Values): NDArray => ({ shape, data: Float64Array.from(data) });
const work = (kind: Kind, arrays: Record<string, Values>, parameters: readonly string[] = []): Work => ({ name: kind, kind, arrays: new Map(Object.entries(arrays)), parameters, lr: 0.1, heads: 1, layers: 0 });

const [a, b] = [values([9, 9], 1), values([9, 9], 2)];
// Sizes apart, so that no two axes can be taken for each other.
const [x, weight, gradient] = [values([2, 3, 5, 4], 3), values([6, 3, 3, 3], 4), values([2, 6, 5, 4], 5)];
const convolution = convReference({ stride: [1, 1], padding: [1, 1], dilation: [1, 1] });
const [byInput, byWeight] = convolution.gradients([wide(x), wide(weight)], wide(gradient));
const right = (result: NDArray | undefined): Float32Array => Float32Array.from(result!.data);

const KERNELS: readonly (readonly [Work, Float32Array])[] = [
  [work('matmul', { a, b }), right(MATMUL.forward([wide(a), wide(b)]))],
  [work('conv2d', { x, weight, gradient }), right(convolution.forward([wide(x), wide(weight)]))],
  [work('conv2d-input', { x, weight, gradient }), right(byInput)],
  [work('conv2d-weight', { x, weight, gradient }), right(byWeight)],
];

describe.each(KERNELS)('$kind', (one, result) => {
  test('right values pass', () => {
    expect(() => checkKernel(one, result)).not.toThrow();
  });

  test.each<[string, (values: Float32Array) => Float32Array]>([
    ['nothing', (v) => v.fill(0)],
    ['values a thousandth too large', (v) => v.map((value) => value * 1.001)],
    ['values in the wrong places', (v) => v.reverse()],
    ['no numbers', (v) => v.fill(NaN)],
    ['too few values', (v) => v.subarray(1)],
  ])('%s: refused', (_, wrong) => {
    expect(() => checkKernel(one, wrong(result.slice()))).toThrow(/wrong value|expected/);
  });
});

describe('training', () => {
  const [first, second] = [values([4, 3], 6), values([4], 7)];
  const one = work('multi-task-cnn', { 'fc.weight': first, 'fc.bias': second }, ['fc.weight', 'fc.bias']);
  const moved = (parameter: Values, by: number): Float32Array => Float32Array.from(parameter.data, (value, i) => value + by * (1 + (i % 2)));
  const result = joined([[2.3], moved(first, 0.01), moved(second, -0.02)]);

  test('the reference itself passes, and what differs by rounding', () => {
    expect(() => checkTrained(one, result)).not.toThrow();
    expect(() => checkTraining(one, result.map((value) => value * (1 + 1e-6)), result)).not.toThrow();
  });

  test.each<[string, Float32Array, RegExp]>([
    ['another loss', joined([[2.31], moved(first, 0.01), moved(second, -0.02)]), /the loss is 2.3099/],
    ['no loss', joined([[NaN], moved(first, 0.01), moved(second, -0.02)]), /the loss is NaN/],
    ['a parameter that moved a twentieth too far', joined([[2.3], moved(first, 0.0105), moved(second, -0.02)]), /fc.weight moved/],
    ['a bias that moved the other way', joined([[2.3], moved(first, 0.01), moved(second, 0.02)]), /fc.bias moved/],
    ['a parameter that is no number', joined([[2.3], moved(first, NaN), moved(second, -0.02)]), /fc.weight/],
    ['no training at all', joined([[2.3], first.data, second.data]), /fc.weight moved/],
    ['too few values', result.subarray(1), /expected/],
  ])('%s: refused', (_, wrong, message) => {
    expect(() => checkTraining(one, wrong, result)).toThrow(message);
  });

  test('a reference that did not learn, or has no numbers, is refused', () => {
    expect(() => checkTrained(one, joined([[2.3], first.data, moved(second, -0.02)]))).toThrow('fc.weight did not move');
    expect(() => checkTrained(one, joined([[NaN], moved(first, 0.01), moved(second, -0.02)]))).toThrow('NaN');
    expect(() => checkTrained(one, joined([[2.3], moved(first, 0.01), moved(second, NaN)]))).toThrow('fc.bias');
  });

  test('a vector without influence may stand still', () => {
    expect(() => checkTrained(one, joined([[2.3], moved(first, 0.01), second.data]))).not.toThrow();
  });
});
