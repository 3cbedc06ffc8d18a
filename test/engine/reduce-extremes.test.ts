import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { DTypeError, ShapeError, argmax, argmin, grad, max, min, mul, sum, tensor, zeros } from '../../engine/index.ts';
import { LARGER, SMALLER, argReference, extremeReference } from '../reference/extremes.ts';
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

const AXES = fc.option(fc.uniqueArray(fc.nat(3), { maxLength: 4 }), { nil: null });
const KINDS = { max: { extreme: max, arg: argmax, better: LARGER }, min: { extreme: min, arg: argmin, better: SMALLER } };

describe.each(['max', 'min'] as const)('%s', (name) => {
  const { extreme, arg, better } = KINDS[name];
  const subject = (axes: readonly number[] | null, keepDims = false): Subject => {
    const reference = extremeReference(axes, keepDims, better);
    return { run: ([x]) => extreme(x!, { ...(axes ? { axes } : {}), keepDims }), reference, magnitude: reference };
  };

  test('equals the reference for all shapes, axes, layouts and values', () =>
    holds(fc.record({ shape: shapes({ min: 0, max: 4 }, 13), axes: AXES, keepDims: fc.boolean(), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, axes, keepDims, kind, layout, seed }) => {
      await check(device, subject(axes?.filter((axis) => axis < shape.length) ?? null, keepDims), [values(shape, kind, seed)], { layouts: [layout], seed });
    }, 40));

  test.each([[[257], [0]], [[33_000], [0]], [[2, 300, 40], [1]], [[300, 5], [0]], [[5, 700], [1]]])('many values: %j over %j', async (shape, axes) => {
    await check(device, subject(axes), [values(shape, 'normal', 1)]);
    await check(device, subject(axes), [values(shape, 'ties', 1)]);
  });

  test('has the right derivatives of both orders where it has any', async () => {
    const x = values([3, 4, 2], 'spread', 1);
    await check(device, subject([0, 2], true), [x], { differences: true });
    const reference = extremeReference([1], false, better);
    await checkSecond(device, {
      run: ([t]) => { const y = extreme(t!, { axes: [1] }); return mul(y, mul(y, y)); },
      reference: {
        forward: ([t]) => ({ ...reference.forward([t!]), data: reference.forward([t!]).data.map((v) => v ** 3) }),
        gradients: ([t], cotangent) => {
          const y = reference.forward([t!]);
          return reference.gradients([t!], { shape: y.shape, data: cotangent.data.map((g, i) => g * 3 * y.data[i]! ** 2) });
        },
      },
    }, [x], { layouts: ['permuted'] });
  });

  test('its place equals the reference, the first of ties', () =>
    holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 13), axis: fc.nat(3), all: fc.boolean(), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, axis, all, kind, layout, seed }) => {
      using _scope = device.scope();
      const x = values(shape, kind, seed);
      const along = all ? null : axis % shape.length;
      const found = arg(constant(device, x, layout, seed), along === null ? {} : { axis: along });
      const expected = argReference(x, along, better);
      expect(found.dtype).toBe('int32');
      expect(found.shape).toEqual(expected.shape);
      expect([...await found.read()]).toEqual([...expected.data]);
    }, 40));

  test.each([257, 33_000])('the place among %i, with ties far apart', async (size) => {
    using _scope = device.scope();
    const x = values([size, 2], 'ties', size);
    expect([...await arg(constant(device, x), { axis: 0 }).read()]).toEqual([...argReference(x, 0, better).data]);
    expect(await arg(constant(device, x)).item()).toBe(argReference(x, null, better).data[0]);
    const y = values([size], 'normal', size);
    expect(await arg(constant(device, y)).item()).toBe(argReference(y, null, better).data[0]);
  });

  test('a NaN wins, wherever it stands, and infinities count', async () => {
    using _scope = device.scope();
    for (const at of [0, 1, 150, 299]) {
      const host = values([300], 'normal', at).data.map((v, i) => i === 200 ? -Infinity : i === 100 ? Infinity : v);
      expect(await extreme(tensor(device, [...host])).item()).toBe(name === 'max' ? Infinity : -Infinity);
      expect(await arg(tensor(device, [...host])).item()).toBe(name === 'max' ? 100 : 200);
      host[at] = NaN;
      host[299] = NaN;
      const x = tensor(device, [...host], [300], { requiresGrad: true });
      expect(await extreme(x).item()).toBeNaN();
      expect(await arg(x).item()).toBe(at);
      expect((await grad(extreme(x), [x])[0]!.read()).every(Number.isNaN)).toBe(true);
    }
  });

  test('a NaN wins in its own column of many, before and behind numbers', async () => {
    using _scope = device.scope();
    const host = Float32Array.from(values([3, 40], 'normal', 1).data);
    for (const [row, column] of [[0, 1], [2, 6], [1, 39]] as const) host[row * 40 + column] = NaN;
    const found = await extreme(tensor(device, host, [3, 40]), { axes: [0] }).read();
    const pick = (column: number): number => (name === 'max' ? Math.max : Math.min)(...[0, 1, 2].map((row) => host[row * 40 + column]!));
    expect([...found]).toEqual(Array.from({ length: 40 }, (_, column) => pick(column)));
  });

  test('equal infinities share the gradient', async () => {
    using _scope = device.scope();
    const top = name === 'max' ? Infinity : -Infinity;
    const x = tensor(device, [top, 0, top, -top], [4], { requiresGrad: true });
    expect([...await grad(extreme(x), [x])[0]!.read()]).toEqual([0.5, 0, 0.5, 0]);
  });

  test('of nothing there is none, but there may be no results', () => {
    using _scope = device.scope();
    expect(extreme(zeros(device, [0, 3]), { axes: [1] }).shape).toEqual([0]);
    expect(arg(zeros(device, [0, 3]), { axis: 1 }).shape).toEqual([0]);
    expect(arg(zeros(device, [2, 3]), { axis: -1, keepDims: true }).shape).toEqual([2, 1]);
    expect(arg(zeros(device, [2, 3]), { keepDims: true }).shape).toEqual([1, 1]);
    expectError(() => extreme(zeros(device, [2, 0]), { axes: [1] }), ShapeError, name, 'at least one value', '[2, 0]');
    expectError(() => arg(zeros(device, [2, 0]), { axis: 1 }), ShapeError, `arg${name}`, 'at least one value', '[2, 0]');
    expectError(() => extreme(zeros(device, [2]), { axes: [1] }), ShapeError, name, 'axis 1', 'rank 1');
    expectError(() => arg(zeros(device, [2]), { axis: -2 }), ShapeError, `arg${name}`, 'axis -2', 'rank 1');
    expectError(() => extreme(tensor(device, [0, 1], [2], { dtype: 'bool' })), DTypeError, name, 'float32', 'bool');
    expectError(() => arg(tensor(device, new Int32Array(2))), DTypeError, `arg${name}`, 'float32', 'int32');
  });

  test('gradients of empty results are empty sums', async () => {
    using _scope = device.scope();
    const x = zeros(device, [0, 3], { requiresGrad: true });
    expect(grad(sum(extreme(x, { axes: [1] })), [x])[0]!.shape).toEqual([0, 3]);
    await device.finish();
  });
});
