import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { accumulate, contiguous, copy, expand, mul, permute, reshape, tensor, transpose } from '../../engine/index.ts';
import { build, position } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { sumToShape } from '../reference/broadcast.ts';
import type { Reference } from '../reference/operation.ts';
import { holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { constant } from '../support/layout.ts';
import { shuffledIndices, uniforms, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const permuted = (x: NDArray, order: readonly number[]): NDArray => {
  const back = order.map((_, d) => order.indexOf(d));
  return build(order.map((d) => x.shape[d]!), (index) => x.data[position(x.shape, back.map((d) => index[d]!))]!);
};
const permuteReference = (order: readonly number[]): Reference => ({
  forward: ([x]) => permuted(x!, order),
  gradients: (_, cotangent) => [permuted(cotangent, order.map((__, d) => order.indexOf(d)))],
});
const reshapeReference = (shape: readonly number[]): Reference => ({
  forward: ([x]) => ({ shape, data: x!.data }),
  gradients: ([x], cotangent) => [{ shape: x!.shape, data: cotangent.data }],
});
const expandReference = (shape: readonly number[]): Reference => ({
  forward: ([x]) => build(shape, (index) => x!.data[position(x!.shape, index)]!),
  gradients: ([x], cotangent) => [sumToShape(cotangent, x!.shape)],
});
const SHAPES = shapes({ min: 0, max: 4 }, 13);

describe('views', () => {
  test('permute equals the reference', () =>
    holds(fc.record({ shape: SHAPES, kind: kinds, layout: layouts, seed: seeds }), async ({ shape, kind, layout, seed }) => {
      const order = shuffledIndices(shape.length, uniforms(seed));
      await check(device, { run: ([x]) => permute(x!, order), reference: permuteReference(order), rounding: 0 }, [values(shape, kind, seed)], { layouts: [layout], seed });
    }));

  test('reshape equals the reference', () =>
    holds(fc.record({ shape: SHAPES, kind: kinds, layout: layouts, seed: seeds, open: fc.boolean() }), async ({ shape, kind, layout, seed, open }) => {
      const total = shape.reduce((a, b) => a * b, 1);
      const half = shape.slice(0, seed % (shape.length + 1)).reduce((a, b) => a * b, 1);
      const to = [total / half, 1, half];
      await check(device, { run: ([x]) => reshape(x!, open ? [-1, 1, half] : to), reference: reshapeReference(to), rounding: 0 }, [values(shape, kind, seed)], { layouts: [layout], seed });
    }));

  test('expand equals the reference', () =>
    holds(fc.record({ shape: shapes({ min: 0, max: 3 }, 7), repeats: fc.array(fc.constantFrom(1, 1, 3), { maxLength: 4 }), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, repeats, kind, layout, seed }) => {
      const from = shape.map((size, d) => repeats.at(d - shape.length) === 3 ? 1 : size);
      const to = [...repeats.slice(0, Math.max(0, repeats.length - shape.length)), ...shape];
      await check(device, { run: ([x]) => expand(x!, to), reference: expandReference(to) }, [values(from, kind, seed)], { layouts: [layout], seed });
    }));

  test('contiguous and copy keep the values of every layout', () =>
    holds(fc.record({ shape: shapes({ min: 0, max: 5 }, 8), kind: kinds, layout: layouts, seed: seeds }), async ({ shape, kind, layout, seed }) => {
      const x = [values(shape, kind, seed)];
      await check(device, { run: ([t]) => contiguous(t!), reference: reshapeReference(shape), rounding: 0 }, x, { layouts: [layout], seed });
      await check(device, { run: ([t]) => copy(t!), reference: reshapeReference(shape), rounding: 0 }, x, { layouts: [layout], seed });
    }));

  test('transpose swaps the last two axes, or any two', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1, 2, 3, 4, 5, 6], [1, 2, 3]);
    expect([...await transpose(x).read()]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(transpose(x).shape).toEqual([1, 3, 2]);
    expect(transpose(x, 0, -1).shape).toEqual([3, 2, 1]);
  });

  test('second derivatives go through views', () => {
    const square = (x: Tensor): Tensor => mul(x, x);
    const reference: Reference = {
      forward: ([x]) => permuted({ shape: [3, 2, 2], data: x!.data.map((v) => v * v) }, [2, 0, 1]),
      gradients: ([x], cotangent) => [{ shape: x!.shape, data: permuted(cotangent, [1, 2, 0]).data.map((g, at) => 2 * g * x!.data[at]!) }],
    };
    return checkSecond(device, { run: ([x]) => square(permute(reshape(x!, [3, 2, 2]), [2, 0, 1])), reference }, [values([4, 3], 'spread', 1)], { layouts: ['permuted', 'gaps'] });
  });

  test('no element moves', () => {
    using _scope = device.scope();
    const x = tensor(device, new Float32Array(24), [2, 3, 4]);
    const before = device.counters.dispatches;
    for (const view of [permute(x, [2, 0, 1]), reshape(x, [6, 4]), expand(reshape(x, [2, 1, 12]), [2, 5, 12])]) expect(view.storage).toBe(x.storage);
    expect(device.counters.dispatches).toBe(before);
  });
});

describe('moving elements', () => {
  test('integers and the bits of NaN pass a copy unchanged', async () => {
    using _scope = device.scope();
    const bits = new Uint32Array([0x7fc00001, 0xffc12345, 0x7f800001, 0x80000000, 1, 0xffffffff]);
    const x = transpose(tensor(device, bits, [2, 3]));
    expect([...await contiguous(x).read()]).toEqual([0x7fc00001, 0x80000000, 0xffc12345, 1, 0x7f800001, 0xffffffff]);
    expect([...await contiguous(transpose(tensor(device, new Int32Array([-1, 2, -3, 4]), [2, 2]))).read()]).toEqual([-1, -3, 2, 4]);
  });

  test('runs too long for one row of workgroups are folded', async () => {
    using _scope = device.scope();
    const length = (1 << 20) + 4;
    const host = new Float32Array(2 * length);
    for (let i = 0; i < host.length; i += 4099) host[i] = i;
    const x = tensor(device, host, [length, 2]);
    const column = await contiguous(permute(x, [1, 0])).read();
    for (let i = 0; i < host.length; i += 4099) expect(column[(i % 2) * length + Math.floor(i / 2)]).toBe(i);
  });

  test('accumulate adds in place, between all layouts', () =>
    holds(fc.record({ shape: SHAPES, from: layouts, to: layouts, seed: seeds }), async ({ shape, from, to, seed }) => {
      using _scope = device.scope();
      const [a, b] = [values(shape, 'normal', seed), values(shape, 'normal', seed + 1)];
      const destination = constant(device, a, to, seed);
      accumulate(destination, constant(device, b, from, seed + 2));
      expectClose(await destination.read(), { shape, data: a.data.map((v, i) => Math.fround(v + b.data[i]!)) });
    }));
});
