import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { ConfigError, ShapeError, pad, tensor, zeros } from '../../engine/index.ts';
import { padReference } from '../reference/pad.ts';
import type { Mode } from '../reference/pad.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { uniforms, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

type Pads = readonly [number, number][];
const subject = (pads: Pads, mode: Mode, value = 0): Subject => ({ run: ([x]) => pad(x!, pads, { mode, value }), reference: padReference(pads, mode, value) });

test('equals the reference for all shapes, modes, layouts and values; negative pads cut off', () =>
  holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 8), mode: fc.constantFrom<Mode>('constant', 'reflect', 'replicate'), value: fc.constantFrom(0, -1.5, Infinity), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, mode, value, kind, layout, seed }) => {
    const next = uniforms(seed);
    const pads = shape.map((size): [number, number] => {
      const before = Math.floor(next() * (mode === 'reflect' ? Math.min(size, 3) : 3)) - (next() < 0.3 ? 1 : 0);
      const after = Math.floor(next() * (mode === 'reflect' ? Math.min(size, 3) : 3)) - (next() < 0.3 && size + before > 1 ? 1 : 0);
      return [before, after];
    });
    await check(device, subject(pads, mode, value), [values(shape, kind, seed)], { layouts: [layout], seed });
  }, 60));

test.each(['constant', 'reflect', 'replicate'] as const)('%s has the right derivatives of both orders', async (mode) => {
  const x = [values([3, 4], 'spread', 1)];
  for (const pads of [[[1, 2], [0, 3]], [[-1, 1], [2, -2]]] as [number, number][][]) {
    await check(device, subject(pads, mode, 2), x, { differences: true });
    await checkSecond(device, subject(pads, mode, 2), x, { layouts: ['permuted'] });
  }
});

test('one pair per leading axis, of any type', async () => {
  using _scope = device.scope();
  const x = tensor(device, new Int32Array([1, 2, 3, 4, 5, 6]), [2, 3]);
  expect([...await pad(x, [[1, 0]], { value: -7 }).read()]).toEqual([-7, -7, -7, 1, 2, 3, 4, 5, 6]);
  expect([...await pad(x, [[0, 0], [2, 1]], { mode: 'reflect' }).read()]).toEqual([3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5]);
  expect([...await pad(x, [[0, 1], [1, 0]], { mode: 'replicate' }).read()]).toEqual([1, 1, 2, 3, 4, 4, 5, 6, 4, 4, 5, 6]);
  expect([...await pad(tensor(device, [0, 1], [2], { dtype: 'bool' }), [[1, 1]], { value: 1 }).read()]).toEqual([1, 0, 1, 1]);
  expect([...await pad(tensor(device, [1, 2, 3]), [[-2, 3]]).read()]).toEqual([3, 0, 0, 0]);
  expect([...await pad(tensor(device, [1, 2, 3]), [[-4, 3]]).read()]).toEqual([0, 0]);
  expect(await pad(x, [[-1, 0], [-3, 0]]).read()).toHaveLength(0);
});

test('of nothing, and errors', async () => {
  using _scope = device.scope();
  const x = zeros(device, [2, 3]);
  expect(pad(zeros(device, [0, 2]), [[0, 0], [1, 0]], { mode: 'replicate' }).shape).toEqual([0, 3]);
  expect([...await pad(zeros(device, [0]), [[1, 1]], { value: 5 }).read()]).toEqual([5, 5]);
  expect(pad(zeros(device, []), []).shape).toEqual([]);
  expectError(() => pad(x, [[0, 0], [0, 0], [0, 0]]), ShapeError, 'pad', 'at most 2 pairs', '[2, 3]');
  expectError(() => pad(x, [[0.5, 0]]), ShapeError, 'pad', 'whole numbers', '[0.5, 0]');
  expectError(() => pad(x, [[-1, -2]]), ShapeError, 'pad', '[-1, -2]', 'more than axis 0', '[2, 3]');
  expectError(() => pad(x, [[-3, 0]]), ShapeError, 'pad', '[-3, 0]', 'more than axis 0');
  expectError(() => pad(x, [[0, 0], [0, 3]], { mode: 'reflect' }), ShapeError, 'pad', 'reflect', '[0, 3]', 'axis 1');
  expectError(() => pad(zeros(device, [0]), [[1, 0]], { mode: 'replicate' }), ShapeError, 'pad', 'replicate', 'axis 0');
  expectError(() => pad(x, [], { mode: 'circular' as 'reflect' }), ConfigError, 'pad', 'circular');
  expectError(() => pad(zeros(device, [2], { dtype: 'int32' }), [[1, 0]], { value: 0.5 }), ConfigError, 'pad', 'int32', '0.5');
});
