import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { add, affine, backward, conv2d, crossEntropy, exp, expand, grad, linear, log, maxPool2d, mul, noGrad, permute, relu, reshape, sub, sum, tensor } from '../../engine/index.ts';
import { filled } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { RELU } from '../reference/broadcast.ts';
import { convReference } from '../reference/conv.ts';
import { centralDifferences } from '../reference/differences.ts';
import { LINEAR } from '../reference/matmul.ts';
import { maxPoolReference } from '../reference/pool.ts';
import { crossEntropyReference } from '../reference/softmax.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { leaf } from '../support/layout.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const variable = (data: number[], shape?: number[]): Tensor => tensor(device, data, shape ?? [data.length], { requiresGrad: true });
const read = async (x: Tensor | null): Promise<number[]> => x ? [...await x.read()] : [];

describe('backward', () => {
  test('adds the contributions of every path', async () => {
    using _scope = device.scope();
    const x = variable([2, 3]);
    const y = mul(x, x);
    backward(sum(add(mul(y, x), y)));
    expect(await read(x.grad)).toEqual([3 * 4 + 2 * 2, 3 * 9 + 2 * 3]);
  });

  test('adds to what is there, for every leaf on its own', async () => {
    using _scope = device.scope();
    const [a, b] = [variable([1, 2]), variable([3, 4])];
    const c = variable([5], [1]);
    for (let i = 0; i < 3; i++) backward(sum(add(add(a, b), expand(c, [2]))));
    expect([await read(a.grad), await read(b.grad), await read(c.grad)]).toEqual([[3, 3], [3, 3], [6]]);
  });

  test('leaves the gradient that it is given alone', async () => {
    using _scope = device.scope();
    const x = variable([1, 2]);
    const gradient = tensor(device, [10, 20]);
    const y = affine(x, 1, 1);
    backward(y, { gradient });
    backward(y, { gradient });
    expect([await read(x.grad), await read(gradient)]).toEqual([[20, 40], [10, 20]]);
  });

  test('a plain pass after a recorded one adds to its gradient and leaves its tape intact', async () => {
    using _scope = device.scope();
    const x = variable([2]);
    backward(mul(mul(x, x), x), { createGraph: true });
    const first = x.grad!;
    backward(mul(x, x));
    expect(await read(x.grad)).toEqual([12 + 4]);
    expect([await read(first), await read(grad(first, [x])[0]!)]).toEqual([[12], [12]]);
  });

  test('a leaf may be the root', async () => {
    using _scope = device.scope();
    const x = variable([7]);
    backward(x);
    expect(await read(x.grad)).toEqual([1]);
  });

  test('goes no further than a detached tensor', async () => {
    using _scope = device.scope();
    const x = variable([3]);
    backward(mul(x, x.detach()));
    expect(await read(x.grad)).toEqual([3]);
  });

  test('a tape deeper than the call stack', async () => {
    using _scope = device.scope();
    const x = variable([1]);
    let y = x;
    for (let i = 0; i < 12_000; i++) y = reshape(y, i % 2 ? [1] : [1, 1]);
    backward(y);
    expect(await read(x.grad)).toEqual([1]);
  });
});

describe('grad', () => {
  test('is null where nothing depends, and touches no grad', async () => {
    using _scope = device.scope();
    const [x, y] = [variable([2]), variable([3])];
    const [gx, gy] = grad(mul(x, x), [x, y]);
    expect([await read(gx!), gy, x.grad]).toEqual([[4], null, null]);
  });

  test('reaches what is no leaf', async () => {
    using _scope = device.scope();
    const x = variable([2]);
    const y = mul(x, x);
    const [gy, gx] = grad(mul(y, x), [y, x]);
    expect([await read(gy!), await read(gx!)]).toEqual([[2], [12]]);
  });

  test('third derivatives', async () => {
    using _scope = device.scope();
    const x = variable([0.5, 2]);
    let y = sum(mul(exp(x), log(x)));
    for (let order = 1; order < 3; order++) y = sum(grad(y, [x], { createGraph: true })[0]!);
    const third = (v: number): number => Math.exp(v) * (Math.log(v) + 3 / v - 3 / v ** 2 + 2 / v ** 3);
    expectClose(await grad(y, [x])[0]!.read(), [third(0.5), third(2)], { rtol: 1e-5 });
  });
});

describe('noGrad', () => {
  test('records nothing, and recording goes on after it, even if it throws', () => {
    using _scope = device.scope();
    const x = variable([1]);
    expect(noGrad(() => mul(x, x)).requiresGrad).toBe(false);
    expect(() => noGrad(() => {
      throw new Error('inside');
    })).toThrow('inside');
    expect(mul(x, x).requiresGrad).toBe(true);
  });

  test('a derivative is off the tape unless a graph is asked for', () => {
    using _scope = device.scope();
    const x = variable([1]);
    expect(grad(mul(x, x), [x])[0]!.requiresGrad).toBe(false);
    expect(grad(mul(x, x), [x], { createGraph: true })[0]!.requiresGrad).toBe(true);
    const y = mul(x, x);
    expect(noGrad(() => grad(y, [x], { createGraph: true }))[0]!.requiresGrad).toBe(true);
  });
});

describe('a small convolutional network', () => {
  const shapes = { image: [2, 1, 6, 6], kernel: [3, 1, 3, 3], kernelBias: [3], weight: [4, 27], bias: [4] };
  const inputs = Object.values(shapes).map((shape, i) => {
    const x = values(shape, 'normal', 20 + i);
    return i === 3 ? { shape, data: x.data.map((v) => Math.fround(v / 5)) } : x;
  });
  const labels = [1, 3];
  const reference = ([image, kernel, kernelBias, weight, bias]: readonly NDArray[]): number => {
    const conv = convReference({ stride: [1, 1], padding: [1, 1], dilation: [1, 1] }).forward([image!, kernel!, kernelBias!]);
    const pooled = maxPoolReference({ size: [2, 2], stride: [2, 2], padding: [0, 0] }).forward([RELU.forward([conv])]);
    const logits = LINEAR.forward([{ shape: [2, 27], data: pooled.data }, weight!, bias!]);
    return crossEntropyReference(labels).forward([logits]).data[0]!;
  };
  const loss = ([image, kernel, kernelBias, weight, bias]: readonly Tensor[]): Tensor => {
    const pooled = maxPool2d(relu(conv2d(image!, kernel!, kernelBias, { padding: 1 })), 2);
    return crossEntropy(linear(reshape(pooled, [2, 27]), weight!, bias), tensor(device, new Int32Array(labels)));
  };

  test('has the gradients that differences give', async () => {
    using _scope = device.scope();
    const leaves = inputs.map((x) => leaf(device, x));
    const out = loss(leaves);
    expectClose([await out.item()], [reference(inputs)], { rtol: 1e-5 });
    const numeric = centralDifferences(reference, inputs, 1e-5);
    for (const [i, g] of grad(out, leaves).entries()) expectClose(await g!.read(), numeric[i]!, { atol: 2e-6 }, Object.keys(shapes)[i]);
  });

  test('has the Hessian-vector product that differences of gradients give', async () => {
    using _scope = device.scope();
    const leaves = inputs.map((x) => leaf(device, x));
    const direction = values(shapes.kernel, 'normal', 40);
    const [first] = grad(loss(leaves), [leaves[1]!], { createGraph: true });
    const product = grad(sum(mul(first!, tensor(device, Float32Array.from(direction.data), direction.shape))), leaves);
    const step = 1e-4;
    const moved = (sign: number): readonly NDArray[] => inputs.map((x, i) => i === 1 ? { shape: x.shape, data: x.data.map((v, at) => v + sign * step * direction.data[at]!) } : x);
    const [up, down] = [centralDifferences(reference, moved(1), 1e-4), centralDifferences(reference, moved(-1), 1e-4)];
    for (const [i, x] of inputs.entries()) {
      const expected = up[i]!.data.map((v, at) => (v - down[i]!.data[at]!) / (2 * step));
      expectClose(await product[i]?.read() ?? filled(x.shape, 0).data, { shape: x.shape, data: expected }, { atol: 2e-5, rtol: 1e-5 }, Object.keys(shapes)[i]);
    }
  });
});

test('gradients pass through every kind of view', async () => {
  using _scope = device.scope();
  const x = variable([1, 2, 3, 4, 5, 6], [2, 3]);
  const y = permute(reshape(expand(reshape(x, [1, 2, 3]), [2, 2, 3]), [4, 3]), [1, 0]);
  backward(sum(mul(sub(y, affine(y, 0.5, 0)), y)));
  expect(await read(x.grad)).toEqual([2, 4, 6, 8, 10, 12]);
});
