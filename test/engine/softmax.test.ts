/** Softmax and its logarithm. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { DTypeError, grad, logSoftmax, ShapeError, softmax, sum, tensor, zeros } from '../../engine/index.ts';
import { filled, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import type { Reference } from '../reference/operation.ts';
import { logSoftmaxReference, rowwise, softmaxReference } from '../reference/softmax.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

interface Family {
  readonly run: (x: Tensor, axis?: number) => Tensor;
  readonly reference: (axis: number) => Reference;
  readonly magnitude: (axis: number) => Reference;
}

/** How far each value lies below the top of its row, where the exponential loses digits in proportion, and the logarithm of the length. */
const depth = (x: NDArray, axis: number): NDArray => {
  const tops = rowwise(x, axis, (row) => Math.max(...row));
  return map(x, (v, at) => tops.data[at]! - v + Math.log(x.shape[axis]!) + 2);
};
const sizes = (g: NDArray, axis: number): NDArray => rowwise(map(g, Math.abs), axis, (row) => row.reduce((a, b) => a + b, 0));

const FAMILIES: Record<string, Family> = {
  softmax: {
    run: softmax,
    reference: softmaxReference,
    magnitude: (axis) => ({
      forward([x]) {
        const below = depth(x!, axis);
        return map(softmaxReference(axis).forward([x!]), (y, at) => y * below.data[at]!);
      },
      gradients([x], g) {
        const [y, below] = [softmaxReference(axis).forward([x!]), depth(x!, axis)];
        const pulls = sizes(map(g, (v, at) => v * y.data[at]! * below.data[at]!), axis);
        return [map(y, (v, at) => v * (below.data[at]! * Math.abs(g.data[at]!) + pulls.data[at]!))];
      },
    }),
  },
  logSoftmax: {
    run: logSoftmax,
    reference: logSoftmaxReference,
    magnitude: (axis) => ({ forward: ([x]) => depth(x!, axis), gradients: (_, g) => [map(sizes(g, axis), (s, at) => s + Math.abs(g.data[at]!))] }),
  },
};

describe.each(Object.keys(FAMILIES))('%s', (name) => {
  const { run, reference, magnitude } = FAMILIES[name]!;
  const subject = (axis: number): Subject => ({ run: ([x]) => run(x!, axis), reference: reference(axis), magnitude: magnitude(axis), rounding: 2e-6 });

  test('equals the reference for all shapes, axes, layouts and values', () =>
    holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 17), axis: fc.nat(3), kind: kinds, layout: fc.tuple(layouts, layouts), seed: seeds }), ({ shape, axis, kind, layout, seed }) =>
      check(device, subject(axis % shape.length), [values(shape.map((size) => Math.min(size, shape.length > 3 ? 7 : 17)), kind, seed)], { layouts: layout, seed }), 40));

  // One chunk and several, of equal length and not; few rows and many; along memory and across.
  test.each([[[3, 256], 1], [[2, 257], 1], [[1, 20_000], 1], [[20_000, 1], 0], [[2, 700, 3], 1], [[1000, 7], 0], [[900, 4], 1]] as const)('%j along axis %i', (shape, axis) =>
    check(device, subject(axis), [values(shape, 'normal', 1)]));

  test('has the right derivatives of both orders', async () => {
    const x = [values([2, 5, 2], 'spread', 1)];
    await check(device, subject(1), x, { differences: true });
    await checkSecond(device, subject(1), x, { layouts: ['permuted', 'gaps'] });
    await checkSecond(device, subject(2), x);
  });

  test('takes the last axis by default, counts negative ones from the end, and refuses others', async () => {
    using _scope = device.scope();
    const x = tensor(device, Float32Array.from(values([2, 3, 4], 'normal', 1).data), [2, 3, 4]);
    expect(await run(x).read()).toEqual(await run(x, 2).read());
    expect(await run(x, -2).read()).toEqual(await run(x, 1).read());
    for (const axis of [3, -4, 0.5, NaN]) expectError(() => run(x, axis), ShapeError, name, `axis ${axis}`);
    expectError(() => run(zeros(device, [2, 0])), ShapeError, name, 'at least 1', /\[2, 0\]/);
    expectError(() => run(tensor(device, new Int32Array(2))), DTypeError, name, 'float32', 'int32');
    expect(run(zeros(device, [0, 2])).shape).toEqual([0, 2]);
  });

  test('what is not a number, or infinite at the top, reaches its own row, and only that', async () => {
    using _scope = device.scope();
    for (const length of [3, 300]) {
      // The rest of each row is -infinity, which has no share.
      const rows = [[1, NaN], [Infinity, 1], [-Infinity, 0, 0], [-Infinity], [NaN, -Infinity, -Infinity]];
      const x = tensor(device, rows.flatMap((row) => [...row, ...new Array<number>(length - row.length).fill(-Infinity)]), [5, length], { requiresGrad: true });
      const y = run(x);
      const found = await y.read();
      const rest = name === 'softmax' ? 0 : -Infinity;
      const expected = new Array<number>(5 * length).fill(NaN).fill(rest, 2 * length, 3 * length);
      expected.fill(name === 'softmax' ? 0.5 : -Math.LN2, 2 * length + 1, 2 * length + 3);
      expectClose(found, expected, { rtol: 1e-6 });
      const gradient = await grad(sum(y), [x])[0]!.read();
      expect([...gradient].map((v, i) => Number.isNaN(v) === (i < 2 * length || i >= 3 * length))).not.toContain(false);
    }
  });

  test('a few dispatches, and no copy of what is stored in another order', () => {
    using _scope = device.scope();
    const counted = (body: () => void): number => {
      const before = device.counters.dispatches;
      body();
      return device.counters.dispatches - before;
    };
    for (const [length, forward, backward] of [[100, 2, 2], [10_000, 3, 3], [1_000_000, 3, 4]] as const) {
      for (const strides of [[length, 1], [1, 2]]) {
        const x = zeros(device, [2 * length]).view({ shape: [2, length], strides, offset: 0 });
        x.requiresGrad = true;
        let y = x;
        expect(counted(() => { y = run(x); })).toBe(forward);
        expect(y.strides).toEqual(strides);
        expect(counted(() => grad(y, [x], { gradient: x.detach() }))).toBe(backward);
      }
    }
  });
});

test('large values lose no digits', async () => {
  using _scope = device.scope();
  const x = tensor(device, [30_000, 30_001], [1, 2]);
  expectClose(await logSoftmax(x).read(), [-Math.log1p(Math.E), 1 - Math.log1p(Math.E)], { rtol: 1e-6 });
  expectClose(await softmax(x).read(), [1 / (1 + Math.E), Math.E / (1 + Math.E)], { rtol: 1e-6 });
  // Of many equal shares, each keeps its digits, and together they are one.
  const shares = await softmax(zeros(device, [1, 100_000])).read();
  expectClose(shares, filled([100_000], 1e-5), { rtol: 5e-7 });
});
