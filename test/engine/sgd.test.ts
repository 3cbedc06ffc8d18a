import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { ConfigError, Generator, ParameterArena, randn, SGD, tensor, accumulate } from '../../engine/index.ts';
import { sgdStep } from '../reference/sgd.ts';
import type { SGDState } from '../reference/sgd.ts';
import { holds, seeds } from '../support/arbitraries.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const arenaOf = (size: number, seed: number): ParameterArena => new ParameterArena(device, [{ name: 'w', shape: [size], init: randn }], new Generator(seed));

test('several steps equal the reference, with and without momentum and weight decay', () =>
  holds(fc.record({ size: fc.constantFrom(1, 3, 64, 65, 300), lr: fc.constantFrom(0.01, 0.5), momentum: fc.constantFrom(0, 0.9), weightDecay: fc.constantFrom(0, 0.1), seed: seeds }), async ({ size, lr, momentum, weightDecay, seed }) => {
    using _scope = device.scope();
    const arena = arenaOf(size, seed);
    const optimizer = new SGD(arena, { lr, momentum, weightDecay });
    let state: SGDState = { parameter: Float64Array.from(await arena.get('w').read()), velocity: new Float64Array(size) };
    for (let step = 0; step < 4; step++) {
      const gradient = values([size], 'normal', seed + step);
      arena.zeroGrad();
      accumulate(arena.get('w').grad!, tensor(device, Float32Array.from(gradient.data)));
      optimizer.step();
      state = sgdStep(state, gradient.data, lr, momentum, weightDecay);
    }
    // Four steps of four roundings each, of sums of at most about 10.
    expectClose(await arena.get('w').read(), state.parameter, { atol: 1e-5, rtol: 1e-6 });
  }));

test('the learning rate may change between steps', async () => {
  using _scope = device.scope();
  const arena = arenaOf(1, 1);
  const optimizer = new SGD(arena, { lr: 1 });
  const before = await arena.get('w').item();
  accumulate(arena.get('w').grad!, tensor(device, [1]));
  optimizer.step();
  optimizer.lr = 0.25;
  optimizer.step();
  expect(await arena.get('w').item()).toBeCloseTo(before - 1.25, 6);
});

test('one dispatch, whatever the number of tensors', () => {
  using _scope = device.scope();
  const specs = Array.from({ length: 20 }, (_, i) => ({ name: `p${i}`, shape: [i + 1], init: randn }));
  const optimizer = new SGD(new ParameterArena(device, specs, new Generator(1)), { lr: 0.1, momentum: 0.5 });
  const before = device.counters.dispatches;
  optimizer.step();
  expect(device.counters.dispatches - before).toBe(1);
});

test('options out of range are refused by name', () => {
  using _scope = device.scope();
  const arena = arenaOf(1, 1);
  for (const lr of [0, -1, NaN]) expectError(() => new SGD(arena, { lr }), ConfigError, 'lr', String(lr));
  for (const momentum of [-0.1, 1, NaN]) expectError(() => new SGD(arena, { lr: 1, momentum }), ConfigError, 'momentum', String(momentum));
  for (const weightDecay of [-1, NaN]) expectError(() => new SGD(arena, { lr: 1, weightDecay }), ConfigError, 'weightDecay', String(weightDecay));
});
