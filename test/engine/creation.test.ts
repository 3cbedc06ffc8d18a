/** full, ones, arange, eye. */
import { expect, test } from 'vitest';
import { ConfigError, DTypeError, ShapeError, arange, eye, full, ones, slice } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

const device = await testDevice();

test('full fills every element, of every type, and no other', async () => {
  using _scope = device.scope();
  for (const shape of [[], [1], [3, 5], [2, 0], [4, 1021]]) {
    const y = full(device, shape, 1.1);
    expect(y.shape).toEqual(shape);
    expect(await y.read()).toEqual(new Float32Array(y.size).fill(1.1));
  }
  expect([...await full(device, [2], -Infinity).read()]).toEqual([-Infinity, -Infinity]);
  expect(await full(device, [], -0).item()).toBe(-0);
  expect(await full(device, [], NaN).item()).toBeNaN();
  expect(await full(device, [2], -5, { dtype: 'int32' }).read()).toEqual(new Int32Array([-5, -5]));
  expect(await full(device, [1], 2 ** 32 - 1, { dtype: 'uint32' }).read()).toEqual(new Uint32Array([2 ** 32 - 1]));
  expect(await full(device, [1], 7, { dtype: 'bool' }).item()).toBe(1);
  expect([...await ones(device, [3], { requiresGrad: true }).read()]).toEqual([1, 1, 1]);
  expect(ones(device, [3], { requiresGrad: true }).requiresGrad).toBe(true);
});

test('full of more elements than a row of workgroups has', async () => {
  using _scope = device.scope();
  const y = full(device, [256 * 32_768 + 5], 3);
  expect([...await slice(y, [{ start: -7 }]).read()]).toEqual([3, 3, 3, 3, 3, 3, 3]);
  expect([...await slice(y, [{ end: 2 }]).read()]).toEqual([3, 3]);
});

test('arange counts to its end and never reaches it', async () => {
  using _scope = device.scope();
  expect(await arange(device, 0, 4).read()).toEqual(new Int32Array([0, 1, 2, 3]));
  expect(await arange(device, 5, -2, { step: -3 }).read()).toEqual(new Int32Array([5, 2, -1]));
  expect(await arange(device, 0, 1, { step: 0.3, dtype: 'float32' }).read()).toEqual(Float32Array.from([0, 0.3, 0.6, 3 * 0.3]));
  expect(arange(device, 3, 3).shape).toEqual([0]);
});

test('eye has its ones on the diagonal', async () => {
  using _scope = device.scope();
  expect([...await eye(device, 2).read()]).toEqual([1, 0, 0, 1]);
  expect([...await eye(device, 2, 3).read()]).toEqual([1, 0, 0, 0, 1, 0]);
  expect(await eye(device, 3, 1, { dtype: 'int32' }).read()).toEqual(new Int32Array([1, 0, 0]));
  expect(eye(device, 0).shape).toEqual([0, 0]);
});

test('what does not fit is refused by name', () => {
  using _scope = device.scope();
  expectError(() => full(device, [-1], 1), ShapeError, '[-1]');
  for (const value of [0.5, NaN, 2 ** 31]) expectError(() => full(device, [1], value, { dtype: 'int32' }), ConfigError, 'full', 'int32', String(value));
  expectError(() => full(device, [1], -1, { dtype: 'uint32' }), ConfigError, 'full', 'uint32', '-1');
  expectError(() => ones(device, [1], { dtype: 'int32', requiresGrad: true }), DTypeError, 'float32', 'int32');
  for (const [end, step] of [[3, 0], [3, -1], [Infinity, 1], [3, NaN]] as const) expectError(() => arange(device, 0, end, { step }), ConfigError, 'arange', `0 to ${end}`, String(step));
  expectError(() => arange(device, 0, 1, { step: 0.5 }), ConfigError, 'arange', 'int32', '0.5');
  expectError(() => eye(device, 2, -1), ShapeError, '[2, -1]');
});
