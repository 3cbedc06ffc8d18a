import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { conv1d, convTranspose1d, permute, tensor } from '../../engine/index.ts';
import { absolute } from '../reference/array.ts';
import { convExtent, convReference, convTransposeExtent, convTransposeReference } from '../reference/conv.ts';
import { lowered } from '../reference/sequences.ts';
import { holds, kinds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const whole = (low: number, high: number): fc.Arbitrary<number> => fc.integer({ min: low, max: high });
const SEQUENCES = fc.record({
  n: whole(1, 3), groups: fc.constantFrom(1, 2, 3), inputs: fc.constantFrom(1, 2, 4), outputs: fc.constantFrom(1, 3, 4), length: fc.constantFrom(1, 2, 5, 12, 17), taps: whole(1, 5),
  stride: whole(1, 3), padding: whole(0, 3), dilation: whole(1, 3), outputPadding: whole(0, 2), kind: kinds, layout: fc.tuple(layouts, layouts, layouts), seed: seeds,
});

interface Options { readonly stride: number; readonly padding: number; readonly dilation: number; readonly groups: number }

const flat = ({ stride, padding, dilation, groups }: Options): Parameters<typeof convReference>[0] => ({ stride: [1, stride], padding: [0, padding], dilation: [1, dilation], groups });
const subject = (options: Options): Subject => ({ run: ([x, weight, bias]) => conv1d(x!, weight!, bias, options), reference: lowered(convReference(flat(options)), 2) });
const transposed = (options: Options & { readonly outputPadding: number }): Subject => ({
  run: ([x, weight, bias]) => convTranspose1d(x!, weight!, bias, options),
  reference: lowered(convTransposeReference({ ...flat(options), outputPadding: [0, options.outputPadding] }), 2),
});

test('conv1d equals the reference for all geometries, layouts and values', () =>
  holds(SEQUENCES.filter((s) => convExtent(s.length, s.taps, 1, flat(s)) > 0), async ({ n, groups, inputs, outputs, length, taps, kind, layout, seed, ...rest }) =>
    check(device, subject({ ...rest, groups }), [values([n, groups * inputs, length], kind, seed), values([groups * outputs, inputs, taps], kind, seed + 1), values([groups * outputs], kind, seed + 2)], { layouts: layout, seed })));

test('convTranspose1d equals the reference for all geometries, layouts and values', () =>
  holds(SEQUENCES.filter((s) => s.outputPadding < Math.max(s.stride, s.dilation) && convTransposeExtent(s.length, s.taps, 1, { ...flat(s), outputPadding: [0, s.outputPadding] }) > 0), async ({ n, groups, inputs, outputs, length, taps, kind, layout, seed, ...rest }) =>
    check(device, transposed({ ...rest, groups }), [values([n, groups * inputs, length], kind, seed), values([groups * inputs, outputs, taps], kind, seed + 1), values([groups * outputs], kind, seed + 2)], { layouts: layout, seed })));

test('the derivatives agree with differences, of both orders', async () => {
  const options = { stride: 2, padding: 1, dilation: 2, groups: 2 };
  const all = [values([2, 4, 6], 'spread', 1), values([4, 2, 3], 'spread', 2), values([4], 'spread', 3)];
  for (const of of [subject(options), transposed({ ...options, outputPadding: 1 })]) {
    await check(device, of, all, { differences: true });
    await checkSecond(device, of, all, { layouts: ['permuted', 'gaps', 'offset 3', 'permuted'] });
  }
});

test('padding \'same\' keeps the length', async () => {
  const of: Subject = { run: ([x, weight]) => conv1d(x!, weight!, null, { padding: 'same', dilation: 3 }), reference: lowered(convReference({ stride: [1, 1], padding: [0, 4], after: [0, 5], dilation: [1, 3] }), 2) };
  await check(device, of, [values([1, 2, 7], 'normal', 1), values([3, 2, 4], 'normal', 2)]);
});

test('sequences stored channels last are not copied', () => {
  using _scope = device.scope();
  const x: Tensor = permute(tensor(device, absolute(values([2, 9, 4], 'normal', 1)).data as unknown as number[], [2, 9, 4]), [0, 2, 1]);
  const weight = tensor(device, new Float32Array(8 * 4 * 3), [8, 4, 3]);
  const before = device.counters.dispatches;
  conv1d(x, weight);
  // The weights' copy and the contraction.
  expect(device.counters.dispatches - before).toBe(2);
});
