/** topK and sort. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { ShapeError, expand, grad, mul, slice, sort, sum, tensor, topK, zeros } from '../../engine/index.ts';
import { map } from '../reference/array.ts';
import { orderReference, placesInOrder } from '../reference/order.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const subject = (axis: number, k: number, largest: boolean): Subject => {
  const reference = orderReference(axis, k, largest);
  return { run: ([x]) => topK(x!, k, { axis, largest }).values, reference, magnitude: reference, rounding: 0 };
};

test('values, places and gradients equal the reference for all shapes, axes, layouts and values', () =>
  holds(fc.record({ shape: shapes({ min: 1, max: 3 }, 17), size: fc.constantFrom(1, 2, 5, 16, 17, 100), axis: fc.nat(2), k: fc.nat(), largest: fc.boolean(), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, size, axis: any, k: some, largest, kind, layout, seed }) => {
    const axis = any % shape.length;
    const x = values(shape.map((old, d) => d === axis ? size : old), kind, seed);
    for (const k of [some % (size + 1), size]) {
      await check(device, subject(axis, k, largest), [x], { layouts: [layout], seed });
      using _scope = device.scope();
      const { indices } = topK(constant(device, x, layout, seed), k, { axis: axis - shape.length, largest });
      const expected = placesInOrder(x, axis, k, largest);
      expect(indices.dtype).toBe('int32');
      expect(indices.shape).toEqual(expected.shape);
      expect([...await indices.read()]).toEqual([...expected.data]);
    }
  }, 40));

test.each([[1, 100_000, 10], [1, 5003, 5003], [3, 4097, 70], [40, 257, 1], [2, 65, 65]])('long axes: %i lanes of %i, the first %i', async (rows, count, k) => {
  using _scope = device.scope();
  for (const kind of ['normal', 'ties'] as const) {
    const x = values([rows, count], kind, count + k);
    const { values: top, indices } = k === count ? sort(constant(device, x), { descending: true }) : topK(constant(device, x), k);
    const places = placesInOrder(x, 1, k, true);
    expect(await indices.read()).toEqual(Int32Array.from(places.data));
    expect(await top.read()).toEqual(Float32Array.from(places.data, (place, i) => x.data[Math.floor(i / k) * count + place]!));
  }
});

test('has the right derivatives of both orders, also where gradients are sorted back', async () => {
  const x = [values([2, 5, 2], 'spread', 1)];
  await check(device, { ...subject(1, 3, true), rounding: 1e-7 }, x, { differences: true });
  const reference = orderReference(1, 20, false);
  await checkSecond(device, {
    run: ([t]) => { const y = sort(t!).values; return mul(y, mul(y, y)); },
    reference: {
      forward: ([t]) => map(reference.forward([t!]), (v) => v ** 3),
      gradients: ([t], cotangent) => { const y = reference.forward([t!]); return reference.gradients([t!], map(y, (v, i) => cotangent.data[i]! * 3 * v ** 2)); },
    },
  }, [values([2, 20], 'spread', 1)], { layouts: ['permuted'] });
  await check(device, { ...subject(0, 90, false), rounding: 1e-7 }, [values([100, 2], 'normal', 1)]);
});

test('a NaN counts as largest, infinities are numbers, 0 equals -0', async () => {
  using _scope = device.scope();
  const x = tensor(device, [0, NaN, -0, Infinity, -Infinity, NaN, -1e-45, 1e-45, -3]);
  const found = async (order: { values: typeof x; indices: typeof x }): Promise<unknown> => [[...await order.values.read()], [...await order.indices.read()]];
  const tiny = Math.fround(1e-45);
  expect(await found(sort(x))).toEqual([[-Infinity, -3, -tiny, 0, -0, tiny, Infinity, NaN, NaN], [4, 8, 6, 0, 2, 7, 3, 1, 5]]);
  expect(await found(topK(x, 6))).toEqual([[NaN, NaN, Infinity, tiny, 0, -0], [1, 5, 3, 7, 0, 2]]);
  expect(await found(topK(x, 2, { largest: false }))).toEqual([[-Infinity, -3], [4, 8]]);
  // A NaN of either sign.
  const both = tensor(device, new Float32Array(new Uint32Array([0xffc00000, 0x7f800000, 0x7fc00001]).buffer));
  expect([...await sort(both).indices.read()]).toEqual([1, 0, 2]);
});

test('integers are ordered as such', async () => {
  using _scope = device.scope();
  const host = [5, -1, 2 ** 31 - 1, -(2 ** 31), 0, 5];
  expect([...await sort(tensor(device, new Int32Array(host))).values.read()]).toEqual([-(2 ** 31), -1, 0, 5, 5, 2 ** 31 - 1]);
  expect([...await topK(tensor(device, new Int32Array(host)), 3).indices.read()]).toEqual([2, 0, 5]);
  expect([...await sort(tensor(device, new Uint32Array([7, 2 ** 32 - 1, 0])), { descending: true }).values.read()]).toEqual([2 ** 32 - 1, 7, 0]);
  expect([...await sort(tensor(device, [1, 0, 1], [3], { dtype: 'bool' })).indices.read()]).toEqual([1, 0, 2]);
});

test('more lanes than a row of workgroups has', async () => {
  using _scope = device.scope();
  const lanes = 64 * 32_768 / 2 + 2;
  const { values: top, indices } = topK(expand(tensor(device, [1, 2]), [lanes, 2]), 1);
  for (const [found, value] of [[top, 2], [indices, 1]] as const) expect([...await slice(found, [{ start: -2 }]).read()]).toEqual([value, value]);
});

test('nothing of nothing, and errors', async () => {
  using _scope = device.scope();
  const x = zeros(device, [2, 3], { requiresGrad: true });
  expect(topK(x, 0).values.shape).toEqual([2, 0]);
  expect([...await grad(sum(topK(x, 0).values), [x])[0]!.read()]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(topK(zeros(device, [0, 3]), 2).indices.shape).toEqual([0, 2]);
  expect(sort(zeros(device, [3, 0])).values.shape).toEqual([3, 0]);
  await device.finish();
  for (const k of [-1, 4, 1.5, NaN]) expectError(() => topK(x, k), ShapeError, 'topK', 'from 0 to 3', 'axis 1', '[2, 3]', String(k));
  expectError(() => topK(x, 3, { axis: 0 }), ShapeError, 'topK', 'from 0 to 2');
  expectError(() => sort(x, { axis: 2 }), ShapeError, 'sort', 'axis 2', 'rank 2');
  expectError(() => topK(zeros(device, []), 0), ShapeError, 'topK', 'rank 0');
});
