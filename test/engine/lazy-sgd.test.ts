import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededValues, VALUE_KINDS } from 'lazygrad/testing';
import type { Device } from '../../engine/index.ts';
import { ConfigError, Generator, LazySGD, ParameterArena, randn, SGD, tensor } from '../../engine/index.ts';
import { largest } from '../reference/lazy-sgd.ts';
import { holds, seeds } from '../support/arbitraries.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const arenaOf = (lengths: readonly number[], initial?: Float32Array): ParameterArena =>
  new ParameterArena(device, lengths.map((length, i) => ({ name: `p${i}`, shape: [length], init: initial ? (d) => tensor(d, initial.slice(0, length)) : randn })), new Generator(1));

/** Writes gradients of the parameters, with something in the gaps. */
function feed(arena: ParameterArena, gradient: ArrayLike<number>, gaps: number): void {
  const all = new Float32Array(arena.capacity).fill(gaps);
  let at = 0;
  for (const { offset, length } of arena.segments) for (let i = 0; i < length; i++) all[offset + i] = gradient[at++]!;
  arena.gradients.write(all);
}

/** Bits of the parameters without the gaps. */
async function bitsOf(arena: ParameterArena): Promise<number[]> {
  const all = new Uint32Array(Float32Array.from(await arena.values.read()).buffer);
  return arena.segments.flatMap(({ offset, length }) => [...all.subarray(offset, offset + length)]);
}

const bitOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;

describe('which parameters move', () => {
  const lengths = fc.oneof({ weight: 4, arbitrary: fc.array(fc.constantFrom(1, 2, 3, 63, 64, 65, 130), { minLength: 1, maxLength: 5 }) }, { weight: 1, arbitrary: fc.constantFrom([4097, 5], [300, 9000]) });

  test('exactly those of a plain sort, whatever the values, the ties and what lies in the gaps', () =>
    holds(fc.record({ lengths, kind: fc.constantFrom(...VALUE_KINDS), fraction: fc.oneof(fc.constantFrom(1e-9, 0.01, 0.1, 0.5, 0.999, 1), fc.double({ min: 1e-3, max: 1, noNaN: true })), gaps: fc.constantFrom(0, NaN, 1e30), seed: seeds }), async ({ lengths: sizes, kind, fraction, gaps, seed }) => {
      using _scope = device.scope();
      const arena = arenaOf(sizes);
      const gradient = seededValues(arena.size, kind, seed);
      const optimizer = new LazySGD(arena, { lr: 1, fraction });
      expect(optimizer.count).toBe(Math.max(1, Math.ceil(fraction * arena.size - 1e-9)));
      feed(arena, gradient, gaps);
      const before = await bitsOf(arena);
      const values = new Float32Array(Uint32Array.from(before).buffer);
      optimizer.step();
      const after = await bitsOf(arena);
      const chosen = largest(gradient, optimizer.count);
      const wrong = after.flatMap((bits, i) => {
        if (!chosen.has(i)) return bits === before[i] ? [] : [`${i} moved`];
        const moved = bitOf(values[i]! - gradient[i]!);
        // Devices may take a subnormal number for 0, and any bits of a NaN.
        return bits === moved || Math.abs(gradient[i]!) < 2 ** -126 || Number.isNaN(gradient[i]!) ? [] : [`${i} did not move as it should`];
      });
      expect(wrong.slice(0, 5)).toEqual([]);
      const all = await arena.values.read();
      const inside = new Set(arena.segments.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i)));
      expect([...all].every((value, i) => inside.has(i) || value === 0)).toBe(true);
    }, 35));

  test('with distinct gradients exactly ⌈p N⌉ change', () =>
    holds(fc.record({ sizes: fc.constantFrom([50], [7, 193], [1, 64, 500]), fraction: fc.constantFrom(0.003, 0.01, 0.25, 0.77, 1), seed: seeds }), async ({ sizes, fraction, seed }) => {
      using _scope = device.scope();
      const arena = arenaOf(sizes);
      feed(arena, seededValues(arena.size, 'spread', seed).map((g) => g + 0.001), 0);
      const before = await bitsOf(arena);
      new LazySGD(arena, { lr: 0.5, fraction }).step();
      const after = await bitsOf(arena);
      expect(after.filter((bits, i) => bits !== before[i])).toHaveLength(Math.ceil(fraction * arena.size));
    }, 12));

  test('NaN shows: it is larger than infinity, and takes its parameter with it', async () => {
    using _scope = device.scope();
    const arena = arenaOf([6], Float32Array.of(1, 2, 3, 4, 5, 6));
    feed(arena, [1, -Infinity, 9, NaN, 0, Infinity], 0);
    new LazySGD(arena, { lr: 1, fraction: 0.5 }).step();
    expect([...await arena.get('p0').read()]).toEqual([1, Infinity, 3, NaN, 5, -Infinity]);
  });
});

describe('beside SGD', () => {
  test.each([0, 0.1])('all of them is SGD, bit for bit, over several steps with weight decay %d', async (weightDecay) => {
    using _scope = device.scope();
    const [lazy, plain] = [arenaOf([3, 700, 65]), arenaOf([3, 700, 65])];
    const optimizers = [new LazySGD(lazy, { lr: 0.3, fraction: 1, weightDecay }), new SGD(plain, { lr: 0.3, weightDecay })];
    for (const kind of ['normal', 'ties', 'huge', 'tiny', 'zeros'] as const) {
      for (const arena of [lazy, plain]) feed(arena, seededValues(arena.size, kind, 4), 0);
      for (const optimizer of optimizers) optimizer.step();
      expect(await bitsOf(lazy)).toEqual(await bitsOf(plain));
    }
  });

  test('the squared distance is the sum of the chosen (lr g)²; of a normal distribution 1 % of the elements holds 8.45 % of all g²', async () => {
    using _scope = device.scope();
    const N = 40_000;
    // The quantiles of the distribution in the middle of N equal parts: the sample without its chance.
    const quantiles = Float32Array.from({ length: N }, (_, i) => normalQuantile((i + 0.5) / N));
    const shuffled = seededValues(N, 'spread', 3);
    const gradient = Float32Array.from(shuffled, (x) => quantiles[Math.round((x * N) / 4 + N / 2 - 0.5)]!);
    const arena = arenaOf([N - 10_001, 10_001], new Float32Array(N));
    feed(arena, gradient, 0);
    new LazySGD(arena, { lr: 0.5, fraction: 0.01 }).step();
    const moved = new Float32Array(Uint32Array.from(await bitsOf(arena)).buffer);
    const squares = (values: Iterable<number>): number => [...values].reduce((sum, x) => sum + x * x, 0);
    const chosen = largest(gradient, N / 100);
    expect(squares(moved)).toBe(squares([...gradient].map((g, i) => chosen.has(i) ? 0.5 * g : 0)));
    expect(squares(moved) / 0.25 / squares(gradient)).toBeCloseTo(0.0845, 3);
  });
});

/** By bisection of the distribution function, which is summed as a series (Marsaglia, 2004). */
function normalQuantile(p: number): number {
  let [low, high] = [-7, 7];
  for (let n = 0; n < 50; n++) {
    const x = (low + high) / 2;
    let [term, sum] = [x, x];
    for (let i = 3; sum !== sum + term && i < 400; i += 2) sum += (term *= (x * x) / i);
    if (0.5 + (sum * Math.exp(-(x * x) / 2)) / Math.sqrt(2 * Math.PI) < p) low = x;
    else high = x;
  }
  return low;
}

test('in a captured step: the same choice and bits as the eager one, with the learning rate of each replay', async () => {
  using _scope = device.scope();
  const [eager, captured] = [arenaOf([300]), arenaOf([300])];
  const optimizers = [eager, captured].map((arena) => new LazySGD(arena, { lr: 1, fraction: 0.2 }));
  const step = device.capture(() => optimizers[1]!.step());
  for (let i = 1; i <= 4; i++) {
    for (const arena of [eager, captured]) feed(arena, seededValues(300, 'normal', i), 0);
    for (const optimizer of optimizers) optimizer.lr = 1 / i;
    optimizers[0]!.step();
    step.replay();
    expect(await bitsOf(captured)).toEqual(await bitsOf(eager));
  }
  step.dispose();
});

test('a product that is whole but for its rounding is whole', () => {
  using _scope = device.scope();
  expect(0.07 * 100).toBeGreaterThan(7);
  const counts = ([[100, 0.07], [30, 0.1], [10, 0.25], [10, 1e-300], [7, 1], [3, 1 / 3]] as const).map(([size, fraction]) => new LazySGD(arenaOf([size]), { lr: 1, fraction }).count);
  expect(counts).toEqual([7, 3, 3, 1, 7, 1]);
});

test('it has no state', async () => {
  using _scope = device.scope();
  const optimizer = new LazySGD(arenaOf([3]), { lr: 1, fraction: 0.5 });
  expect((await optimizer.stateDict()).size).toBe(0);
  expect(() => optimizer.loadStateDict(new Map([['velocity', new Float32Array(64)]]))).toThrow(/velocity is unknown/);
});

test('options out of range are refused by name', () => {
  using _scope = device.scope();
  const arena = arenaOf([3]);
  for (const fraction of [0, -0.1, 1.01, NaN]) expectError(() => new LazySGD(arena, { lr: 1, fraction }), ConfigError, /fraction: expected a number in \(0, 1\]/, String(fraction));
  expectError(() => new LazySGD(arena, { lr: 0, fraction: 1 }), ConfigError, /lr/);
  expectError(() => new LazySGD(arena, { lr: 1, fraction: 1, weightDecay: -1 }), ConfigError, /weightDecay/);
  const optimizer = new LazySGD(arena, { lr: 1, fraction: 1 });
  optimizer.lr = NaN;
  expectError(() => optimizer.step(), ConfigError, /lr/);
});
