import { beforeAll, describe, expect, test } from 'vitest';
import type { Initializer, Optimizer, Tensor } from '../../engine/index.ts';
import { Adam, backward, CheckpointError, clipGradNorm, ConfigError, Device, Generator, LazySGD, grad, LimitError, mul, ParameterArena, randn, relu, SGD, sum, tensor, TensorError } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const normal: Initializer = (on, shape, generator) => randn(on, shape, generator);
/** Counts up from a number, through an upload. */
const from = (first: number): Initializer => (on, shape) => tensor(on, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => first + i), shape);
const SPECS = [
  { name: 'conv.weight', shape: [3, 2, 3, 3], init: normal },
  { name: 'conv.bias', shape: [3], init: from(100) },
  { name: 'head.weight', shape: [64, 2], init: from(200) },
  { name: 'scale', shape: [], init: from(300) },
];
const make = (seed = 1): ParameterArena => new ParameterArena(device, SPECS, new Generator(seed));
const read = async (x: Tensor): Promise<number[]> => [...await x.read()];

/** Elements of the vectors that belong to no parameter. */
async function gaps(arena: ParameterArena, vector: Tensor): Promise<number[]> {
  const all = await read(vector);
  return all.filter((_, i) => !arena.segments.some(({ offset, length }) => i >= offset && i < offset + length));
}

test('gradients on the tape cannot stay in the arena: backward refuses, grad gives them', async () => {
  using _scope = device.scope();
  const arena = make();
  const scale = arena.get('scale');
  const cube = (): Tensor => mul(scale, mul(scale, scale));
  expectError(() => backward(cube(), { createGraph: true }), TensorError, 'backward', 'arena', 'grad()');
  expect(await read(arena.gradients)).toEqual(new Array<number>(arena.capacity).fill(0));
  const [first] = grad(cube(), [scale], { createGraph: true });
  expect(await read(grad(first!, [scale])[0]!)).toEqual([6 * 300]);
});

describe('layout', () => {
  test('segments follow each other, each at a multiple of 64 elements', () => {
    using _scope = device.scope();
    const arena = make();
    expect(arena.segments.map(({ name, offset, length }) => [name, offset, length])).toEqual([['conv.weight', 0, 54], ['conv.bias', 64, 3], ['head.weight', 128, 128], ['scale', 256, 1]]);
    expect([arena.size, arena.capacity]).toEqual([54 + 3 + 128 + 1, 320]);
  });

  test('every parameter is a leaf in the vector of values, and its gradient lies in that of gradients', async () => {
    using _scope = device.scope();
    const arena = make();
    for (const { name, shape, offset } of arena.segments) {
      const parameter = arena.get(name);
      expect([parameter.shape, parameter.offset, parameter.requiresGrad]).toEqual([shape, offset, true]);
      expect(parameter.storage).toBe(arena.values.storage);
      expect(parameter.grad?.storage).toBe(arena.gradients.storage);
    }
    backward(sum(mul(arena.get('conv.bias'), arena.get('conv.bias'))));
    backward(arena.get('scale'));
    const expected = new Array<number>(320).fill(0);
    [200, 202, 204].forEach((g, i) => (expected[64 + i] = g));
    expected[256] = 1;
    expect(await read(arena.gradients)).toEqual(expected);
    arena.zeroGrad();
    expect(await read(arena.gradients)).toEqual(new Array<number>(320).fill(0));
    expect(await read(arena.get('conv.bias'))).toEqual([100, 101, 102]);
  });

  test('initial values depend on the seed and the order alone', async () => {
    using _scope = device.scope();
    const first = await read(make(4).values);
    expect(await read(make(4).values)).toEqual(first);
    expect(await read(make(5).values)).not.toEqual(first);
    expect(first.slice(64, 67)).toEqual([100, 101, 102]);
    expect(first.slice(128, 130)).toEqual([200, 201]);
    expect(first[256]).toBe(300);
  });

  test('names and shapes must make sense', () => {
    using _scope = device.scope();
    const build = (...names: string[]): ParameterArena => new ParameterArena(device, names.map((name) => ({ name, shape: [2], init: normal })), new Generator(1));
    expectError(() => build('a', 'b', 'a'), ConfigError, 'two parameters are called a');
    expectError(() => new ParameterArena(device, [{ name: 'w', shape: [2, 0], init: normal }], new Generator(1)), ConfigError, 'w', '[2, 0]');
    expectError(() => build('a', 'b').get('c'), ConfigError, 'no parameter c', 'a, b');
    expect(new ParameterArena(device, [], new Generator(1)).size).toBe(0);
  });
});

test('the gaps are 0 and stay so under momentum and weight decay', async () => {
  using _scope = device.scope();
  const arena = make();
  const optimizer = new SGD(arena, { lr: 0.5, momentum: 0.9, weightDecay: 0.1 });
  for (let i = 0; i < 3; i++) {
    for (const { name } of SPECS) backward(sum(arena.get(name)));
    optimizer.step();
  }
  const inGaps = [...await gaps(arena, arena.values), ...await gaps(arena, arena.gradients)];
  expect(inGaps).toEqual(new Array<number>(2 * (320 - 186)).fill(0));
});

describe('state', () => {
  test('goes round without a change of a bit', async () => {
    using _scope = device.scope();
    const [arena, copy] = [make(1), make(2)];
    const state = await arena.stateDict();
    expect([...state.keys()]).toEqual(SPECS.map(({ name }) => name));
    expect(state.get('conv.bias')).toEqual({ shape: [3], data: new Float32Array([100, 101, 102]) });
    copy.loadStateDict(state);
    expect(await read(copy.values)).toEqual(await read(arena.values));
    expect(await gaps(copy, copy.values)).toEqual(new Array<number>(320 - 186).fill(0));
  });

  test('that does not fit is refused with all differences, and changes nothing', async () => {
    using _scope = device.scope();
    const arena = make();
    const before = await read(arena.values);
    const state = new Map(await arena.stateDict());
    state.delete('scale');
    state.set('conv.bias', { shape: [4], data: new Float32Array(4) });
    state.set('head.weight', { shape: [64, 2], data: new Float32Array(127) });
    state.set('tail', { shape: [1], data: new Float32Array(1) });
    expectError(() => arena.loadStateDict(state), CheckpointError, 'scale is missing', 'conv.bias has shape [4], expected [3]', 'head.weight has 127 values, expected 128', 'tail is unknown');
    expect(await read(arena.values)).toEqual(before);
  });
});

describe('an arena larger than a binding', () => {
  const specs = Array.from({ length: 7 }, (_, i) => ({ name: `p${i}`, shape: [40, 10 + i], init: normal }));
  /** Parameters after some steps, and the optimizer's state. */
  async function trained(on: Device, make: (arena: ParameterArena) => Optimizer): Promise<unknown> {
    using _scope = on.scope();
    const arena = new ParameterArena(on, specs, new Generator(3));
    const optimizer = make(arena);
    for (let step = 0; step < 3; step++) {
      arena.zeroGrad();
      for (const { name } of specs) backward(sum(mul(arena.get(name), mul(arena.get(name), arena.get(name)))));
      optimizer.step();
    }
    const saved = await arena.stateDict();
    arena.loadStateDict(saved);
    return [await arena.values.read(), await arena.gradients.read(), await optimizer.stateDict()];
  }

  /** The norm of its gradients, and the gradients once they are clipped. */
  async function clipped(on: Device): Promise<number[]> {
    using _scope = on.scope();
    const arena = new ParameterArena(on, specs, new Generator(3));
    for (const { name } of specs) backward(sum(mul(arena.get(name), arena.get(name))));
    const norm = clipGradNorm(arena, 2);
    return [await norm.item(), ...await read(arena.gradients)];
  }

  test.each([['SGD', (arena: ParameterArena) => new SGD(arena, { lr: 0.1, momentum: 0.9 })], ['Adam', (arena: ParameterArena) => new Adam(arena)], ['LazySGD', (arena: ParameterArena) => new LazySGD(arena, { lr: 0.1, fraction: 0.1 })]] as const)('is bound in chunks of whole parameters: %s gives the same bits', async (_name, make) => {
    const small = await Device.create({ bindingLimit: 4096 });
    try {
      const arena = new ParameterArena(small, specs, new Generator(3));
      expect(arena.chunks.length).toBeGreaterThan(3);
      expect(arena.chunks.map(({ offset, size }) => offset + size)).toEqual([...arena.chunks.slice(1).map(({ offset }) => offset), arena.capacity]);
      for (const { size } of arena.chunks) expect(size * 4).toBeLessThanOrEqual(4096);
      expect(await trained(small, make)).toEqual(await trained(device, make));
      // A sum over chunks is grouped otherwise.
      const [found, expected] = [await clipped(small), await clipped(device)];
      expected.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThanOrEqual(1e-6 * Math.abs(value)));
      expectError(() => relu(arena.values), LimitError, 'bytes', '4096');
      expectError(() => new ParameterArena(small, [{ name: 'huge', shape: [1025], init: normal }], new Generator(1)), LimitError, 'huge', '4096');
    } finally {
      small.destroy();
    }
  });
});
