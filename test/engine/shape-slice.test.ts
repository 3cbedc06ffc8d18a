import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device, Range } from '../../engine/index.ts';
import { ShapeError, concat, flip, slice, tensor, zeros } from '../../engine/index.ts';
import { build, position } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import type { Reference } from '../reference/operation.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

/** `source` gives, for an index of the result, that of the input. */
function moved(shape: readonly number[], source: (index: readonly number[]) => readonly number[]): Reference {
  return {
    forward: ([x]) => build(shape, (index) => x!.data[position(x!.shape, source(index))]!),
    gradients([x], cotangent) {
      const out: NDArray = build(x!.shape, () => 0);
      build(shape, (index, at) => (out.data[position(x!.shape, source(index))]! += cotangent.data[at]!));
      return [out];
    },
  };
}

test('slice and flip equal the reference for all layouts', () =>
  holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 13), kind: kinds, layout: layouts, seed: seeds, step: fc.integer({ min: 1, max: 3 }) }), async ({ shape, kind, layout, seed, step }) => {
    const start = shape.map((size, d) => (seed + d) % size);
    const x = [values(shape, kind, seed)];
    const out = shape.map((size, d) => Math.ceil((size - start[d]!) / step));
    await check(device, { run: ([t]) => slice(t!, start.map((s, d) => ({ start: s - shape[d]!, step }))), reference: moved(out, (index) => index.map((i, d) => start[d]! + step * i)), rounding: 0 }, x, { layouts: [layout], seed });
    const axis = seed % shape.length;
    await check(device, { run: ([t]) => flip(t!, [axis]), reference: moved(shape, (index) => index.map((i, d) => d === axis ? shape[d]! - 1 - i : i)), rounding: 0 }, x, { layouts: [layout], seed });
    const twice = shape.map((size, d) => d === axis ? 2 * size : size);
    await check(device, { run: ([t]) => concat([t!, t!], axis), reference: moved(twice, (index) => index.map((i, d) => i % shape[d]!)), rounding: 2e-7, magnitude: { forward: ([t]) => build(twice, () => t!.data[0]!), gradients: ([t]) => [build(t!.shape, () => 8)] } }, [values(shape, 'zeros', seed)], { layouts: [layout], seed });
  }));

/** A slice whose every axis takes the places `start + step * i`, and what may be left out of the ranges is. */
function sliced(shape: readonly number[], places: readonly { start: number; step: number; count: number }[]): Subject {
  const ranges = places.map(({ start, step, count }, d) => {
    const end = start + step * count;
    return { start: start - shape[d]!, step, ...end < 0 ? {} : { end: Math.min(end, shape[d]!) } };
  });
  return { run: ([t]) => slice(t!, ranges), reference: moved(places.map(({ count }) => count), (index) => index.map((i, d) => places[d]!.start + places[d]!.step * i)) };
}

test('backward slices equal the reference for all layouts', () =>
  holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 13), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, kind, layout, seed }) => {
    const places = shape.map((size, d) => {
      const start = (seed + 5 * d) % size;
      const step = [-1, -2, -3, 1][(seed + d) % 4]!;
      return { start, step, count: Math.ceil((step < 0 ? start + 1 : size - start) / Math.abs(step)) };
    });
    await check(device, { ...sliced(shape, places), rounding: 0 }, [values(shape, kind, seed)], { layouts: [layout], seed });
  }));

test('slice and flip have the right derivatives of both orders, forward and backward', async () => {
  const shape = [4, 5];
  const x = [values(shape, 'spread', 1)];
  for (const places of [[{ start: 1, step: 2, count: 2 }, { start: 0, step: 1, count: 4 }], [{ start: 3, step: -1, count: 4 }, { start: 4, step: -2, count: 2 }]]) {
    await check(device, sliced(shape, places), x, { differences: true });
    await checkSecond(device, sliced(shape, places), x, { layouts: ['permuted', 'gaps'] });
  }
  await checkSecond(device, { run: ([t]) => flip(t!, [0, 1]), reference: moved(shape, ([i, j]) => [3 - i!, 4 - j!]) }, x, { layouts: ['gaps'] });
});

test('order, empty parts and errors', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2, 3, 4]);
  expect([...await concat([slice(x, [{ end: 2 }]), flip(x, [0]), zeros(device, [0])]).read()]).toEqual([1, 2, 4, 3, 2, 1]);
  expect(slice(x, [{ start: 3, end: 1 }]).shape).toEqual([0]);
  expectError(() => slice(x, [{ end: 5 }]), ShapeError, 'slice', '-4 to 4', '5', '[4]');
  expectError(() => slice(x, [{ step: 0 }]), ShapeError, 'slice', 'not 0', 'got 0');
  const backward = async (range: Range): Promise<number[]> => [...await slice(x, [range]).read()];
  expect(await backward({ step: -1 })).toEqual([4, 3, 2, 1]);
  expect(await backward({ start: -2, end: 0, step: -1 })).toEqual([3, 2]);
  expect(await backward({ end: 1, step: -3 })).toEqual([4]);
  expect(await backward({ start: 0, end: 2, step: -1 })).toEqual([]);
  expect(await backward({ start: 3, end: -1, step: -1 })).toEqual([]);
  expect(slice(zeros(device, [0]), [{ step: -2 }]).shape).toEqual([0]);
  expectError(() => slice(x, [{ start: 4, step: -1 }]), ShapeError, 'slice', '-4 to 3', '4', '[4]');
  expectError(() => slice(x, [{ end: -5, step: -1 }]), ShapeError, 'slice', '-5', '[4]');
  expectError(() => slice(zeros(device, [0]), [{ start: 0, step: -1 }]), ShapeError, 'slice', '[0]');
  expectError(() => concat([x, zeros(device, [2, 2])]), ShapeError, 'concat', '[4]', '[2, 2]');
  expectError(() => concat([]), ShapeError, 'concat', 'got none');
});
