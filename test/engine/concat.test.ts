/** Joining and taking apart, on numbered elements: placement, gradients, second use. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShapeError, backward, concat, mul, split, stack, sum, tensor } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { expectError } from '../support/errors.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();

/** `[outer, size, inner]` of numbers that say where they are. */
const numbered = (outer: number, size: number, inner: number, from: number): number[] => Array.from({ length: outer * size * inner }, (_, i) => from + i);

test('concat puts every element in its place, split takes them apart, gradients go back the same way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 }), fc.integer({ min: 1, max: 5 }), async (outer, sizes, inner) => {
      using _scope = device.scope();
      const total = sizes.reduce((a, b) => a + b, 0);
      const parts = sizes.map((size, k) => tensor(device, numbered(outer, size, inner, 1000 * k), [outer, size, inner], { requiresGrad: true }));
      const expected: number[] = [];
      for (let o = 0; o < outer; o++) sizes.forEach((size, k) => expected.push(...numbered(outer, size, inner, 1000 * k).slice(o * size * inner, (o + 1) * size * inner)));
      const joined = concat(parts, 1);
      expect(joined.shape).toEqual([outer, total, inner]);
      expect([...await joined.read()]).toEqual(expected);
      const again = split(joined, sizes, 1);
      for (const [k, part] of again.entries()) expect([...await part.read()]).toEqual([...await parts[k]!.read()]);
      if (total === 0) return;
      // d/dx of sum(x²) / 1 is 2 x, wherever x has been.
      backward(sum(mul(joined, joined)));
      for (const part of parts) if (part.size > 0) expect([...await part.grad!.read()]).toEqual([...await part.read()].map((x) => 2 * x));
    }),
    { seed: 5, numRuns: 25 },
  );
});

test('stack makes a new axis anywhere', async () => {
  const [a, b] = [tensor(device, [1, 2, 3, 4], [2, 2]), tensor(device, [5, 6, 7, 8], [2, 2])];
  const of = async (axis: number): Promise<[readonly number[], number[]]> => {
    const t: Tensor = stack([a, b], axis);
    return [t.shape, [...await t.read()]];
  };
  expect(await of(0)).toEqual([[2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]]);
  expect(await of(1)).toEqual([[2, 2, 2], [1, 2, 5, 6, 3, 4, 7, 8]]);
  expect(await of(-1)).toEqual([[2, 2, 2], [1, 5, 2, 6, 3, 7, 4, 8]]);
});

test('what does not fit is refused', () => {
  const x = tensor(device, [1, 2, 3, 4], [2, 2]);
  expectError(() => stack([]), ShapeError, 'stack', 'got none');
  expectError(() => stack([x, tensor(device, [1])]), ShapeError, 'stack', '[2, 2]', '[1]');
  expectError(() => split(x, [1, 2]), ShapeError, 'split', 'add up to 2', '[1, 2]');
  expectError(() => split(x, [1, 1], 2), ShapeError, 'split', 'axis 2');
});
