import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Initializer, Tensor } from '../../engine/index.ts';
import { Generator, ParameterArena, accumulate, add, assign, backward, checkpoint, grad, linear, mul, randn, relu, sum, tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const normal: Initializer = (on, shape, generator) => randn(on, shape, generator);
const SPECS = [
  { name: 'first.weight', shape: [5, 6], init: normal },
  { name: 'first.bias', shape: [5], init: normal },
  { name: 'square', shape: [5, 5], init: normal },
  { name: 'scale', shape: [5], init: normal },
  { name: 'unused', shape: [70], init: normal },
];
const make = (): ParameterArena => new ParameterArena(device, SPECS, new Generator(3));
const input = (): Tensor => randn(device, [7, 6], new Generator(4));
const all = (arena: ParameterArena): Tensor[] => SPECS.map(({ name }) => arena.get(name));
const read = async (x: Tensor): Promise<number[]> => [...await x.read()];

/** Each parameter is used by products that can write its gradient in its place, once or twice, by something else, or not at all. */
function loss(arena: ParameterArena, x: Tensor): Tensor {
  const [weight, bias, square, scale] = all(arena) as [Tensor, Tensor, Tensor, Tensor];
  const hidden = relu(linear(x, weight, bias));
  return sum(mul(add(linear(linear(hidden, square, bias), square), sum(linear(square, square, scale), { axes: [0] })), mul(scale, scale)));
}

/** What the arena must hold after so many backward passes since it was zero: the gradients that `grad` gives, in its layout. */
async function expected(arena: ParameterArena, of: (arena: ParameterArena) => Tensor, times = 1): Promise<number[]> {
  const sums = new ParameterArena(device, SPECS.map(({ name, shape }) => ({ name, shape, init: (on, size) => tensor(on, new Float32Array(size.reduce((a, b) => a * b, 1)), size) })), new Generator(1));
  for (let i = 0; i < times; i++) {
    grad(of(arena), all(arena)).forEach((gradient, p) => {
      if (gradient) accumulate(all(sums)[p]!, gradient);
    });
  }
  return read(sums.values);
}

describe('gradients in their places', () => {
  test('are those of grad, whatever uses a parameter, and however often', async () => {
    using _scope = device.scope();
    const [arena, x] = [make(), input()];
    const of = (from: ParameterArena): Tensor => loss(from, x);
    for (const { grad: place, shape } of all(arena)) assign(place!, randn(device, shape, new Generator(5)));
    arena.zeroGrad();
    backward(of(arena));
    expect(await read(arena.gradients)).toEqual(await expected(arena, of));
  });

  test('are added to without a zeroGrad, and not after one', async () => {
    using _scope = device.scope();
    const [arena, x] = [make(), input()];
    const of = (from: ParameterArena): Tensor => loss(from, x);
    for (const times of [2, 3]) {
      arena.zeroGrad();
      for (let i = 0; i < times; i++) backward(of(arena));
      expect(await read(arena.gradients)).toEqual(await expected(arena, of, times));
    }
  });

  test('are added to what was written since the zeroGrad, by the device or by the host', async () => {
    using _scope = device.scope();
    const [arena, x] = [make(), input()];
    const [weight, bias] = [arena.get('first.weight'), arena.get('first.bias')];
    const of = (): Tensor => sum(linear(x, weight, bias));
    arena.zeroGrad();
    assign(bias.grad!, tensor(device, [1, 2, 3, 4, 5]));
    backward(of());
    expect(await read(bias.grad!)).toEqual([8, 9, 10, 11, 12]);
    arena.zeroGrad();
    bias.grad!.write([5, 4, 3, 2, 1]);
    backward(of());
    expect(await read(bias.grad!)).toEqual([12, 11, 10, 9, 8]);
  });

  test('through a checkpoint, of what it closes over and others use too', async () => {
    using _scope = device.scope();
    const [arena, x] = [make(), input()];
    const of = (from: ParameterArena): Tensor => {
      const [weight, bias, square] = all(from) as [Tensor, Tensor, Tensor];
      return sum(linear(checkpoint((y) => relu(linear(linear(y, weight, bias), square)), x), square, bias));
    };
    arena.zeroGrad();
    backward(of(arena));
    expect(await read(arena.gradients)).toEqual(await expected(arena, of));
  });

  test('in a captured step: zeroed inside they are of one step, else of all of them', async () => {
    using _scope = device.scope();
    const [arena, x] = [make(), input()];
    const of = (from: ParameterArena): Tensor => loss(from, x);
    arena.zeroGrad();
    const adds = device.capture(() => backward(of(arena)));
    const renews = device.capture(() => {
      arena.zeroGrad();
      backward(of(arena));
    });
    const [one, two] = [await expected(arena, of), await expected(arena, of, 2)];
    const replayed = async (...steps: typeof adds[]): Promise<number[]> => {
      for (const step of steps) step.replay();
      return read(arena.gradients);
    };
    expect(await replayed(adds, adds)).toEqual(two);
    expect(await replayed(renews, renews)).toEqual(one);
    expect(await replayed(adds)).toEqual(two);
    arena.zeroGrad();
    expect(await replayed(adds)).toEqual(one);
    backward(of(arena));
    expect(await read(arena.gradients)).toEqual(two);
    const zeroes = device.capture(() => arena.zeroGrad());
    backward(of(arena));
    expect(await replayed()).toEqual(await expected(arena, of, 3));
    expect(await replayed(zeroes)).toEqual(new Array<number>(arena.capacity).fill(0));
    for (const step of [adds, renews, zeroes]) step.dispose();
  });

  test('take a dispatch less for each tensor that is written where it belongs', () => {
    using _scope = device.scope();
    const [arena, x] = [make(), input()];
    const dispatches = (): number => {
      const before = device.counters.dispatches;
      backward(sum(linear(x, arena.get('first.weight'), arena.get('first.bias'))));
      return device.counters.dispatches - before;
    };
    arena.zeroGrad();
    const [fresh, added] = [dispatches(), dispatches()];
    expect(added - fresh).toBe(2);
  });
});
