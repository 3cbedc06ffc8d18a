import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { Device, assign, conv2d, convTranspose2d, grad, tensor, zeros } from '../../engine/index.ts';
import type { ConvOptions, HostArray, Tensor } from '../../engine/index.ts';
import { VARIANTS } from '../../engine/device/variants.ts';
import type { WinogradRule } from '../../engine/device/variants.ts';
import { activated, activatedMagnitude, ACTIVATIONS } from '../reference/activated.ts';
import { convReference, convTransposeReference } from '../reference/conv.ts';
import type { Pair, Window } from '../reference/conv.ts';
import { winogradMagnitude } from '../reference/winograd.ts';
import { holds, kinds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const ALWAYS: WinogradRule = { sums: { images: 0, weights: 0 }, tiles: 1, workspace: 1 << 26 };

const windowOf = (padding: Pair): Window => ({ stride: [1, 1], dilation: [1, 1], padding });
const subject = (padding: Pair): Subject => ({ run: ([x, weight, bias]) => conv2d(x!, weight!, bias ?? null, { padding }), reference: convReference(windowOf(padding)), magnitude: winogradMagnitude(padding) });

const pairs = (low: number, high: number): fc.Arbitrary<Pair> => fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));
const CONVOLUTIONS = fc.record({
  n: fc.constantFrom(1, 2, 3), inputs: fc.constantFrom(4, 8, 12), outputs: fc.constantFrom(4, 8, 20), image: pairs(1, 9), padding: pairs(0, 3),
  bias: fc.boolean(), kind: kinds, layout: fc.tuple(layouts, layouts, layouts, layouts), seed: seeds,
}).filter(({ image, padding }) => image.every((size, i) => size + 2 * padding[i]! >= 3));

const inputsOf = (n: number, inputs: number, outputs: number, image: Pair): ReturnType<typeof values>[] => [values([n, inputs, ...image], 'normal', 1), values([outputs, inputs, 3, 3], 'normal', 2), values([outputs], 'normal', 3)];

let device: Device;
let never: Device;
beforeAll(async () => {
  [device, never] = [await Device.create({ variants: { winograd: ALWAYS } }), await Device.create({ variants: { winograd: null } })];
});

describe.each(['adapter', 'tile'] as const)('with the products of the %s', (contraction) => {
  let own: Device;
  beforeAll(async () => {
    own = contraction === 'tile' ? await Device.create({ variants: { ...VARIANTS.portable, winograd: ALWAYS } }) : device;
  });

  test('equals the reference for all sizes, paddings, layouts and values', () =>
    holds(CONVOLUTIONS, async ({ n, inputs, outputs, image, padding, bias, kind, layout, seed }) => {
      const all = [values([n, inputs, ...image], kind, seed), values([outputs, inputs, 3, 3], kind, seed + 1), values([outputs], kind, seed + 2)];
      await check(own, subject(padding), bias ? all : all.slice(0, 2), { layouts: layout, seed });
    }, contraction === 'tile' ? 8 : 40));
});

test('at the size of networks, errors stay below the bound of the definition\'s own', async () => {
  const { run, reference } = subject([1, 1]);
  await check(device, { run, reference }, inputsOf(1, 64, 32, [13, 14]));
});

test.each(['relu', 'tanh', 'sigmoid'] as const)('%s in the store', async (activation) => {
  const padding: Pair = [1, 2];
  const inner = winogradMagnitude(padding);
  await check(device, {
    run: ([x, weight, bias]) => conv2d(x!, weight!, bias, { padding, activation }),
    reference: activated(convReference(windowOf(padding)), ACTIVATIONS[activation]), magnitude: activatedMagnitude(inner), rounding: 1e-6,
  }, [values([2, 4, 5, 4], 'spread', 1), values([8, 4, 3, 3], 'spread', 2), values([8], 'spread', 3)]);
});

test('the derivatives agree with differences, of both orders', async () => {
  const all = [values([2, 4, 3, 4], 'spread', 1), values([4, 4, 3, 3], 'spread', 2), values([4], 'spread', 3)];
  await check(device, subject([1, 0]), all, { differences: true });
  await checkSecond(device, subject([1, 0]), all, { layouts: ['permuted', 'gaps', 'offset 3', 'permuted'] });
});

test('a transposed convolution goes this way too', async () => {
  const window = { ...windowOf([1, 1]), outputPadding: [0, 0] as const };
  await check(device, { run: ([x, weight, bias]) => convTranspose2d(x!, weight!, bias ?? null, { padding: 1 }), reference: convTransposeReference(window) }, [values([1, 32, 7, 6], 'normal', 1), values([32, 16, 3, 3], 'normal', 2), values([16], 'normal', 3)]);
});

test('more images than the workspace has room for follow one another', async () => {
  // Three of the seven images have room: 4 x 3 tiles, 16 values of 8 channels each.
  const one = 4 * 16 * 4 * 3 * 8;
  const narrow = await Device.create({ variants: { winograd: { ...ALWAYS, workspace: 3.5 * one } } });
  await check(narrow, subject([1, 1]), inputsOf(7, 4, 8, [7, 6]));
  const peak = async (on: Device): Promise<number> => {
    using _scope = on.scope();
    const { peakBytes } = on.memory;
    conv2d(constant(on, values([64, 8, 7, 6], 'normal', 1)), constant(on, values([8, 8, 3, 3], 'normal', 2)), null, { padding: 1 });
    await on.finish();
    return on.memory.peakBytes - peakBytes;
  };
  // Beside the images and the result there are two buffers of tiles: those of all 64 images, or those of three.
  expect(await peak(await Device.create({ variants: { winograd: ALWAYS } })) - await peak(await Device.create({ variants: { winograd: { ...ALWAYS, workspace: 3.5 * one } } }))).toBeGreaterThan(0.8 * 2 * 61 * one);
});

test('a captured step with its gradients gives the same bits, again and again', async () => {
  const [x, weight, bias, cotangent] = [...inputsOf(5, 8, 4, [5, 6]), values([5, 4, 5, 6], 'normal', 4)].map((v) => constant(device, v)) as [Tensor, Tensor, Tensor, Tensor];
  x.requiresGrad = weight.requiresGrad = bias.requiresGrad = true;
  const results = [x, weight, bias].map((t) => zeros(device, t.shape));
  const step = (): void => {
    using _scope = device.scope();
    grad(conv2d(x, weight, bias, { padding: 1 }), [x, weight, bias], { gradient: cotangent }).forEach((g, i) => assign(results[i]!, g!));
    device.submit();
  };
  const read = (): Promise<unknown> => Promise.all(results.map((t) => t.read()));
  step();
  const eager = await read();
  const captured = device.capture(step);
  for (let i = 0; i < 2; i++) {
    for (const result of results) device.clear(result.binding);
    captured.replay();
    expect(await read()).toEqual(eager);
  }
});

const REFUSED: readonly { readonly name: string; readonly x: number[]; readonly weight: number[]; readonly options?: ConvOptions }[] = [
  { name: 'strides', x: [1, 4, 9, 9], weight: [4, 4, 3, 3], options: { stride: [1, 2] } },
  { name: 'dilated windows', x: [1, 4, 9, 9], weight: [4, 4, 3, 3], options: { dilation: [2, 1] } },
  { name: 'other windows', x: [1, 4, 9, 9], weight: [4, 4, 3, 2] },
  { name: 'groups', x: [1, 8, 9, 9], weight: [8, 4, 3, 3], options: { groups: 2 } },
  { name: 'inputs not in fours', x: [1, 6, 9, 9], weight: [4, 6, 3, 3] },
  { name: 'outputs not in fours', x: [1, 4, 9, 9], weight: [6, 4, 3, 3] },
];

async function bits(on: Device, x: readonly number[], weight: readonly number[], options: ConvOptions = {}): Promise<HostArray[]> {
  using _scope = on.scope();
  const [a, b] = [constant(on, values(x, 'normal', 1)), constant(on, values(weight, 'normal', 2))];
  a.requiresGrad = b.requiresGrad = true;
  const out = conv2d(a, b, null, options);
  const gradients = grad(out, [a, b], { gradient: constant(on, values(out.shape, 'normal', 3)) });
  return await Promise.all([out, ...gradients].map((t) => t!.read()));
}

test.each(REFUSED)('not for $name', async ({ x, weight, options }) => {
  expect(await bits(device, x, weight, options)).toEqual(await bits(never, x, weight, options));
});

test('for those that remain, in all three sums', async () => {
  const [found, others] = [await bits(device, [1, 8, 9, 9], [8, 8, 3, 3]), await bits(never, [1, 8, 9, 9], [8, 8, 3, 3])];
  for (const [i, value] of found.entries()) expect(value).not.toEqual(others[i]);
});

test('float16 goes by the definition', async (context) => {
  if (!device.features.includes('shader-f16')) context.skip('the adapter has no float16');
  const run = async (on: Device): Promise<HostArray> => {
    using _scope = on.scope();
    const half = (shape: number[], seed: number): Tensor => tensor(on, Float32Array.from(values(shape, 'normal', seed).data), shape, { dtype: 'float16' });
    return await conv2d(half([1, 8, 9, 9], 1), half([8, 8, 3, 3], 2)).read();
  };
  expect(await run(device)).toEqual(await run(never));
});

test.each([Infinity, -Infinity, NaN])('%d reaches the pixels that it reaches by the definition, and no other', async (value) => {
  using _scope = device.scope();
  const finite = async (on: Device): Promise<boolean[]> => {
    const x = values([36, 4, 6, 6], 'normal', 1);
    for (let i = 0; i < 36; i++) x.data[144 * i + i] = value;
    return Array.from(await conv2d(constant(on, x), constant(on, values([4, 4, 3, 3], 'normal', 2)), null, { padding: 1 }).read(), Number.isFinite);
  };
  expect(await finite(device)).toEqual(await finite(never));
});

test('what the table leaves out goes by the definition: result, gradient by the images, gradient by the weights', async () => {
  // 8 * 8 / 16 = 4, and 4 x 4 tiles of the result's 7 x 7 pixels; 5 x 5 of the image's.
  const withRule = async (rule: Partial<WinogradRule>): Promise<boolean[]> => {
    const [found, others] = [await bits(await Device.create({ variants: { winograd: { ...ALWAYS, ...rule } } }), [1, 8, 9, 9], [8, 8, 3, 3]), await bits(never, [1, 8, 9, 9], [8, 8, 3, 3])];
    return found.map((value, i) => value.join() !== others[i]!.join());
  };
  const [all, none] = [[true, true, true], [false, false, false]];
  expect(await withRule({ sums: { images: 4, weights: 4 }, tiles: 16 })).toEqual(all);
  expect(await withRule({ sums: { images: 4.01, weights: 4.01 } })).toEqual(none);
  expect(await withRule({ sums: { images: 4.01, weights: 4 } })).toEqual([false, false, true]);
  expect(await withRule({ sums: { images: 4, weights: 4.01 } })).toEqual([true, true, false]);
  expect(await withRule({ tiles: 17 })).toEqual([false, true, false]);
  expect(await withRule({ workspace: 4 * 16 * 16 * 8 - 1 })).toEqual(none);
  expect(await withRule({ workspace: 4 * 16 * 16 * 8 })).toEqual([true, false, true]);
});
