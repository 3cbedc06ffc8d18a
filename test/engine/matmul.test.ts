import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { dot, expand, linear, matmul, outer, permute, reshape, sum, tensor, transpose } from '../../engine/index.ts';
import { build } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { LINEAR, MATMUL, OUTER, VECTORS } from '../reference/matmul.ts';
import { broadcastPairs, holds, kinds, layouts, seeds, sizes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { CONTRACTIONS, testDevice } from '../support/device.ts';
import { leaf } from '../support/layout.ts';
import { values } from '../support/values.ts';

const PRODUCT: Subject = { run: ([a, b]) => matmul(a!, b!), reference: MATMUL };
const LINEAR_LAYER: Subject = { run: ([x, weight, bias]) => linear(x!, weight!, bias ?? null), reference: LINEAR };

describe.each(CONTRACTIONS)('with $variant', ({ open, runs }) => {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });

  test('matmul equals the reference for all sizes, layouts and values', () =>
    holds(fc.record({ m: sizes(65), k: sizes(100), n: sizes(65), kind: kinds, left: layouts, right: layouts, seed: seeds }), async ({ m, k, n, kind, left, right, seed }) =>
      check(device, PRODUCT, [values([m, k], kind, seed), values([k, n], kind, seed + 1)], { layouts: [left, right], seed }), runs));

  test('matmul equals the reference for broadcast batches', () =>
    holds(fc.record({ lead: broadcastPairs(2, 5), m: sizes(8), k: sizes(8), n: sizes(8), left: layouts, right: layouts, seed: seeds }), async ({ lead, m, k, n, left, right, seed }) =>
      check(device, PRODUCT, [values([...lead[0], m, k], 'normal', seed), values([...lead[1], k, n], 'normal', seed + 1)], { layouts: [left, right], seed }), runs));

  test('linear equals the reference for all sizes, layouts and values', () =>
    holds(
      fc.record({ lead: fc.array(sizes(8), { maxLength: 2 }), inputs: sizes(100), outputs: sizes(33), bias: fc.boolean(), kind: kinds, layout: fc.tuple(layouts, layouts, layouts), seed: seeds }),
      async ({ lead, inputs, outputs, bias, kind, layout, seed }) => {
        const all = [values([...lead, inputs], kind, seed), values([outputs, inputs], kind, seed + 1), values([outputs], kind, seed + 2)];
        await check(device, LINEAR_LAYER, bias ? all : all.slice(0, 2), { layouts: layout, seed });
      },
      runs,
    ));

  // Few rows and columns, many terms: the sum is cut into slices that run side by side.
  test.each([[1, 1536, 1], [3, 1031, 5], [16, 1024, 33], [2, 1028, 4], [70, 900, 2], [1, 515, 64]])('a long sum: [%i, %i] x [., %i]', async (m, k, n) => {
    await check(device, PRODUCT, [values([m, k], 'normal', k), values([k, n], 'normal', k + 1)]);
    await check(device, LINEAR_LAYER, [values([m, k], 'normal', k), values([n, k], 'normal', k + 1), values([n], 'normal', 5)]);
  });

  test('transposed operands are read in place', async () => {
    using _scope = device.scope();
    const [a, b] = [values([17, 12], 'normal', 1), values([20, 17], 'normal', 2)];
    const [p, q] = [leaf(device, a), leaf(device, b)];
    const turned = { shape: [12, 17], data: Float64Array.from({ length: 204 }, (_, at) => a.data[(at % 17) * 12 + Math.floor(at / 17)]!) };
    const other = { shape: [17, 20], data: Float64Array.from({ length: 340 }, (_, at) => b.data[(at % 20) * 17 + Math.floor(at / 20)]!) };
    const before = device.counters.dispatches;
    const out = matmul(transpose(p), transpose(q));
    expect(device.counters.dispatches - before).toBe(1);
    expectClose(await out.read(), MATMUL.forward([turned, other]), { atol: 2e-5 });
  });

  test.each([[false, false], [false, true], [true, false], [true, true]])('what fills up rows to a multiple of 4 stays out of the sum; transposed: %j, %j', async (left, right) => {
    using _scope = device.scope();
    // Strides that are multiples of 4, sizes that are none, and NaN between.
    const [m, k, n] = [6, 5, 7];
    const [a, b] = [values([m, k], 'normal', 1), values([k, n], 'normal', 2)];
    const padded = (x: NDArray, columnsFirst: boolean): Tensor => {
      const strides = columnsFirst ? [1, 8] : [8, 1];
      const host = new Float32Array(80).fill(NaN);
      build(x.shape, ([i, j], at) => (host[i! * strides[0]! + j! * strides[1]!] = x.data[at]!));
      return tensor(device, host).view({ shape: x.shape, strides, offset: 0 });
    };
    expectClose(await matmul(padded(a, left), padded(b, right)).read(), MATMUL.forward([a, b]), { atol: 4e-6 });
  });

  test('the derivatives agree with differences, of both orders', async () => {
    const product = [values([2, 1, 3, 5], 'spread', 1), values([4, 5, 2], 'spread', 2)];
    await check(device, PRODUCT, product, { differences: true });
    await checkSecond(device, PRODUCT, product, { layouts: ['permuted', 'offset 3', 'gaps'] });
    const layer = [values([2, 3, 5], 'spread', 3), values([4, 5], 'spread', 4), values([4], 'spread', 5)];
    await check(device, LINEAR_LAYER, layer, { differences: true });
    await checkSecond(device, LINEAR_LAYER, layer, { layouts: ['gaps', 'permuted', 'plain', 'offset 3'] });
  });

  test('an operand expanded over batches is not copied wrongly', async () => {
    using _scope = device.scope();
    const a = tensor(device, [1, 2, 3, 4], [2, 1, 2]);
    const wide = expand(a, [3, 2, 1, 2]);
    const b = permute(reshape(tensor(device, Array.from({ length: 12 }, (_, i) => i)), [2, 3, 2]), [1, 0, 2]);
    const out = matmul(wide, reshape(b, [3, 2, 2, 1]));
    expect([...await out.read()]).toEqual([0 + 2, 18 + 28, 2 + 6, 24 + 36, 4 + 10, 30 + 44]);
  });

  test('NaN and infinity stay in their own row and column', async () => {
    using _scope = device.scope();
    const a = tensor(device, [1, NaN, 2, 3, Infinity, 1], [3, 2]);
    expect([...await matmul(a, tensor(device, [1, 2, 1, 0], [2, 2])).read()]).toEqual([NaN, NaN, 5, 4, Infinity, Infinity]);
  });

  test('products without terms are 0', async () => {
    using _scope = device.scope();
    expect([...await matmul(tensor(device, [], [2, 0]), tensor(device, [], [0, 3])).read()]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(matmul(tensor(device, [], [0, 2]), tensor(device, [1, 2], [2, 1])).shape).toEqual([0, 1]);
    expect([...await linear(tensor(device, [], [2, 0]), tensor(device, [], [1, 0]), tensor(device, [7])).read()]).toEqual([7, 7]);
    expect(await sum(linear(tensor(device, [], [0, 3]), tensor(device, [1, 2, 3], [1, 3]))).item()).toBe(0);
  });
});

describe('vectors, and limits of the grid', () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  test.each([[[5], [5]], [[5], [5, 3]], [[4, 5], [5]], [[5], [2, 3, 5, 4]], [[3, 2, 4, 5], [5]], [[1], [1, 1]], [[0], [0, 2]]])('matmul: %j x %j', async (left, right) => {
    const of: Subject = { run: ([a, b]) => matmul(a!, b!), reference: VECTORS };
    const inputs = [values(left, 'spread', 1), values(right, 'spread', 2)];
    await check(device, of, inputs, { layouts: ['gaps', 'permuted', 'plain'], differences: true });
    await checkSecond(device, of, inputs, { layouts: ['gaps', 'plain', 'permuted'] });
  });

  test('more batches than a row of workgroups holds', async () => {
    using _scope = device.scope();
    const batches = 66_000;
    const [a, b] = [7, 11].map((n) => tensor(device, Float32Array.from({ length: batches }, (_, i) => i % n), [batches, 1, 1]));
    const out = await matmul(a!, b!).read();
    expect(out.findIndex((value, i) => value !== (i % 7) * (i % 11))).toBe(-1);
  });

  test('dot adds up long vectors in a tree', async () => {
    const of: Subject = { run: ([a, b]) => dot(a!, b!), reference: VECTORS };
    await check(device, of, [values([70_001], 'normal', 1), values([70_001], 'normal', 2)], { layouts: ['gaps', 'offset 3'] });
  });

  test('outer multiplies all pairs', async () => {
    const of: Subject = { run: ([a, b]) => outer(a!, b!), reference: OUTER };
    for (const [m, n] of [[1, 1], [7, 12], [16, 33]] as const) await check(device, of, [values([m], 'normal', 1), values([n], 'normal', 2)], { layouts: ['gaps', 'offset 3'] });
    await checkSecond(device, of, [values([3], 'spread', 1), values([4], 'spread', 2)]);
  });

  test('over a million rows or columns', async () => {
    using _scope = device.scope();
    const n = 1_100_000;
    const long = tensor(device, Float32Array.from({ length: n }, (_, i) => i % 101));
    for (const out of [outer(long, tensor(device, [2])), outer(tensor(device, [2]), long)]) expect((await out.read()).findIndex((value, i) => value !== 2 * (i % 101))).toBe(-1);
  });
});
