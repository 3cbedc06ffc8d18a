import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { add, affine, backward, div, exp, log, mul, neg, relu, sub, sum, tensor } from '../../engine/index.ts';
import { ADD, affineReference, DIV, EXP, LOG, MUL, RELU, SUB, unaryReference } from '../reference/broadcast.ts';
import { broadcastPairs, holds, kinds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { check, checkSecond, ofAbsolutes } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { positive, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const BINARY: Record<string, Subject> = {
  add: { run: ([a, b]) => add(a!, b!), reference: ADD },
  sub: { run: ([a, b]) => sub(a!, b!), reference: SUB, magnitude: ofAbsolutes(ADD) },
  mul: { run: ([a, b]) => mul(a!, b!), reference: MUL },
};
// WGSL allows a quotient 2.5 units in the last place; the derivative by the divisor takes two of them and a product.
const QUOTIENT: Subject = { run: ([a, b]) => div(a!, b!), reference: DIV, magnitude: ofAbsolutes(DIV), rounding: 1.5e-6 };

// Where WGSL allows more than rounding: exp 3 + 2 |x| units in the last place; log an absolute 2^-21 between 0.5 and 2.
const UNARY: Record<string, Subject> = {
  affine: { run: ([x]) => affine(x!, -2.5, 0.75), reference: affineReference(-2.5, 0.75), magnitude: ofAbsolutes(affineReference(2.5, 0.75)) },
  neg: { run: ([x]) => neg(x!), reference: affineReference(-1, 0), rounding: 0 },
  relu: { run: ([x]) => relu(x!), reference: RELU, rounding: 0 },
  exp: { run: ([x]) => exp(x!), reference: EXP, magnitude: EXP, rounding: 2e-6 },
  log: { run: ([x]) => log(x!), reference: LOG, magnitude: unaryReference((x) => Math.max(1, Math.abs(Math.log(x))), (x) => 1 / x), rounding: 6e-7 },
};
const inputFor = (name: string, shape: readonly number[], seed: number): ReturnType<typeof values> => name === 'log' ? positive(shape, seed) : values(shape, 'spread', seed);

describe.each(Object.keys(BINARY))('%s', (name) => {
  test('equals the reference for all broadcasts, layouts and values', () =>
    holds(fc.record({ pair: broadcastPairs(4, 17), kind: kinds, left: layouts, right: layouts, seed: seeds }), async ({ pair: [a, b], kind, left, right, seed }) =>
      check(device, BINARY[name]!, [values(a, kind, seed), values(b, kind, seed + 1)], { layouts: [left, right], seed })));
});

test('div equals the reference for all broadcasts and layouts', () =>
  holds(fc.record({ pair: broadcastPairs(4, 17), left: layouts, right: layouts, seed: seeds }), async ({ pair: [a, b], left, right, seed }) =>
    check(device, QUOTIENT, [values(a, 'normal', seed), positive(b, seed + 1)], { layouts: [left, right], seed })));

describe.each(Object.keys(UNARY))('%s', (name) => {
  test('equals the reference for all shapes and layouts', () =>
    holds(fc.record({ shape: shapes({ min: 0, max: 4 }, 17), layout: layouts, seed: seeds }), async ({ shape, layout, seed }) =>
      check(device, UNARY[name]!, [inputFor(name, shape, seed)], { layouts: [layout], seed, differences: shape.reduce((a, b) => a * b, 1) < 60 })));

  test('has the right second derivative', () => checkSecond(device, UNARY[name]!, [inputFor(name, [3, 5], 4)], { layouts: ['permuted'] }));
});

describe.each(Object.keys({ ...BINARY, div: QUOTIENT }))('%s', (name) => {
  test('has the right derivatives of both orders where it broadcasts', async () => {
    const inputs = [values([3, 1, 4], 'spread', 1), positive([2, 1], 2)];
    const subject = BINARY[name] ?? QUOTIENT;
    await check(device, subject, inputs, { differences: true });
    await checkSecond(device, subject, inputs, { layouts: ['gaps', 'plain'] });
  });
});

test('an operand may be both sides of an operation', () =>
  checkSecond(device, { run: ([x]) => mul(x!, x!), reference: unaryReference((x) => x * x, (x) => 2 * x) }, [values([7], 'spread', 3)]));

describe('as IEEE 754 says', () => {
  const compute = async (f: (x: ReturnType<typeof tensor>) => ReturnType<typeof tensor>, x: number[]): Promise<number[]> => {
    using _scope = device.scope();
    return [...await f(tensor(device, x)).read()];
  };

  test('relu lets NaN through and turns negative infinity into 0', async () => {
    expect(await compute(relu, [NaN, Infinity, -Infinity, -0, 1, -1, 0])).toEqual([NaN, Infinity, 0, 0, 1, 0, 0]);
  });

  test('log of 0 is negative infinity, of a negative number NaN', async () => {
    expect(await compute(log, [0, Infinity, -1, NaN, 1])).toEqual([-Infinity, Infinity, NaN, NaN, 0]);
  });

  test('log of subnormal numbers is no infinity', async () => {
    expectClose(await compute(log, [1e-40, 2 ** -149, 2 ** -126]), [Math.log(Math.fround(1e-40)), -149 * Math.LN2, -126 * Math.LN2], { rtol: 1e-6 });
  });

  test('exp saturates to infinity and 0', async () => {
    expect(await compute(exp, [1000, -1000, Infinity, -Infinity, NaN, 0])).toEqual([Infinity, 0, Infinity, 0, NaN, 1]);
  });

  test('sums and products', async () => {
    expect(await compute((x) => add(x, tensor(device, [-Infinity, 1, NaN, 3e38])), [Infinity, Infinity, 1, 3e38])).toEqual([NaN, Infinity, NaN, Infinity]);
    expect(await compute((x) => mul(x, tensor(device, [0, -1, NaN, 3e38])), [Infinity, Infinity, 1, 3e38])).toEqual([NaN, -Infinity, NaN, Infinity]);
    expect(await compute((x) => sub(x, tensor(device, [Infinity, 1])), [Infinity, -Infinity])).toEqual([NaN, -Infinity]);
    expect(await compute((x) => div(x, tensor(device, [0, 0, 0, Infinity])), [1, -1, 0, 1])).toEqual([Infinity, -Infinity, NaN, 0]);
  });

  test('the gradient of relu is 0 at 0 and below, and NaN does not hide it elsewhere', async () => {
    using _scope = device.scope();
    const x = tensor(device, [-1, 0, 2, NaN], [4], { requiresGrad: true });
    backward(sum(relu(x)));
    expect((await x.grad!.read()).slice(0, 3)).toEqual(new Float32Array([0, 0, 1]));
  });
});
