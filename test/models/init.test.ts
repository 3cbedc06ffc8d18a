import { expect, test } from 'vitest';
import { allOnes, allZeros, kaimingNormal, kaimingUniform, normal, truncatedNormal, uniform, xavierNormal, xavierUniform } from 'lazygrad/models';
import { ConfigError, Generator } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

const device = await testDevice();
const COUNT = 8000;
const FREE = [-Infinity, Infinity] as const;

/** Mean and deviation of a standard normal variable between bounds, by summation. */
function truncatedMoments(low: number, high: number): readonly [number, number] {
  const cells = Array.from({ length: 20_000 }, (_, i) => low + (high - low) * (i + 0.5) / 20_000);
  const mass = cells.map((x) => Math.exp(-x * x / 2));
  const total = mass.reduce((a, b) => a + b, 0);
  const moment = (power: number): number => cells.reduce((sum, x, i) => sum + mass[i]! * x ** power, 0) / total;
  return [moment(1), Math.sqrt(moment(2) - moment(1) ** 2)];
}

const [, both] = truncatedMoments(-2, 2);
const [off, narrow] = truncatedMoments(0.5, 1);
const [above, tail] = truncatedMoments(1.5, 6);

// Of a uniform distribution on ±b the deviation is b / sqrt(3).
test.each([
  ['uniform', uniform(2, 5), 3.5, 3 / Math.sqrt(12), [2, 5]],
  ['kaimingUniform', kaimingUniform(24), 0, 1 / Math.sqrt(24) / Math.sqrt(3), [-1 / Math.sqrt(24), 1 / Math.sqrt(24)]],
  ['kaimingUniform before relu', kaimingUniform(24, 0), 0, Math.sqrt(2 / 24), [-0.5, 0.5]],
  ['xavierUniform', xavierUniform(20, 4, 2), 0, 2 * Math.sqrt(2 / 24), [-1, 1]],
  ['xavierNormal', xavierNormal(20, 30), 0, 0.2, FREE],
  ['xavierNormal with a gain', xavierNormal(20, 30, 3), 0, 0.6, FREE],
  ['kaimingNormal', kaimingNormal(50), 0, 0.2, FREE],
  ['kaimingNormal before a leaky relu', kaimingNormal(50, 1), 0, Math.sqrt(1 / 50), FREE],
  ['normal', normal(0.5, 3), 3, 0.5, FREE],
  ['truncatedNormal', truncatedNormal(1), 0, both, [-2, 2]],
  ['truncatedNormal far from its bounds', truncatedNormal(0.02), 0, 0.02, FREE],
  ['truncatedNormal on one side', truncatedNormal(3, { mean: 1, low: 2.5, high: 4 }), 1 + 3 * off, 3 * narrow, [2.5, 4]],
  ['truncatedNormal of a tail', truncatedNormal(1, { low: 1.5, high: Infinity }), above, tail, [1.5, Infinity]],
  ['allZeros', allZeros, 0, 0, [0, 0]],
  ['allOnes', allOnes, 1, 0, [1, 1]],
] as const)('%s: its mean, deviation and bounds; the same for the same seed', async (_, init, mean, deviation, [low, high]) => {
  using _scope = device.scope();
  const drawn = [...await init(device, [COUNT], new Generator(3)).read()];
  const average = drawn.reduce((a, b) => a + b, 0) / COUNT;
  const spread = Math.sqrt(drawn.reduce((total, v) => total + (v - average) ** 2, 0) / COUNT);
  expect(Math.abs(average - mean)).toBeLessThanOrEqual(4 * deviation / Math.sqrt(COUNT));
  expect(Math.abs(spread - deviation)).toBeLessThanOrEqual(0.04 * deviation);
  const [least, most] = [drawn.reduce((a, b) => Math.min(a, b)), drawn.reduce((a, b) => Math.max(a, b))];
  const width = high - low;
  expect(least).toBeGreaterThanOrEqual(Math.fround(low));
  expect(most).toBeLessThanOrEqual(Math.fround(high));
  if (low > -Infinity) expect(least - low).toBeLessThanOrEqual(0.005 * Math.min(width, 1));
  if (high < Infinity) expect(high - most).toBeLessThanOrEqual(0.005 * Math.min(width, 1));
  expect([...await init(device, [COUNT], new Generator(3)).read()]).toEqual(drawn);
  if (deviation > 0) expect([...await init(device, [COUNT], new Generator(4)).read()]).not.toEqual(drawn);
});

test.each([[1, { low: 2, high: 2 }], [0, {}], [1, { mean: 4.1 }], [NaN, {}], [1, { mean: NaN }]])('truncatedNormal of deviation %d, %o: refused', (deviation, options) => {
  expectError(() => truncatedNormal(deviation, options)(device, [4], new Generator(1)), ConfigError, 'truncatedNormal');
});
