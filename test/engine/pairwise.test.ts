/** Operations of two operands read them where they lie. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { add, expand, gt, lt, permute, rand, Generator, slice, sub, tensor } from '../../engine/index.ts';
import { ADD, SUB } from '../reference/broadcast.ts';
import { holds, layouts, seeds } from '../support/arbitraries.ts';
import { check, ofAbsolutes } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

describe('without a copy', () => {
  const random = (...shape: number[]): Tensor => rand(device, shape, new Generator(1));
  test.each<[string, () => [Tensor, Tensor]]>([
    ['a row', () => [random(64, 32), random(32)]],
    ['a row that is no multiple of four', () => [random(6, 33), random(33)]],
    ['a column', () => [random(6, 32), random(6, 1)]],
    ['one value', () => [random(6, 32), random()]],
    ['one value to the left', () => [random(1, 1), random(6, 32)]],
    ['channels of images stored channels last', () => [permute(random(2, 5, 5, 8), [0, 3, 1, 2]), random(8, 1, 1)]],
    ['each other', () => [random(6, 1), random(1, 7)]],
    ['transposed', () => [permute(random(7, 6), [1, 0]), random(6, 7)]],
    ['a part of another tensor', () => [slice(random(9, 9), [{ start: 1, end: 7 }, { start: 3 }]), random(6, 6)]],
    ['expanded', () => [expand(random(1, 8), [5, 8]), expand(random(5, 1), [5, 8])]],
  ])('%s: one dispatch, and the same values as from contiguous operands', async (_name, make) => {
    using _scope = device.scope();
    const [a, b] = make();
    const before = device.counters.dispatches;
    const y = sub(a, b);
    expect(device.counters.dispatches - before).toBe(1);
    const [p, q] = [await expand(a, y.shape).read(), await expand(b, y.shape).read()];
    expect([...await y.read()]).toEqual([...p].map((v, i) => Math.fround(v - q[i]!)));
  });

  test('a number beside a tensor is not uploaded', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1, 2, 3]);
    const before = [device.counters.dispatches, device.memory.liveBuffers];
    const found = [gt(x, 2), lt(x, 2)];
    expect([device.counters.dispatches - before[0]!, device.memory.liveBuffers - before[1]!]).toEqual([2, 2]);
    expect(await Promise.all(found.map(async (y) => [...await y.read()]))).toEqual([[0, 0, 1], [1, 0, 0]]);
  });
});

test('more loops than the kernel has: operands are copied first', async () => {
  using _scope = device.scope();
  const a = rand(device, [2, 3, 2, 3, 2, 3], new Generator(1));
  const b = permute(rand(device, [3, 2, 3, 2, 3, 2], new Generator(2)), [5, 4, 3, 2, 1, 0]);
  const [p, q] = [await a.read(), await b.read()];
  expect([...await add(a, b).read()]).toEqual([...p].map((v, i) => Math.fround(v + q[i]!)));
});

test('broadcasts of every pattern over four axes, in all layouts', () => {
  const sizes = fc.array(fc.tuple(fc.constantFrom(1, 2, 3, 4, 8), fc.constantFrom('both', 'both', 'a', 'b')), { minLength: 4, maxLength: 4 });
  return holds(fc.record({ sizes, left: layouts, right: layouts, seed: seeds }), async ({ sizes: dims, left, right, seed }) => {
    const shapes = ['a', 'b'].map((which) => dims.map(([size, who]) => who === 'both' || who === which ? size : 1));
    await check(device, { run: ([a, b]) => sub(a!, b!), reference: SUB, magnitude: ofAbsolutes(ADD) }, [values(shapes[0]!, 'normal', seed), values(shapes[1]!, 'normal', seed + 1)], { layouts: [left, right], seed });
  }, 60);
});
