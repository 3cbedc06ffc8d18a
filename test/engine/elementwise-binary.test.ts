import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { DTypeError, grad, maximum, minimum, pow, ShapeError, tensor } from '../../engine/index.ts';
import { binaryReference } from '../reference/broadcast.ts';
import { MAXIMUM, MINIMUM, POW, power } from '../reference/functions.ts';
import { broadcastPairs, holds, kinds, layouts, seeds } from '../support/arbitraries.ts';
import { check, checkSecond, ofAbsolutes } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { positive, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const EXTREMES: Record<string, Subject> = {
  minimum: { run: ([a, b]) => minimum(a!, b!), reference: MINIMUM, magnitude: ofAbsolutes(binaryReference((p, q) => Math.max(p, q), () => 1, () => 1)) },
  maximum: { run: ([a, b]) => maximum(a!, b!), reference: MAXIMUM, magnitude: ofAbsolutes(binaryReference((p, q) => Math.max(p, q), () => 1, () => 1)) },
};

// exp(q log p) multiplies the rounding of the logarithm by |q log p|.
const grows = (p: number, q: number): number => 1 + Math.abs(q * Math.log(p));
const POWER: Subject = {
  run: ([a, b]) => pow(a!, b!),
  reference: POW,
  magnitude: ofAbsolutes(binaryReference(
    (p, q) => grows(p, q) * p ** q + grows(p, -q) * p ** -q,
    (p, q) => grows(p, q + 1) * q * (p ** (q - 1) + p ** (-q - 1)),
    (p, q) => grows(p, q) * (1 + Math.abs(Math.log(p))) * (p ** q + p ** -q),
  )),
};

describe.each(Object.keys(EXTREMES))('%s', (name) => {
  test('equals the reference for all broadcasts, layouts and values', () =>
    holds(fc.record({ pair: broadcastPairs(4, 17), kind: kinds, left: layouts, right: layouts, seed: seeds }), async ({ pair: [a, b], kind, left, right, seed }) =>
      check(device, EXTREMES[name]!, [values(a, kind, seed), values(b, kind, seed + 1)], { layouts: [left, right], seed })));

  test('has the right derivatives of both orders', async () => {
    const inputs = [values([3, 1, 4], 'spread', 1), values([2, 1], 'normal', 2)];
    await check(device, EXTREMES[name]!, inputs, { differences: true });
    await checkSecond(device, EXTREMES[name]!, inputs, { layouts: ['gaps', 'plain'] });
  });
});

describe('pow', () => {
  test('equals the reference for all broadcasts and layouts', () =>
    holds(fc.record({ pair: broadcastPairs(4, 17), left: layouts, right: layouts, seed: seeds }), async ({ pair: [a, b], left, right, seed }) =>
      check(device, POWER, [positive(a, seed), values(b, 'normal', seed + 1)], { layouts: [left, right], seed })));

  test('has the right derivatives of both orders', async () => {
    const inputs = [positive([3, 1, 4], 1, 0.5, 2), values([2, 1], 'normal', 2)];
    await check(device, POWER, inputs, { differences: true });
    await checkSecond(device, POWER, inputs, { layouts: ['gaps', 'plain'] });
  });

  test('a constant exponent gives what a tensor of it gives', async () => {
    using _scope = device.scope();
    const x = tensor(device, [-3, -0.5, 0, 0.5, 3]);
    for (const exponent of [-3, -0.5, 0, 1, 2, 2.5, 70]) expect(await pow(x, exponent).read()).toEqual(await pow(x, tensor(device, [exponent])).read());
  });
});

describe('as IEEE 754 says', () => {
  const X = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 2, -2, 0.5, -0.5, 1e-3, 1e20];
  const Y = [...X, 3, -3, -1.5, 63, -64, 65, 16_777_217];
  const compute = async (f: (a: Tensor, b: Tensor) => Tensor): Promise<Float32Array> => {
    using _scope = device.scope();
    return await f(tensor(device, X, [X.length, 1]), tensor(device, Y)).read() as Float32Array;
  };
  const expected = (f: (p: number, q: number) => number): number[] => X.flatMap((p) => Y.map((q) => {
    const y = Math.fround(f(p, Math.fround(q)));
    return Math.abs(y) < 2 ** -126 ? 0 * y : y;   // a device may flush what is subnormal
  }));

  test('pow', async () => {
    expectClose(await compute(pow), expected(power), { rtol: 1e-5 });
  });

  test('pow keeps the sign of zero and of infinity', async () => {
    const found = await compute(pow);
    const wanted = expected(power);
    found.forEach((y, i) => {
      if (wanted[i] !== 0 || X[Math.floor(i / Y.length)] === 0) expect(Object.is(Math.sign(y), Math.sign(wanted[i]!))).toBe(true);
    });
  });

  test('minimum and maximum pass a NaN on', async () => {
    expectClose(await compute(minimum), expected((p, q) => Math.min(p, q)));
    expectClose(await compute(maximum), expected((p, q) => Math.max(p, q)));
  });

  test('derivatives of pow at a base or exponent of 0', async () => {
    using _scope = device.scope();
    const a = tensor(device, [0, 0, 0, 3, -2, -2], [6], { requiresGrad: true });
    const b = tensor(device, [0, 1, 2, 0, 2, 3], [6], { requiresGrad: true });
    const [byA, byB] = grad(pow(a, b), [a, b], { gradient: tensor(device, [1, 1, 1, 1, 1, 1]), createGraph: true });
    expect([...await byA!.read()]).toEqual([0, 1, 0, 0, -4, 12]);
    expectClose(await byB!.read(), [0, 0, 0, Math.log(3), NaN, NaN], { rtol: 1e-6 });
    const second = grad(byA!, [a], { gradient: tensor(device, [1, 1, 1, 1, 1, 1]) })[0]!;
    expect([...(await second.read()).slice(1)].map((x) => x + 0)).toEqual([0, 2, 0, 2, -12]);
  });

  test('equal operands share the gradient', async () => {
    using _scope = device.scope();
    const a = tensor(device, [1, 2, Infinity], [3], { requiresGrad: true });
    const b = tensor(device, [1, 3, Infinity], [3], { requiresGrad: true });
    for (const [f, byA] of [[minimum, [0.5, 1, 0.5]], [maximum, [0.5, 0, 0.5]]] as const) {
      const [p, q] = grad(f(a, b), [a, b], { gradient: tensor(device, [1, 1, 1]) });
      expect([...await p!.read()]).toEqual(byA);
      expect([...await q!.read()]).toEqual(byA.map((g) => 1 - g));
    }
  });
});

test('operands that do not fit are refused', () => {
  using _scope = device.scope();
  for (const [name, f] of [['pow', pow], ['minimum', minimum], ['maximum', maximum]] as const) {
    expectError(() => f(tensor(device, [1, 2]), tensor(device, [1, 2, 3])), ShapeError, name, '[2]', '[3]');
    expectError(() => f(tensor(device, [1]), tensor(device, new Int32Array(1))), DTypeError, name, 'float32', 'int32');
  }
});
