import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Initializer, Tensor } from '../../engine/index.ts';
import { Generator, ParameterArena, accumulate, add, assign, backward, checkpoint, concat, embedding, grad, joined, linear, mul, randn, relu, reshape, sum, tensor } from '../../engine/index.ts';
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

/** Two tensors that follow one another in the arena, and one that follows behind a gap. */
const TABLES = [
  { name: 'upper', shape: [32, 6], init: normal },
  { name: 'lower', shape: [10, 6], init: normal },
  { name: 'apart', shape: [1, 6], init: normal },
];

describe('gradients of views in the places of what they view', () => {
  const tables = (): ParameterArena => new ParameterArena(device, TABLES, new Generator(6));
  const parameters = (arena: ParameterArena): [Tensor, Tensor, Tensor] => [arena.get('upper'), arena.get('lower'), arena.get('apart')];
  const flat = async (gradients: readonly (Tensor | null)[]): Promise<number[][]> => Promise.all(gradients.map((x) => read(x!)));

  test.each([
    ['joined, once', ([a, b]: Tensor[], x: Tensor) => sum(linear(x, joined([a!, b!])))],
    ['joined twice, one of them alone too, before and after', ([a, b]: Tensor[], x: Tensor) => {
      const both = joined([a!, b!]);
      return sum(mul(linear(linear(linear(x, a!), reshape(a!, [6, 32])), both), linear(x, both)));
    }],
    ['joined, where one of them has been added to before', ([a, b]: Tensor[], x: Tensor) => sum(mul(sum(linear(x, joined([a!, b!]))), a!))],
    ['with a gap, by a copy', ([a, b, c]: Tensor[], x: Tensor) => sum(linear(x, joined([a!, b!, c!])))],
    ['rows of a table, beside all of it', ([a]: Tensor[], x: Tensor) => sum(mul(linear(x, a!), linear(x, embedding(a!, tensor(device, Int32Array.from({ length: 32 }, (_, i) => i % 3 * 9))))))],
    ['rows of a table, each at most once', ([a]: Tensor[], x: Tensor) => sum(linear(x, embedding(a!, tensor(device, [4, 2, 31], [3], { dtype: 'int32' }))))],
    ['rows of a table, many of them', ([a]: Tensor[], x: Tensor) => sum(linear(x, embedding(a!, tensor(device, Int32Array.from({ length: 300 }, (_, i) => i % 7 * 5)))))],
  ] as const)('%s', async (_, of) => {
    using _scope = device.scope();
    const [arena, x] = [tables(), input()];
    const loss = (): Tensor => of(parameters(arena), x);
    for (const { grad: place, shape } of parameters(arena)) assign(place!, randn(device, shape, new Generator(5)));
    arena.zeroGrad();
    backward(loss());
    const wanted = grad(loss(), parameters(arena)).map((gradient, i) => gradient ?? tensor(device, new Float32Array(parameters(arena)[i]!.size), parameters(arena)[i]!.shape));
    expect(await flat(parameters(arena).map((p) => p.grad))).toEqual(await flat(wanted));
    backward(loss());
    expect(await flat(parameters(arena).map((p) => p.grad))).toEqual(await flat(wanted.map((gradient) => add(gradient, gradient))));
  });

  test('joined: what follows is viewed, and its gradient needs no copies; second derivatives are those of a copy', async () => {
    using _scope = device.scope();
    const [arena, x] = [tables(), input()];
    const [a, b, c] = parameters(arena);
    expect(joined([a, b]).storage).toBe(a.storage);
    expect(await read(joined([a, b]))).toEqual([...await read(a), ...await read(b)]);
    for (const apart of [[b, a], [a, c], [b, c]] as const) {
      expect(joined(apart).storage).not.toBe(a.storage);
      expect(await read(joined(apart))).toEqual([...await read(apart[0]), ...await read(apart[1])]);
    }
    const dispatches = (): number => {
      const before = device.counters.dispatches;
      backward(sum(linear(x, joined([a, b]))));
      return device.counters.dispatches - before;
    };
    arena.zeroGrad();
    const [fresh, added] = [dispatches(), dispatches()];
    expect(added - fresh).toBe(2);
    const cube = (join: (parts: readonly Tensor[]) => Tensor): Tensor => {
      const [first] = grad(sum(mul(linear(x, join([a, b])), mul(linear(x, join([a, b])), linear(x, join([a, b]))))), [b], { createGraph: true });
      return grad(sum(mul(first!, first!)), [a, b])[1]!;
    };
    expect(await read(cube(joined))).toEqual(await read(cube((parts) => concat(parts))));
  });
});

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
