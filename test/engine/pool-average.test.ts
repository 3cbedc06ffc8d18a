import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { adaptiveAvgPool2d, avgPool1d, avgPool2d, backward, globalAveragePool2d, globalMaxPool2d, sum, tensor } from '../../engine/index.ts';
import type { Pair } from '../reference/conv.ts';
import { adaptivePoolReference, averagePoolReference, poolExtent } from '../reference/pool.ts';
import type { PoolWindow } from '../reference/pool.ts';
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

const subject = (window: PoolWindow, counts: boolean): Subject => ({ run: ([x]) => avgPool2d(x!, window.size, { ...window, countIncludePad: counts }), reference: averagePoolReference(window, counts) });
const adaptive = (size: Pair): Subject => ({ run: ([x]) => adaptiveAvgPool2d(x!, size), reference: adaptivePoolReference(size) });

const pairs = (low: number, high: number): fc.Arbitrary<Pair> => fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }));
const IMAGES = { n: fc.integer({ min: 1, max: 3 }), c: fc.constantFrom(1, 2, 3, 4, 5, 8), image: pairs(1, 11), kind: kinds, layout: layouts, seed: seeds };
const POOLS = fc.record({ ...IMAGES, size: pairs(1, 4), stride: pairs(1, 5), padding: pairs(0, 2), ceilMode: fc.boolean(), counts: fc.boolean() })
  .filter(({ image, ...window }) => ([0, 1] as const).every((d) => 2 * window.padding[d] <= window.size[d] && image[d] + 2 * window.padding[d] >= window.size[d] && poolExtent(image[d], d, window) > 0));

describe('avgPool2d', () => {
  test('equals the reference for all windows, layouts and values', () =>
    holds(POOLS, async ({ n, c, image, kind, layout, seed, counts, ...window }) =>
      check(device, subject(window, counts), [values([n, c, ...image], kind, seed)], { layouts: [layout], seed }), 60));

  test.each([true, false])('has the right derivatives of both orders where windows overlap, are padded and reach past the image; padding counts: %j', async (counts) => {
    const window: PoolWindow = { size: [3, 2], stride: [2, 1], padding: [1, 1], ceilMode: true };
    const x = values([2, 3, 4, 4], 'spread', 1);
    await check(device, subject(window, counts), [x], { differences: true });
    await checkSecond(device, subject(window, counts), [x], { layouts: ['permuted', 'gaps'] });
  });

  test('the stride is the window and padding counts unless said otherwise', async () => {
    using _scope = device.scope();
    const x = tensor(device, [4, 4, 4, 4, 4, 4], [1, 1, 2, 3]);
    expect(avgPool2d(x, [1, 2]).shape).toEqual([1, 1, 2, 1]);
    expect([...await avgPool2d(x, [2, 2], { padding: [0, 1] }).read()]).toEqual([2, 4]);
    expect([...await avgPool2d(x, [2, 2], { padding: [0, 1], countIncludePad: false }).read()]).toEqual([4, 4]);
  });

  test('NaN and infinity stay in their windows', async () => {
    using _scope = device.scope();
    expect([...await avgPool2d(tensor(device, [1, NaN, 3, 5, Infinity, 7], [1, 1, 1, 6]), [1, 2]).read()]).toEqual([NaN, 4, Infinity]);
  });

  test('of sequences', async () => {
    const window: PoolWindow = { size: [1, 3], stride: [1, 2], padding: [0, 1] };
    const of: Subject = { run: ([x]) => avgPool1d(x!, 3, { stride: 2, padding: 1, countIncludePad: false }), reference: lowered(averagePoolReference(window, false), 1) };
    await check(device, of, [values([2, 4, 9], 'normal', 1)], { layouts: ['permuted'] });
    await checkSecond(device, of, [values([2, 3, 4], 'spread', 1)]);
  });
});

describe('adaptiveAvgPool2d', () => {
  test('equals the reference for all sizes, layouts and values', () =>
    holds(fc.record({ ...IMAGES, size: pairs(1, 12) }), async ({ n, c, image, size, kind, layout, seed }) =>
      check(device, adaptive(size), [values([n, c, ...image], kind, seed)], { layouts: [layout], seed })));

  test('has the right derivatives of both orders where windows overlap and repeat', async () => {
    await check(device, adaptive([2, 5]), [values([2, 3, 5, 3], 'spread', 1)], { differences: true });
    await checkSecond(device, adaptive([2, 5]), [values([2, 3, 5, 3], 'spread', 1)]);
  });
});

describe('of whole images', () => {
  test('the mean', async () => {
    const of: Subject = { run: ([x]) => globalAveragePool2d(x!), reference: adaptivePoolReference([1, 1]) };
    await check(device, of, [values([2, 5, 7, 6], 'normal', 1)], { layouts: ['permuted'] });
    await checkSecond(device, of, [values([2, 3, 2, 3], 'spread', 1)]);
  });

  test('the maximum, whose gradient equals share', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1, 5, 5, 2, -3, -1, NaN, 0], [1, 2, 2, 2], { requiresGrad: true });
    const out = globalMaxPool2d(x);
    expect(out.shape).toEqual([1, 2, 1, 1]);
    expect([...await out.read()]).toEqual([5, NaN]);
    backward(sum(out));
    expect([...(await x.grad!.read()).slice(0, 4)]).toEqual([0, 0.5, 0.5, 0]);
  });
});
