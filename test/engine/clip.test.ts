import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { accumulate, clipGradNorm, ConfigError, Generator, ParameterArena, randn, tensor } from '../../engine/index.ts';
import { holds, seeds } from '../support/arbitraries.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

/** An arena with these gradients, one parameter for each list. */
function arenaWith(...gradients: ArrayLike<number>[]): ParameterArena {
  const arena = new ParameterArena(device, gradients.map((list, i) => ({ name: `p${i}`, shape: [list.length], init: randn })), new Generator(1));
  gradients.forEach((list, i) => accumulate(arena.get(`p${i}`).grad!, tensor(device, Float32Array.from(list))));
  return arena;
}

const norm = (all: readonly number[]): number => {
  const largest = all.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest === 0 ? 0 : largest * Math.sqrt(all.reduce((sum, value) => sum + (value / largest) ** 2, 0));
};
const gradientsOf = async (arena: ParameterArena): Promise<number[]> => (await Promise.all(arena.segments.map(async ({ name }) => [...await arena.get(name).grad!.read()]))).flat();

test('norm and clipped gradients equal the reference, from tiny to huge values', () =>
  holds(fc.record({ sizes: fc.array(fc.constantFrom(1, 3, 64, 65, 1000), { minLength: 1, maxLength: 3 }), scale: fc.constantFrom(1e-30, 1e-20, 1e-12, 1, 1e12, 1e20, 1e34), ratio: fc.constantFrom(0.01, 0.5, 2), seed: seeds }), async ({ sizes, scale, ratio, seed }) => {
    using _scope = device.scope();
    const lists = sizes.map((size, i) => Float32Array.from(values([size], 'normal', seed + i).data, (v) => v * scale));
    const flat = lists.flatMap((list) => [...list]);
    const expected = norm(flat);
    const maxNorm = ratio * expected;
    const arena = arenaWith(...lists);
    const found = clipGradNorm(arena, maxNorm);
    expect(found.shape).toEqual([]);
    expectClose([await found.item()], [expected], { rtol: 2e-6 });
    const factor = Math.min(1, maxNorm / (expected + 1e-6));
    expectClose(await gradientsOf(arena), flat.map((v) => v * factor), { rtol: 3e-6, atol: 2 ** -126 });
  }, 40));

test('values of all magnitudes together', async () => {
  using _scope = device.scope();
  for (const list of [[3e-20, 4e-20], [1e-12, 1e-13], [3, 4, 1e-30], [1e-12, 2e-12, 9e-13, 3e-13], [1e12, 1.5e12, 1e11], [3e37, 4e37, 1, 1e-30], [3.4e38], [1e-37]]) {
    const rounded = [...Float32Array.from(list)];
    expectClose([await clipGradNorm(arenaWith(list), 1).item()], [norm(rounded)], { rtol: 1e-6 });
  }
});

test('the largest gradients are clipped to the norm asked for', async () => {
  using _scope = device.scope();
  const arena = arenaWith([3e38, -1e38]);
  clipGradNorm(arena, 1);
  expectClose(await gradientsOf(arena), [3 / Math.sqrt(10), -1 / Math.sqrt(10)], { rtol: 2e-6 });
});

test('gradients within the norm keep their bits, zeros stay zeros', async () => {
  using _scope = device.scope();
  const list = [0.1, -0.7, 1e-20];
  const arena = arenaWith(list);
  clipGradNorm(arena, 1);
  expect(await gradientsOf(arena)).toEqual([...Float32Array.from(list)]);
  const nothing = arenaWith([0, 0]);
  expect(await clipGradNorm(nothing, 1).item()).toBe(0);
  expect(await gradientsOf(nothing)).toEqual([0, 0]);
  clipGradNorm(arena, Infinity);
  expect(await gradientsOf(arena)).toEqual([...Float32Array.from(list)]);
});

test('large arenas take a few dispatches and give the same bits twice', async () => {
  using _scope = device.scope();
  const list = Float32Array.from(values([70_001], 'normal', 3).data);
  const [one, other] = [arenaWith(list), arenaWith(list)];
  const before = device.counters.dispatches;
  const found = await clipGradNorm(one, 1).item();
  expect(device.counters.dispatches - before).toBe(5);
  expectClose([found], [norm([...list])], { rtol: 1e-6 });
  expect(await clipGradNorm(other, 1).item()).toBe(found);
  expect(await other.gradients.read()).toEqual(await one.gradients.read());
});

test('what is not finite shows, and the gaps stay zero', async () => {
  using _scope = device.scope();
  const infinite = arenaWith([1, Infinity, 0], [2]);
  expect(await clipGradNorm(infinite, 1).item()).toBe(Infinity);
  expect(await gradientsOf(infinite)).toEqual([0, NaN, 0, 0]);
  for (const bad of [NaN, -NaN]) {
    const arena = arenaWith([1, bad, 0], [2, Infinity]);
    expect(await clipGradNorm(arena, 1).item()).toBeNaN();
    expect(await gradientsOf(arena)).toEqual([NaN, NaN, 0, NaN, NaN]);
    const all = await arena.gradients.read();
    expect(new Set([...all.subarray(3, 64), ...all.subarray(66)])).toEqual(new Set([0]));
  }
});

test('a limit out of range is refused', () => {
  using _scope = device.scope();
  const arena = arenaWith([1]);
  for (const maxNorm of [0, -1, NaN]) expectError(() => clipGradNorm(arena, maxNorm), ConfigError, 'maxNorm', String(maxNorm));
});
