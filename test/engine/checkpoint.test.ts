/** Gradient checkpointing: the same bits as without, in less memory. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { accumulate, add, affine, backward, checkpoint, Generator, grad, linear, mul, noGrad, ParameterArena, rand, randn, sum, tanh, tensor, TensorError, zeros } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const variable = (seed: number, ...shape: number[]): Tensor => {
  const x = randn(device, shape, new Generator(seed));
  x.requiresGrad = true;
  return x;
};
const bits = (xs: readonly Tensor[]): Promise<unknown> => Promise.all(xs.map((x) => x.read()));

describe('a checkpointed function', () => {
  test('gives the value and the gradients of the plain one, of inputs and of what it closes over', async () => {
    using _scope = device.scope();
    const [x, w, b, outside] = [variable(1, 5, 4), variable(2, 4, 4), variable(3, 4), variable(4, 5, 4)];
    // Depends on a leaf by another path too, and is used inside and outside.
    const middle = mul(outside, x);
    const f = (h: Tensor): Tensor => add(tanh(linear(h, w, b)), middle);
    const run = (wrap: typeof checkpoint): Tensor => sum(mul(wrap(f, tanh(x)), middle));
    const plain = run((g, ...inputs) => g(...inputs));
    const saved = run(checkpoint);
    expect(await saved.read()).toEqual(await plain.read());
    const leaves = [x, w, b, outside, middle];
    const [expected, found] = [grad(plain, leaves), grad(saved, leaves)];
    for (const [i, g] of expected.entries()) {
      const [want, have] = [await g!.read(), await found[i]!.read()];
      want.forEach((v, at) => expect(Math.abs(have[at]! - v)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(v))));
    }
  });

  test('has second derivatives', async () => {
    using _scope = device.scope();
    const x = variable(5, 3);
    const cube = (y: Tensor): Tensor => mul(y, mul(y, y));
    const [first] = grad(sum(checkpoint(cube, x)), [x], { createGraph: true });
    const [second] = grad(sum(first!), [x]);
    const values = await x.read();
    (await second!.read()).forEach((v, i) => expect(v).toBeCloseTo(6 * values[i]!, 4));
  });

  test('draws the same random numbers again, eagerly and in a captured step, nested or not', async () => {
    using _scope = device.scope();
    const x = variable(6, 40);
    const noisy = (generator: Generator) => (y: Tensor): Tensor => mul(y, mul(rand(device, [40], generator), rand(device, [40], generator)));
    const step = (generator: Generator, wrap: typeof checkpoint): { total: Tensor; gradient: Tensor } => {
      const y = wrap((inner) => wrap(noisy(generator), tanh(inner)), x);
      return { total: sum(y), gradient: grad(sum(y), [x])[0]! };
    };
    const plain: typeof checkpoint = (f, ...inputs) => f(...inputs);
    const [a, b, c] = [new Generator(3), new Generator(3), new Generator(3)];
    const kept: Tensor[] = [];
    const captured = device.capture(() => {
      const { total, gradient } = step(c, checkpoint);
      kept.push(total.keep(), gradient.keep());
    });
    for (let i = 0; i < 3; i++) {
      const [p, q] = [step(a, plain), step(b, checkpoint)];
      captured.replay();
      expect(await bits([q.total, q.gradient])).toEqual(await bits([p.total, p.gradient]));
      expect(await bits(kept)).toEqual(await bits([p.total, p.gradient]));
    }
    expect([b.state, c.state]).toEqual([a.state, a.state]);
    captured.dispose();
  });

  test('adds to the gradients of an arena', async () => {
    using _scope = device.scope();
    const arena = new ParameterArena(device, [{ name: 'w', shape: [6, 6], init: (d, shape, generator) => randn(d, shape, generator) }], new Generator(1));
    const x = randn(device, [2, 6], new Generator(2));
    backward(sum(checkpoint((h) => tanh(linear(h, arena.get('w'))), x)));
    const found = await arena.gradients.read();
    arena.zeroGrad();
    backward(sum(tanh(linear(x, arena.get('w')))));
    expect(found).toEqual(await arena.gradients.read());
  });

  test('holds less memory, forward and backward', () => {
    const peak = (wrap: typeof checkpoint): number => {
      using _scope = device.scope();
      const x = variable(7, 4096);
      const before = device.memory.liveBytes;
      let y: Tensor = x;
      const live: number[] = [];
      for (let layer = 0; layer < 8; layer++) {
        y = wrap((h) => {
          for (let i = 0; i < 6; i++) h = tanh(affine(h, 1.1, 0.1));
          live.push(device.memory.liveBytes);
          return h;
        }, y);
      }
      grad(sum(y), [x]);
      return Math.max(...live) - before;
    };
    expect(peak(checkpoint)).toBeLessThan(0.35 * peak((f, ...inputs) => f(...inputs)));
  });

  test('is the plain function where nothing is recorded', async () => {
    using _scope = device.scope();
    const x = variable(8, 3);
    expect(noGrad(() => checkpoint(tanh, x)).requiresGrad).toBe(false);
    const constant = checkpoint(tanh, tensor(device, [0]));
    expect([constant.requiresGrad, await constant.item()]).toEqual([false, 0]);
    const total = zeros(device, [3]);
    accumulate(total, checkpoint((y) => y, x).detach());
    expect(await total.read()).toEqual(await x.read());
    expectError(() => checkpoint(() => x), TensorError, 'checkpoint', 'at least one input');
  });
});
