/** What holds for every optimizer, and the numbers of PyTorch. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Optimizer, ParameterSpec } from '../../engine/index.ts';
import { accumulate, Adam, AdamW, CheckpointError, ConfigError, Generator, ParameterArena, randn, SGD, tensor } from '../../engine/index.ts';
import { adamStep } from '../reference/adam.ts';
import type { AdamState } from '../reference/adam.ts';
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

const SPECS: ParameterSpec[] = [{ name: 'a', shape: [3, 5], init: randn }, { name: 'b', shape: [1], init: randn }, { name: 'c', shape: [70], init: randn }];
const arenaOf = (size: number, seed: number): ParameterArena => new ParameterArena(device, [{ name: 'w', shape: [size], init: randn }], new Generator(seed));

function setGradients(arena: ParameterArena, seed: number): void {
  arena.zeroGrad();
  for (const [i, { name, shape }] of arena.segments.entries()) {
    accumulate(arena.get(name).grad!, tensor(device, Float32Array.from(values(shape, 'normal', seed * 100 + i).data), shape));
  }
}

const OPTIMIZERS: readonly { readonly name: string; readonly make: (arena: ParameterArena) => Optimizer }[] = [
  { name: 'SGD', make: (arena) => new SGD(arena, { lr: 0.1, weightDecay: 0.1 }) },
  { name: 'SGD with momentum', make: (arena) => new SGD(arena, { lr: 0.1, momentum: 0.9, weightDecay: 0.1 }) },
  { name: 'SGD with Nesterov\'s momentum', make: (arena) => new SGD(arena, { lr: 0.1, momentum: 0.9, nesterov: true }) },
  { name: 'Adam', make: (arena) => new Adam(arena, { weightDecay: 0.1 }) },
  { name: 'AdamW', make: (arena) => new AdamW(arena, { lr: 0.01 }) },
];

describe.each(OPTIMIZERS)('$name', ({ make }) => {
  test('takes one dispatch a step, whatever the number of tensors', () => {
    using _scope = device.scope();
    const optimizer = make(new ParameterArena(device, SPECS, new Generator(1)));
    const before = device.counters.dispatches;
    optimizer.step();
    expect(device.counters.dispatches - before).toBe(1);
  });

  test('keeps the gaps of the arena and of its state at zero', async () => {
    using _scope = device.scope();
    const arena = new ParameterArena(device, SPECS, new Generator(1));
    const optimizer = make(arena);
    for (let step = 0; step < 3; step++) {
      setGradients(arena, step);
      optimizer.step();
    }
    const gaps = (all: ArrayLike<number>): number[] => Array.from(all).filter((_, i) => !arena.segments.some(({ offset, length }) => i >= offset && i < offset + length));
    const vectors = [await arena.values.read(), ...[...(await optimizer.stateDict()).values()].filter((vector) => vector.length > 1)];
    for (const vector of vectors) expect(new Set(gaps(vector))).toEqual(new Set([0]));
  });

  test('goes on with the same bits from a saved state', async () => {
    using _scope = device.scope();
    const arena = new ParameterArena(device, SPECS, new Generator(1));
    const optimizer = make(arena);
    const run = (target: ParameterArena, stepper: Optimizer, from: number, to: number): void => {
      for (let step = from; step < to; step++) {
        setGradients(target, step);
        stepper.step();
      }
    };
    run(arena, optimizer, 0, 3);
    const [parameters, state] = [await arena.stateDict(), await optimizer.stateDict()];
    run(arena, optimizer, 3, 6);
    const resumed = new ParameterArena(device, SPECS, new Generator(2));
    const other = make(resumed);
    run(resumed, other, 0, 2);
    resumed.loadStateDict(parameters);
    other.loadStateDict(state);
    expect(await other.stateDict()).toEqual(state);
    run(resumed, other, 3, 6);
    expect(await resumed.values.read()).toEqual(await arena.values.read());
    expect(await other.stateDict()).toEqual(await optimizer.stateDict());
  });

  test('refuses a learning rate that became no number', () => {
    using _scope = device.scope();
    const optimizer = make(arenaOf(1, 1));
    optimizer.lr = 0;
    optimizer.step();
    for (const lr of [NaN, -1, Infinity]) {
      optimizer.lr = lr;
      expectError(() => optimizer.step(), ConfigError, 'lr', String(lr));
    }
  });

  test('refuses a state that is not its own, and keeps what it had', async () => {
    using _scope = device.scope();
    const arena = arenaOf(65, 1);
    const optimizer = make(arena);
    setGradients(arena, 1);
    optimizer.step();
    const state = await optimizer.stateDict();
    expectError(() => optimizer.loadStateDict(new Map([...state, ['extra', new Float32Array(1)]])), CheckpointError, 'extra is unknown');
    for (const [name, vector] of state) {
      const without = new Map(state);
      without.delete(name);
      expectError(() => optimizer.loadStateDict(without), CheckpointError, name);
      expectError(() => optimizer.loadStateDict(new Map([...state, [name, new Float32Array(7)]])), CheckpointError, name);
      expectError(() => optimizer.loadStateDict(new Map([...state, [name, new Int16Array(vector.length) as unknown as Float32Array]])), CheckpointError, name);
    }
    expect(await optimizer.stateDict()).toEqual(state);
  });
});

interface Fixture {
  readonly start: number[];
  readonly gradients: number[][];
  readonly cases: Record<string, { options: Record<string, never>; parameters: number[] }>;
}
const FIXTURE = JSON.parse(readFileSync(new URL('../fixtures/optimizers-torch.json', import.meta.url), 'utf8')) as Fixture;

test.each(Object.entries(FIXTURE.cases))('20 steps of PyTorch: %s', async (name, { options: { weight_decay: weightDecay = 0, ...options }, parameters }) => {
  using _scope = device.scope();
  const arena = new ParameterArena(device, [{ name: 'w', shape: [FIXTURE.start.length], init: (on) => tensor(on, FIXTURE.start) }], new Generator(1));
  const all = { ...options, weightDecay } as unknown as { lr: number };
  const optimizer = name.startsWith('sgd') ? new SGD(arena, all) : name === 'adamw' ? new AdamW(arena, all) : new Adam(arena, all);
  for (const gradient of FIXTURE.gradients) {
    arena.zeroGrad();
    accumulate(arena.get('w').grad!, tensor(device, gradient));
    optimizer.step();
  }
  // Twenty steps, each rounded to half a unit in the last place of the parameter and a few of the step.
  expectClose(await arena.get('w').read(), parameters, { atol: 3e-6, rtol: 2e-6 });
});

test('SGD equals the reference over 20 steps', () =>
  holds(fc.record({ size: fc.constantFrom(1, 65, 300), momentum: fc.constantFrom(0.5, 0.9), weightDecay: fc.constantFrom(0, 0.1), nesterov: fc.boolean(), seed: seeds }), async ({ size, momentum, weightDecay, nesterov, seed }) => {
    using _scope = device.scope();
    const arena = arenaOf(size, seed);
    const optimizer = new SGD(arena, { lr: 0.05, momentum, weightDecay, nesterov });
    let state: SGDState = { parameter: Float64Array.from(await arena.get('w').read()), velocity: new Float64Array(size) };
    for (let step = 0; step < 20; step++) {
      setGradients(arena, seed + step);
      optimizer.step();
      state = sgdStep(state, Float64Array.from(values([size], 'normal', (seed + step) * 100).data), 0.05, momentum, weightDecay, nesterov);
    }
    expectClose(await arena.get('w').read(), state.parameter, { atol: 1e-5, rtol: 1e-6 });
  }, 10));

test('Adam and AdamW equal the reference over 20 steps', () =>
  holds(fc.record({
    size: fc.constantFrom(1, 65, 300), lr: fc.constantFrom(0.001, 0.1), betas: fc.constantFrom<[number, number]>([0.9, 0.999], [0, 0.9], [0.5, 0]),
    eps: fc.constantFrom(1e-8, 0.1), weightDecay: fc.constantFrom(0, 0.1), decoupled: fc.boolean(), seed: seeds,
  }), async ({ size, seed, decoupled, ...options }) => {
    using _scope = device.scope();
    const arena = arenaOf(size, seed);
    const optimizer = decoupled ? new AdamW(arena, options) : new Adam(arena, options);
    let state: AdamState = { step: 0, parameter: Float64Array.from(await arena.get('w').read()), mean: new Float64Array(size), square: new Float64Array(size) };
    for (let step = 0; step < 20; step++) {
      setGradients(arena, seed + step);
      optimizer.step();
      state = adamStep(state, Float64Array.from(values([size], 'normal', (seed + step) * 100).data), { ...options, decoupled });
    }
    // Each step moves a parameter by about lr; where the averages nearly cancel, their rounding is a larger share of it.
    expectClose(await arena.get('w').read(), state.parameter, { atol: 4e-5 * options.lr + 2e-6, rtol: 1e-6 });
  }, 15));

test('options out of range are refused by name', () => {
  using _scope = device.scope();
  const arena = arenaOf(1, 1);
  expectError(() => new SGD(arena, { lr: 1, nesterov: true }), ConfigError, 'nesterov', 'momentum');
  for (const Optimizer of [Adam, AdamW]) {
    for (const lr of [0, -1, NaN, Infinity]) expectError(() => new Optimizer(arena, { lr }), ConfigError, 'lr', String(lr));
    for (const beta of [-0.1, 1, NaN]) {
      expectError(() => new Optimizer(arena, { betas: [beta, 0] }), ConfigError, /betas\[0\]/, String(beta));
      expectError(() => new Optimizer(arena, { betas: [0, beta] }), ConfigError, /betas\[1\]/, String(beta));
    }
    for (const eps of [0, -1, 1e-40, NaN]) expectError(() => new Optimizer(arena, { eps }), ConfigError, 'eps', String(eps));
    for (const weightDecay of [-1, NaN]) expectError(() => new Optimizer(arena, { weightDecay }), ConfigError, 'weightDecay', String(weightDecay));
  }
});
