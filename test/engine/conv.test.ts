import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { conv2d, grad, sum, tensor } from '../../engine/index.ts';
import { convExtent, convReference } from '../reference/conv.ts';
import type { Pair, Window } from '../reference/conv.ts';
import { holds, kinds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { CONTRACTIONS } from '../support/device.ts';
import { values } from '../support/values.ts';

const subject = (window: Window): Subject => ({ run: ([x, weight, bias]) => conv2d(x!, weight!, bias ?? null, window), reference: convReference(window) });

const pairs = (low: number, high: number): fc.Arbitrary<Pair> => fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));
/** Channels of a group on both sides, and the number of groups. */
const channels = fc.oneof(
  fc.record({ groups: fc.constant(1), inputs: fc.constantFrom(1, 2, 3, 4, 5, 8), outputs: fc.constantFrom(1, 2, 3, 4, 5, 8) }),
  fc.record({ groups: fc.constantFrom(2, 3, 4), inputs: fc.constantFrom(1, 2, 3, 4), outputs: fc.constantFrom(1, 2, 3, 4) }),
);

const CONVOLUTIONS = fc.record({
  n: fc.constantFrom(1, 2, 3), channels, image: pairs(1, 9), kernel: pairs(1, 4),
  window: fc.record({ stride: pairs(1, 3), padding: pairs(0, 4), dilation: pairs(1, 3) }),
  bias: fc.boolean(), kind: kinds, layout: fc.tuple(layouts, layouts, layouts), seed: seeds,
}).filter(({ image, kernel, window }) => convExtent(image[0], kernel[0], 0, window) > 0 && convExtent(image[1], kernel[1], 1, window) > 0);

interface Example {
  readonly name: string;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly window?: Partial<Window>;
}

// What the drawn cases may miss, and the shapes of the networks.
const EXAMPLES: readonly Example[] = [
  { name: 'a grey image', x: [2, 1, 14, 14], weight: [8, 1, 3, 3], window: { padding: [1, 1] } },
  { name: 'few taps and many outputs', x: [2, 1, 7, 6], weight: [32, 1, 3, 3], window: { padding: [1, 1] } },
  { name: 'channels in fours', x: [2, 8, 6, 6], weight: [16, 8, 3, 3], window: { padding: [1, 1] } },
  { name: 'a row of 33 output channels and a width that is no multiple of 4', x: [1, 4, 5, 11], weight: [33, 4, 3, 3] },
  { name: 'one pixel', x: [3, 5, 1, 1], weight: [7, 5, 1, 1] },
  { name: 'a window as large as the image', x: [2, 4, 5, 7], weight: [3, 4, 5, 7] },
  { name: 'stride beyond the window', x: [1, 4, 11, 10], weight: [2, 4, 2, 1], window: { stride: [4, 3] } },
  { name: 'an asymmetric window', x: [2, 4, 7, 9], weight: [5, 4, 1, 5], window: { padding: [0, 2], dilation: [1, 2] } },
  { name: 'padding beyond the window\'s reach', x: [2, 4, 3, 4], weight: [4, 4, 2, 3], window: { padding: [3, 4] } },
  { name: 'padding beyond the window\'s reach, few channels', x: [2, 3, 3, 4], weight: [4, 3, 2, 3], window: { padding: [3, 4] } },
  { name: 'rows that no window reaches', x: [1, 4, 8, 8], weight: [2, 4, 3, 3], window: { stride: [3, 3] } },
  { name: 'dilation with stride and padding', x: [1, 4, 9, 10], weight: [3, 4, 3, 2], window: { stride: [2, 3], padding: [2, 1], dilation: [2, 3] } },
  { name: 'many terms and few results', x: [1, 128, 3, 3], weight: [2, 128, 3, 3] },
  { name: 'many pixels and few weights', x: [5, 2, 17, 19], weight: [3, 2, 2, 2] },
  { name: 'a window for each channel', x: [2, 8, 6, 7], weight: [8, 1, 3, 3], window: { padding: [1, 1], groups: 8 } },
  { name: 'two wide windows for each channel', x: [2, 3, 4, 9], weight: [6, 1, 1, 5], window: { padding: [0, 2], groups: 3 } },
  { name: 'groups of three channels under a tall window', x: [2, 6, 9, 4], weight: [4, 3, 5, 2], window: { stride: [2, 1], dilation: [1, 2], groups: 2 } },
  { name: 'groups in fours', x: [2, 8, 5, 6], weight: [8, 4, 3, 3], window: { padding: [1, 0], groups: 2 } },
  { name: 'groups of many terms and few results', x: [2, 256, 3, 3], weight: [2, 128, 3, 3], window: { groups: 2 } },
];

describe.each(CONTRACTIONS)('with $variant', ({ open, runs }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });

  test('conv2d equals the reference for all geometries, layouts and values', () =>
    holds(CONVOLUTIONS, async ({ n, channels: { groups, inputs, outputs }, image, kernel, window, bias, kind, layout, seed }) => {
      const all = [values([n, groups * inputs, ...image], kind, seed), values([groups * outputs, inputs, ...kernel], kind, seed + 1), values([groups * outputs], kind, seed + 2)];
      await check(device, subject({ ...window, groups }), bias ? all : all.slice(0, 2), { layouts: layout, seed });
    }, runs));

  test.each(EXAMPLES)('$name', async ({ x, weight, window }) => {
    await check(device, subject({ stride: [1, 1], padding: [0, 0], dilation: [1, 1], ...window }), [values(x, 'normal', 1), values(weight, 'normal', 2), values(weight.slice(0, 1), 'normal', 3)]);
  });

  test.each([[3, 1], [4, 1], [4, 2], [2, 2]])('the derivatives agree with differences, of both orders, with %i input channels in %i groups', async (inputs, groups) => {
    const window: Window = { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups };
    const all = [values([2, inputs, 4, 3], 'spread', 1), values([2, inputs / groups, 3, 2], 'spread', 2), values([2], 'spread', 3)];
    await check(device, subject(window), all, { differences: true });
    await checkSecond(device, subject(window), all, { layouts: ['permuted', 'gaps', 'offset 3', 'permuted'] });
  });

  test.each([1, 2])('padding \'same\' puts the odd zero behind, in both orders of derivatives, with %i groups', async (groups) => {
    const window: Window = { stride: [1, 1], dilation: [1, 3], padding: [1, 1], after: [2, 2], groups };
    const same: Subject = { run: ([x, weight, bias]) => conv2d(x!, weight!, bias, { padding: 'same', dilation: [1, 3], groups }), reference: convReference(window) };
    const all = [values([2, 4, 3, 5], 'spread', 1), values([4, 4 / groups, 4, 2], 'spread', 2), values([4], 'spread', 3)];
    await check(device, same, all);
    await checkSecond(device, same, all);
  });

  test('padding is 0 even beside infinity', async () => {
    using _scope = device.scope();
    const out = conv2d(tensor(device, [Infinity, 1, NaN], [1, 1, 1, 3]), tensor(device, [1, 1], [1, 1, 1, 2]), null, { padding: [0, 1] });
    expect([...await out.read()]).toEqual([Infinity, Infinity, NaN, NaN]);
  });

  test('a batch of no images has no result and gradients of 0', async () => {
    using _scope = device.scope();
    const x = tensor(device, [], [0, 4, 5, 5], { requiresGrad: true });
    const weight = tensor(device, new Float32Array(72).fill(1), [2, 4, 3, 3], { requiresGrad: true });
    const out = conv2d(x, weight);
    expect(out.shape).toEqual([0, 2, 3, 3]);
    const [gx, gw] = grad(sum(out), [x, weight]) as [Tensor, Tensor];
    expect(gx.shape).toEqual([0, 4, 5, 5]);
    expect([...await gw.read()]).toEqual(new Array<number>(72).fill(0));
  });

  test('numbers for both axes may be given as one', async () => {
    using _scope = device.scope();
    const [x, weight] = [tensor(device, new Float32Array(25).fill(1), [1, 1, 5, 5]), tensor(device, new Float32Array(4).fill(1), [1, 1, 2, 2])];
    const one = conv2d(x, weight, null, { stride: 2, padding: 1, dilation: 2 });
    const two = conv2d(x, weight, null, { stride: [2, 2], padding: [1, 1], dilation: [2, 2] });
    expect(one.shape).toEqual([1, 1, 3, 3]);
    expect(await one.read()).toEqual(await two.read());
  });
});
