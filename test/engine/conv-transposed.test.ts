import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { conv2d, convTranspose2d, grad, tensor } from '../../engine/index.ts';
import { convTransposeExtent, convTransposeReference } from '../reference/conv.ts';
import type { Pair, TransposedWindow } from '../reference/conv.ts';
import { holds, kinds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { leaf } from '../support/layout.ts';
import { values } from '../support/values.ts';

const subject = (window: TransposedWindow): Subject => ({ run: ([x, weight, bias]) => convTranspose2d(x!, weight!, bias ?? null, window), reference: convTransposeReference(window) });

const pairs = (low: number, high: number): fc.Arbitrary<Pair> => fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));
const TRANSPOSED = fc.record({
  n: fc.constantFrom(1, 2), groups: fc.constantFrom(1, 1, 2, 3), inputs: fc.constantFrom(1, 2, 3, 4), outputs: fc.constantFrom(1, 2, 3, 4), image: pairs(1, 5), kernel: pairs(1, 4),
  window: fc.record({ stride: pairs(1, 3), padding: pairs(0, 2), dilation: pairs(1, 3), outputPadding: pairs(0, 2) }),
  bias: fc.boolean(), kind: kinds, layout: fc.tuple(layouts, layouts, layouts), seed: seeds,
}).filter(({ image, kernel, window }) => ([0, 1] as const).every((i) => window.outputPadding[i] < Math.max(window.stride[i], window.dilation[i]) && convTransposeExtent(image[i], kernel[i], i, window) > 0));

const ONE: Pair = [1, 1];
const EXAMPLES: readonly { readonly name: string; readonly x: number[]; readonly weight: number[]; readonly window?: Partial<TransposedWindow> }[] = [
  { name: 'doubling a small image', x: [2, 8, 4, 5], weight: [8, 4, 4, 4], window: { stride: [2, 2], padding: [1, 1] } },
  { name: 'the window laid beside itself', x: [1, 3, 3, 4], weight: [3, 5, 2, 3], window: { stride: [2, 3] } },
  { name: 'gaps between the windows', x: [1, 4, 3, 3], weight: [4, 2, 1, 2], window: { stride: [3, 4], outputPadding: [2, 3] } },
  { name: 'a window for each channel', x: [2, 8, 4, 3], weight: [8, 1, 3, 3], window: { stride: [2, 1], outputPadding: [1, 0], groups: 8 } },
  { name: 'an outputPadding that the dilation allows', x: [1, 4, 3, 4], weight: [4, 2, 2, 3], window: { dilation: [3, 2], outputPadding: [2, 1], padding: [1, 2], groups: 2 } },
];

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

test('convTranspose2d equals the reference for all geometries, layouts and values', () =>
  holds(TRANSPOSED, async ({ n, groups, inputs, outputs, image, kernel, window, bias, kind, layout, seed }) => {
    const all = [values([n, groups * inputs, ...image], kind, seed), values([groups * inputs, outputs, ...kernel], kind, seed + 1), values([groups * outputs], kind, seed + 2)];
    await check(device, subject({ ...window, groups }), bias ? all : all.slice(0, 2), { layouts: layout, seed });
  }));

test.each(EXAMPLES)('$name', async ({ x, weight, window }) => {
  await check(device, subject({ stride: ONE, padding: [0, 0], dilation: ONE, outputPadding: [0, 0], ...window }), [values(x, 'normal', 1), values(weight, 'normal', 2), values([weight[1]! * (window?.groups ?? 1)], 'normal', 3)]);
});

test.each([1, 2])('the derivatives agree with differences, of both orders, with %i groups', async (groups) => {
  const window: TransposedWindow = { stride: [2, 1], padding: [1, 0], dilation: [1, 2], outputPadding: [1, 1], groups };
  const all = [values([2, 4, 2, 3], 'spread', 1), values([4, 2, 3, 2], 'spread', 2), values([2 * groups], 'spread', 3)];
  await check(device, subject(window), all, { differences: true });
  await checkSecond(device, subject(window), all, { layouts: ['permuted', 'gaps', 'offset 3', 'permuted'] });
});

test('it is the gradient of the convolution by its images', async () => {
  using _scope = device.scope();
  const options = { stride: [2, 3], padding: [1, 0], dilation: [1, 2], groups: 2 } as const;
  const [x, weight] = [leaf(device, values([2, 4, 5, 9], 'normal', 1)), leaf(device, values([6, 2, 3, 2], 'normal', 2))];
  const out = conv2d(x, weight, null, options);
  const g = leaf(device, values(out.shape, 'normal', 3));
  const [gradient] = grad(out, [x], { gradient: g });
  const transposed = convTranspose2d(g, weight, null, { ...options, outputPadding: [0, 0] });
  expect(transposed.shape).toEqual(x.shape);
  expect(await transposed.read()).toEqual(await gradient!.read());
});

test('a batch of no images', () => {
  using _scope = device.scope();
  expect(convTranspose2d(tensor(device, [], [0, 2, 3, 3]), tensor(device, new Float32Array(8), [2, 1, 2, 2])).shape).toEqual([0, 1, 4, 4]);
});
