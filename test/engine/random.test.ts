import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { Generator, rand, randn } from '../../engine/index.ts';
import { philox4x32 } from '../reference/philox.ts';
import { holds } from '../support/arbitraries.ts';
import { testDevice } from '../support/device.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const high = (value: number): number => Math.floor(value / 2 ** 32);
/** Word `index` of a stream. */
const word = (seed: number, stream: number, index: number): number => philox4x32([Math.floor(index / 4), 0, stream >>> 0, high(stream)], [seed >>> 0, high(seed)])[index % 4]!;

test('uniform numbers are the upper 24 bits of the reference\'s words', () =>
  holds(fc.record({ seed: fc.maxSafeNat(), stream: fc.maxSafeNat(), length: fc.integer({ min: 1, max: 700 }) }), async ({ seed, stream, length }) => {
    using _scope = device.scope();
    const found = await rand(device, [length], new Generator(seed, stream)).read();
    expect(found.length).toBe(length);
    for (let i = 0; i < length; i++) expect(found[i]).toBe((word(seed, stream, i) >>> 8) * 2 ** -24);
  }, 15));

test('uniform numbers fill the interval that is asked for', async () => {
  using _scope = device.scope();
  const found = await rand(device, [4096], new Generator(3), -2, 5).read();
  for (let i = 0; i < found.length; i++) expect(Math.abs(found[i]! - (-2 + 7 * (word(3, 0, i) >>> 8) * 2 ** -24))).toBeLessThan(1e-6);
});

test('normal numbers are the quantiles of the reference\'s words', async () => {
  using _scope = device.scope();
  const found = await randn(device, [4096], new Generator(11)).read();
  for (let i = 0; i < found.length; i++) {
    // The distribution's own value where the number lies is the uniform number that it was made of.
    const u = ((word(11, 0, i) >>> 9) + 0.5) * 2 ** -23;
    expect(Math.abs(normalDistribution(found[i]!) - u)).toBeLessThan(1e-6);
  }
});

/** Cumulative distribution of the standard normal: the series of its density, exact to 1e-12 where it is used. */
function normalDistribution(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 200; n++) total += (term *= x * x / (2 * n + 1));
  return 0.5 + total * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
}

describe('a large sample', () => {
  const SIZE = 1 << 16;

  test('of uniform numbers is uniform', async () => {
    using _scope = device.scope();
    const sorted = [...await rand(device, [SIZE], new Generator(1)).read()].sort((a, b) => a - b);
    expect(kolmogorovSmirnov(sorted, (x) => x)).toBeLessThan(1.6 / Math.sqrt(SIZE));
    expect(sorted[0]).toBeGreaterThanOrEqual(0);
    expect(sorted.at(-1)).toBeLessThan(1);
  });

  test('of normal numbers is normal, with the right moments', async () => {
    using _scope = device.scope();
    const sample = [...await randn(device, [SIZE], new Generator(2), 3, 0.5).read()].map((x) => (x - 3) / 0.5);
    const moment = (power: number): number => sample.reduce((total, x) => total + x ** power, 0) / SIZE;
    // Five standard errors each: those of the mean of x, x^2, x^3, x^4.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / SIZE));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / SIZE));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / SIZE));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / SIZE));
    expect(kolmogorovSmirnov(sample.sort((a, b) => a - b), normalDistribution)).toBeLessThan(1.6 / Math.sqrt(SIZE));
  });

  test('neighbours and streams are not correlated', async () => {
    using _scope = device.scope();
    const generator = new Generator(4);
    const [a, b] = [await rand(device, [SIZE], generator).read(), await rand(device, [SIZE], generator).read()];
    const correlation = (p: ArrayLike<number>, q: ArrayLike<number>, shift: number): number => {
      let total = 0;
      for (let i = 0; i + shift < SIZE; i++) total += (p[i]! - 0.5) * (q[i + shift]! - 0.5);
      return total * 12 / SIZE;
    };
    for (const found of [correlation(a, a, 1), correlation(a, a, 4), correlation(a, b, 0)]) expect(Math.abs(found)).toBeLessThan(5 / Math.sqrt(SIZE));
  });
});

function kolmogorovSmirnov(sorted: readonly number[], distribution: (x: number) => number): number {
  return sorted.reduce((most, x, i) => Math.max(most, Math.abs(distribution(x) - i / sorted.length), Math.abs(distribution(x) - (i + 1) / sorted.length)), 0);
}

describe('Generator', () => {
  test('the same seed gives the same bits, another seed or stream others', async () => {
    using _scope = device.scope();
    for (const draw of [rand, randn]) {
      const bits = async (generator: Generator): Promise<string> => String(new Uint32Array((await draw(device, [257], generator).read()).buffer));
      const first = await bits(new Generator(5));
      expect(await bits(new Generator(5))).toBe(first);
      expect(await bits(new Generator(6))).not.toBe(first);
      expect(await bits(new Generator(5, 1))).not.toBe(first);
      expect(await bits(new Generator(5 + 2 ** 32))).not.toBe(first);
    }
  });

  test('a tensor starts like a longer one of the same stream', async () => {
    using _scope = device.scope();
    const long = await randn(device, [1000], new Generator(7)).read();
    expect([...await randn(device, [3, 11], new Generator(7)).read()]).toEqual([...long.slice(0, 33)]);
  });

  test('its state, given back, continues where it stopped', async () => {
    using _scope = device.scope();
    const generator = new Generator(8);
    rand(device, [4], generator);
    const resumed = new Generator(8, generator.state);
    expect(await rand(device, [9], resumed).read()).toEqual(await rand(device, [9], generator).read());
    expect(generator.state).toBe(2);
  });
});
