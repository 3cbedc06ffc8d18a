import { describe, expect, test } from 'vitest';
import { NumericsError, ShapeError, add, backward, custom, exp, gradcheck, hvp, jacobian, matmul, mul, relu, sub, sum, tensor } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();
const vector = (values: number[]): Tensor => tensor(device, values);
const numbers = async (t: Tensor): Promise<number[]> => [...await t.read()];

describe('hvp', () => {
  test('of x·x·y, two inputs: the Hessian by hand', async () => {
    // f = sum x² y. f_xx = 2 y, f_xy = 2 x, f_yy = 0 (diagonal in each element).
    const [x, y, u, v] = [vector([1, 2]), vector([3, -1]), vector([1, 10]), vector([100, 1])];
    const [px, py] = hvp((a, b) => sum(mul(mul(a, a), b)), [x, y], [u, v]);
    expect(await numbers(px!)).toEqual([2 * 3 * 1 + 2 * 1 * 100, 2 * -1 * 10 + 2 * 2 * 1]);
    expect(await numbers(py!)).toEqual([2 * 1 * 1, 2 * 2 * 10]);
  });

  test('of a quadratic form is (A + Aᵀ) v; of a linear function zero', async () => {
    const A = tensor(device, [1, 2, 3, 4], [2, 2]);
    const x = tensor(device, [0.5, -1], [2, 1]);
    const v = tensor(device, [1, 2], [2, 1]);
    const [product] = hvp((a) => sum(mul(a, matmul(A, a))), [x], [v]);
    expect(await numbers(product!)).toEqual([2 * 1 + 5 * 2, 5 * 1 + 8 * 2]);
    expect(await numbers(hvp((a) => sum(a), [x], [v])[0]!)).toEqual([0, 0]);
  });

  test('wants a vector for each input', () => {
    expect(() => hvp((a) => sum(a), [vector([1, 2])], [vector([1])])).toThrow(ShapeError);
  });
});

test('jacobian of exp(x) elementwise and of a product with a matrix', async () => {
  const x = vector([0, 1]);
  const rows = await jacobian((a) => exp(a), x);
  expect(rows.map((row) => [...row].map((value) => Number(value.toFixed(5))))).toEqual([[1, 0], [0, 2.71828]]);
  const A = tensor(device, [1, 2, 3, 4, 5, 6], [3, 2]);
  expect((await jacobian((a) => matmul(A, a), tensor(device, [1, 1], [2, 1]))).map((row) => [...row])).toEqual([[1, 2], [3, 4], [5, 6]]);
});

describe('custom', () => {
  test('uses the given derivative, which can be differentiated again', async () => {
    // A square whose derivative is said to be x³: d²/dx² is then 3 x².
    const square = (x: Tensor): Tensor => custom('odd square', [x], (a) => mul(a, a), (g) => [mul(g, mul(x, mul(x, x)))]);
    const x = tensor(device, [2, 3], [2], { requiresGrad: true });
    const y = sum(square(x));
    expect(await y.item()).toBe(13);
    backward(y);
    expect(await numbers(x.grad!)).toEqual([8, 27]);
    expect(await numbers(hvp((a) => sum(square(a)), [x], [vector([1, 1])])[0]!)).toEqual([12, 27]);
  });

  test('a derivative of the wrong number or shape is refused', () => {
    const x = tensor(device, [1, 2], [2], { requiresGrad: true });
    expect(() => backward(sum(custom('f', [x], (a) => a, () => [])))).toThrow(/f: the derivative gives 0 gradients for 1 inputs/);
    expect(() => backward(sum(custom('f', [x], (a) => a, (g) => [sum(g)])))).toThrow(/gradient 0 has shape \[\], its input \[2\]/);
  });
});

describe('gradcheck', () => {
  test('accepts what is right', async () => {
    await gradcheck((a, b) => exp(sub(mul(a, b), a)), [vector([0.3, -0.7, 0.2]), vector([1, 0.4, -1])]);
  });

  test('finds what is wrong, and says where', async () => {
    const wrong = (x: Tensor): Tensor => custom('wrong', [x], (a) => mul(a, a), (g) => [mul(g, add(x, x.detach()))]);
    await gradcheck(wrong, [vector([1, 2])]);
    const worse = (x: Tensor): Tensor => custom('worse', [x], (a) => mul(a, a), (g) => [mul(g, relu(add(x, x)))]);
    await expect(gradcheck(worse, [vector([1, -2])])).rejects.toThrow(NumericsError);
    await expect(gradcheck(worse, [vector([1, -2])])).rejects.toThrow(/element 1 of input 0: the derivative is 0/);
  });
});
