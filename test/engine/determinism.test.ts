import { beforeAll, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { backward, conv2d, crossEntropy, Generator, linear, maxPool2d, ParameterArena, randn, relu, reshape, SGD, tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

/** A few training steps of a small network; the bits of all parameters and of the last loss. */
async function train(seed: number): Promise<string> {
  using _scope = device.scope();
  const init = (on: Device, shape: readonly number[], generator: Generator): Tensor => randn(on, shape, generator, 0, 0.2);
  const arena = new ParameterArena(device, [
    { name: 'conv.weight', shape: [8, 3, 3, 3], init }, { name: 'conv.bias', shape: [8], init }, { name: 'head.weight', shape: [5, 8 * 36], init }, { name: 'head.bias', shape: [5], init },
  ], new Generator(seed));
  const optimizer = new SGD(arena, { lr: 0.05, momentum: 0.9 });
  const generator = new Generator(seed + 1);
  let bits = '';
  for (let step = 0; step < 3; step++) {
    using _step = device.scope();
    const images = randn(device, [6, 3, 12, 12], generator);
    const pooled = maxPool2d(relu(conv2d(images, arena.get('conv.weight'), arena.get('conv.bias'), { padding: 1 })), 2);
    const loss = crossEntropy(linear(reshape(pooled, [6, 8 * 36]), arena.get('head.weight'), arena.get('head.bias')), tensor(device, new Int32Array([0, 1, 2, 3, 4, 0])));
    arena.zeroGrad();
    backward(loss);
    optimizer.step();
    bits = String(new Uint32Array((await loss.read()).buffer));
  }
  return `${bits};${String(new Uint32Array((await arena.values.read()).buffer))}`;
}

test('the same training gives the same bits, twice', async () => {
  const first = await train(1);
  expect(await train(1)).toBe(first);
  expect(await train(2)).not.toBe(first);
});
