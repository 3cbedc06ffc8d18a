import { expect, test } from 'vitest';
import { allOnes, allZeros, kaimingNormal, kaimingUniform, normal, xavierUniform } from 'lazygrad/models';
import { Generator } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();
const COUNT = 8000;

// Of a uniform distribution on ±b the deviation is b / sqrt(3).
test.each([
  ['kaimingUniform', kaimingUniform(24), 1 / Math.sqrt(24) / Math.sqrt(3), 0, 1 / Math.sqrt(24)],
  ['kaimingUniform before relu', kaimingUniform(24, 0), Math.sqrt(2 / 24), 0, 0.5],
  ['xavierUniform', xavierUniform(20, 4, 2), 2 * Math.sqrt(2 / 24), 0, 1],
  ['kaimingNormal', kaimingNormal(50), 0.2, 0, Infinity],
  ['kaimingNormal before a leaky relu', kaimingNormal(50, 1), Math.sqrt(1 / 50), 0, Infinity],
  ['normal', normal(0.5, 3), 0.5, 3, Infinity],
  ['allZeros', allZeros, 0, 0, 0],
  ['allOnes', allOnes, 0, 1, 1],
] as const)('%s: its mean, deviation and bound', async (_, init, deviation, mean, bound) => {
  using _scope = device.scope();
  const drawn = [...await init(device, [COUNT], new Generator(3)).read()];
  const average = drawn.reduce((a, b) => a + b, 0) / COUNT;
  const spread = Math.sqrt(drawn.reduce((total, v) => total + (v - average) ** 2, 0) / COUNT);
  expect(Math.abs(average - mean)).toBeLessThanOrEqual(4 * deviation / Math.sqrt(COUNT));
  expect(Math.abs(spread - deviation)).toBeLessThanOrEqual(0.04 * deviation);
  const largest = drawn.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
  if (bound < Infinity) expect(largest).toBeGreaterThanOrEqual(bound * 0.99);
});
