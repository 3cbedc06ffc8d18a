/** Conjugate gradients on the device: exact, but for rounding, after as many steps as there are dimensions, still where nothing is left, and where A is not positive definite. */
import fc from 'fast-check';
import { test } from 'vitest';
import { concat, matmul, mul, reshape, split, tensor } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import { conjugateGradient } from '../../methods/conjugate-gradient.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();
const vector = (values: readonly number[]): Tensor => tensor(device, [...values]);
const values = async (parts: readonly Tensor[]): Promise<number[]> => (await Promise.all(parts.map((part) => part.read()))).flatMap((part) => [...part]);

// In n steps exactly with real numbers. In float32 the last direction is no longer conjugate to the first in one of 200 draws, up to 4e-3 off; a step more mends it: 1e-5 at worst of 20,000.
test('solves A x = b for A symmetric and positive definite, in one step more than dimensions and in many more, over two stretches', () => fc.assert(fc.asyncProperty(
  fc.array(fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 5, maxLength: 5 }), { minLength: 5, maxLength: 5 }), fc.constantFrom(6, 12),
  async (rows, steps) => {
    using _scope = device.scope();
    // B Bᵀ / 50 + I
    const a = rows.map((row, i) => rows.map((other, j) => row.reduce((total, value, k) => total + value * other[k]!, 0) / 50 + (i === j ? 1 : 0)));
    const x = [1, -2, 0.5, 3, -1];
    const b = a.map((row) => row.reduce((total, value, i) => total + value * x[i]!, 0));
    const matrix = tensor(device, a.flat(), [5, 5]);
    const found = conjugateGradient((parts) => split(reshape(matmul(matrix, reshape(concat([...parts]), [5, 1])), [5]), [2, 3]), [vector(b.slice(0, 2)), vector(b.slice(2))], steps);
    expectClose(await values(found), x, { atol: 3e-5 });
  },
), { numRuns: 8 }));

test.each([
  ['nothing to solve', [2, 3], [0, 0], 4, [0, 0]],
  ['no steps: b', [2, 4], [1, 3], 0, [1, 3]],
  ['one step: the best along b', [2, 4], [1, 3], 1, [10 / 38, 30 / 38]],
  ['two eigenvalues, two steps', [2, 4], [1, 3], 2, [0.5, 0.75]],
  ['and then it stays', [2, 4], [1, 3], 20, [0.5, 0.75]],
  ['A is negative along b: b', [-4, 2], [1, 0], 5, [1, 0]],
  ['A is negative along the second direction: where the first led', [-4, 2], [1, 3], 5, [10 / 14, 30 / 14]],
  ['and positive along the fourth, which is not looked at', [-1, 8], [1, 1], 5, [2 / 7, 2 / 7]],
])('%s', async (_name, a, b, steps, expected) => {
  using _scope = device.scope();
  expectClose(await values(conjugateGradient(([v]) => [mul(v!, vector(a))], [vector(b)], steps)), expected, { atol: 1e-6 });
});
