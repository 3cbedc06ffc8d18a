import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { mean, mul, sum, tensor, zeros } from '../../engine/index.ts';
import { meanReference, sumReference } from '../reference/reduce.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const OPERATIONS = {
  sum: (axes: readonly number[] | null, keepDims: boolean): Subject => ({ run: ([x]) => sum(x!, { ...(axes ? { axes } : {}), keepDims }), reference: sumReference(axes, keepDims) }),
  mean: (axes: readonly number[] | null, keepDims: boolean): Subject => ({ run: ([x]) => mean(x!, { ...(axes ? { axes } : {}), keepDims }), reference: meanReference(axes, keepDims) }),
};
const AXES = fc.option(fc.uniqueArray(fc.nat(3), { maxLength: 4 }), { nil: null });

describe.each(['sum', 'mean'] as const)('%s', (name) => {
  test('equals the reference for all shapes, axes, layouts and values', () =>
    holds(fc.record({ shape: shapes({ min: 0, max: 4 }, 13), axes: AXES, keepDims: fc.boolean(), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, axes, keepDims, kind, layout, seed }) => {
      const fitting = axes?.filter((axis) => axis < shape.length) ?? null;
      await check(device, OPERATIONS[name](fitting, keepDims), [values(shape, kind, seed)], { layouts: [layout], seed });
    }, 40));

  // Around the lengths at which one step becomes two, and two become three.
  test.each([[[256], [0]], [[257], [0]], [[3, 300, 2], [1]], [[33_000], [0]], [[2, 1000, 40], [1]], [[300, 5], [0]], [[5, 700], [1]], [[20, 4, 30], [0, 2]]])('many values: %j over %j', async (shape, axes) => {
    await check(device, OPERATIONS[name](axes, false), [values(shape, 'normal', 1)]);
  });

  test('has the right derivatives of both orders', async () => {
    const x = values([3, 4, 2], 'spread', 1);
    await check(device, OPERATIONS[name]([0, 2], true), [x], { differences: true });
    await checkSecond(device, { run: ([t]) => OPERATIONS[name]([1], false).run([mul(t!, mul(t!, t!))]), reference: cubed(name) }, [x], { layouts: ['permuted'] });
  });
});

/** The sum or mean over axis 1 of the cubes. */
function cubed(name: 'sum' | 'mean'): Subject['reference'] {
  const reduction = name === 'sum' ? sumReference([1], false) : meanReference([1], false);
  const power = (x: { shape: readonly number[]; data: Float64Array }, f: (v: number) => number): typeof x => ({ shape: x.shape, data: x.data.map(f) });
  return {
    forward: ([x]) => reduction.forward([power(x!, (v) => v ** 3)]),
    gradients: ([x], cotangent) => reduction.gradients([x!], cotangent).map((g) => ({ shape: g.shape, data: g.data.map((v, at) => v * 3 * x!.data[at]! ** 2) })),
  };
}

test('negative axes count from the end, and repeated ones count once', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2, 3, 4, 5, 6], [2, 3]);
  expect([...await sum(x, { axes: [-1] }).read()]).toEqual([6, 15]);
  expect([...await sum(x, { axes: [1, -1] }).read()]).toEqual([6, 15]);
  expect([...await mean(x, { axes: [-1, 1] }).read()]).toEqual([2, 5]);
});

test('a sum of nothing is 0, and there is no mean of nothing', async () => {
  using _scope = device.scope();
  expect(await sum(zeros(device, [0])).item()).toBe(0);
  expect([...await sum(zeros(device, [2, 0, 3]), { axes: [1] }).read()]).toEqual([0, 0, 0, 0, 0, 0]);
  expect(sum(zeros(device, [2, 0]), { axes: [0] }).shape).toEqual([0]);
  expect(() => mean(zeros(device, [2, 0]), { axes: [1] })).toThrow('mean: there are no values to average in [2, 0]');
});

test('one NaN or infinity reaches the sum', async () => {
  using _scope = device.scope();
  const x = new Float32Array(1000).fill(1);
  x[700] = Infinity;
  expect(await sum(tensor(device, x)).item()).toBe(Infinity);
  x[10] = -Infinity;
  expect(await sum(tensor(device, x)).item()).toBeNaN();
  x[10] = NaN;
  expect(await sum(tensor(device, x)).item()).toBeNaN();
});

test('the error of a long sum does not grow with its length', async () => {
  using _scope = device.scope();
  const x = new Float32Array(1 << 20).fill(0.1);
  const exact = x.length * Math.fround(0.1);
  // A running sum is off by 1e-3 of it.
  expect(Math.abs(await sum(tensor(device, x)).item() - exact)).toBeLessThan(4e-6 * exact);
});
