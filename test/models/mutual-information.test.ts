import { expect, test } from 'vitest';
import { mutualInformation, mutualInformationLoss } from 'lazygrad/models';
import type { Tensor } from '../../engine/index.ts';
import { ConfigError, ShapeError, grad, softmax, tensor, zeros } from '../../engine/index.ts';
import { build, filled, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import type { Reference } from '../reference/operation.ts';
import { check } from '../support/check.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { constant } from '../support/layout.ts';
import { positive, values } from '../support/values.ts';

const device = await testDevice();

/** By the definition. The derivative is that of the joint's elements moved each for itself. */
const REFERENCE: Reference = {
  forward: ([p]) => filled([], p!.data.reduce((total, v, at) => total + (v === 0 ? 0 : v * quotient(p!, at)), 0)),
  gradients: ([p], cotangent) => [map(p!, (_, at) => cotangent.data[0]! * (quotient(p!, at) - 1))],
};

function quotient(p: NDArray, at: number): number {
  const [tasks, experts] = p.shape as [number, number];
  const [t, e] = [Math.floor(at / experts), at % experts];
  let [row, column] = [0, 0];
  for (let i = 0; i < experts; i++) row += p.data[t * experts + i]!;
  for (let i = 0; i < tasks; i++) column += p.data[i * experts + e]!;
  return Math.log(p.data[at]! / (row * column));
}

test.each([[2, 4], [3, 5], [1, 3]])('%i tasks, %i experts: value and gradient by the definition, within its bounds', async (tasks, experts) => {
  // Far enough from 0 for central differences.
  const raw = positive([tasks, experts], 3, 2, 4);
  const total = raw.data.reduce((a, b) => a + b, 0);
  const joint = map(raw, (v) => Math.fround(v / total));
  const magnitude: Reference = { forward: () => filled([], 2), gradients: (_, g) => [filled(joint.shape, 4 * Math.abs(g.data[0]!))] };
  await check(device, { run: ([p]) => mutualInformation(p!), reference: REFERENCE, magnitude }, [joint], { differences: true });
  const value = REFERENCE.forward([joint]).data[0]!;
  expect(value).toBeGreaterThan(-1e-9);
  expect(value).toBeLessThanOrEqual(Math.log(Math.min(tasks, experts)) + 1e-9);
});

test('ln 2 for two tasks on experts of their own, 0 for none told apart; finite gradients at 0', async () => {
  using _scope = device.scope();
  const apart = tensor(device, [0.25, 0.25, 0, 0, 0, 0, 0.25, 0.25], [2, 4]);
  apart.requiresGrad = true;
  const information = mutualInformation(apart);
  expect(await information.item()).toBeCloseTo(Math.LN2, 6);
  expect([...await grad(information, [apart])[0]!.read()].every(Number.isFinite)).toBe(true);
  expect(await mutualInformation(constant(device, filled([2, 4], 0.125))).item()).toBeCloseTo(0, 6);
});

test('the loss is -weight times that of the mean probabilities, whatever the batches\' sizes', async () => {
  using _scope = device.scope();
  const batches = [softmax(constant(device, values([5, 4], 'normal', 1))), softmax(constant(device, values([3, 4], 'normal', 2)))];
  const means = await Promise.all(batches.map(async (p) => {
    const all = [...await p.read()];
    return Array.from({ length: 4 }, (_, e) => all.reduce((total, v, i) => total + (i % 4 === e ? v : 0), 0) / p.shape[0]!);
  }));
  const frequencies = [0.75, 0.25];
  const joint = build([2, 4], ([t, e]) => frequencies[t!]! * means[t!]![e!]!);
  expect(await mutualInformationLoss(batches, { weight: 0.5, frequencies }).item()).toBeCloseTo(-0.5 * REFERENCE.forward([joint]).data[0]!, 6);
});

const even = (): Tensor => zeros(device, [2, 4]);
test.each([
  ['a vector', () => mutualInformation(zeros(device, [4])), ShapeError],
  ['no tasks', () => mutualInformationLoss([], { weight: 1 }), ConfigError],
  ['a weight of 0', () => mutualInformationLoss([even()], { weight: 0 }), ConfigError],
  ['frequencies of too few tasks', () => mutualInformationLoss([even(), even()], { weight: 1, frequencies: [1] }), ConfigError],
  ['frequencies that sum to 2', () => mutualInformationLoss([even(), even()], { weight: 1, frequencies: [1, 1] }), ConfigError],
] as const)('%s: refused', (_, body, type) => {
  using _scope = device.scope();
  expectError(body, type, 'mutualInformation', 'expected');
});
