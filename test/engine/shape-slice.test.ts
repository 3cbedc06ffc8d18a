import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { ShapeError, concat, flip, slice, tensor, zeros } from '../../engine/index.ts';
import { build, position } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import type { Reference } from '../reference/operation.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check } from '../support/check.ts';
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

test('order, empty parts and errors', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2, 3, 4]);
  expect([...await concat([slice(x, [{ end: 2 }]), flip(x, [0]), zeros(device, [0])]).read()]).toEqual([1, 2, 4, 3, 2, 1]);
  expect(slice(x, [{ start: 3, end: 1 }]).shape).toEqual([0]);
  expectError(() => slice(x, [{ end: 5 }]), ShapeError, 'slice', '-4 to 4', '5', '[4]');
  expectError(() => slice(x, [{ step: 0 }]), ShapeError, 'slice', 'step of at least 1', '0');
  expectError(() => concat([x, zeros(device, [2, 2])]), ShapeError, 'concat', '[4]', '[2, 2]');
  expectError(() => concat([]), ShapeError, 'concat', 'got none');
});
