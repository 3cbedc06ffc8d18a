/** Dropout and random marks. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { accumulate, bernoulli, checkpoint, ConfigError, dropout, DTypeError, Generator, grad, mul, ShapeError, sum, tensor, zeros } from '../../engine/index.ts';
import { build, count, map } from '../reference/array.ts';
import { philox4x32 } from '../reference/philox.ts';
import { holds, layouts, seeds, shapes } from '../support/arbitraries.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { constant, leaf } from '../support/layout.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const ones = (...shape: number[]): Tensor => tensor(device, new Float32Array(count(shape)).fill(1), shape, { requiresGrad: true });

describe('bernoulli', () => {
  test('marks what Philox says', async () => {
    using _scope = device.scope();
    const found = await bernoulli(device, [3, 7], 0.3, new Generator(5, 2)).read();
    const word = (at: number): number => philox4x32([Math.floor(at / 4), 0, 2, 0], [5, 0])[at % 4]!;
    expect([...found]).toEqual(Array.from({ length: 21 }, (_, at) => word(at) / 2 ** 32 < 0.3 ? 1 : 0));
  });

  test('never at 0, always at 1', async () => {
    using _scope = device.scope();
    for (const p of [0, 1]) expect(new Set(await bernoulli(device, [5000], p, new Generator(1)).read())).toEqual(new Set([p]));
    expect(bernoulli(device, [0, 3], 0.5, new Generator(1)).shape).toEqual([0, 3]);
  });

  test.each([0.01, 0.5, 0.9])('as often as it should: %d', async (p) => {
    using _scope = device.scope();
    const size = 40_000;
    const found = (await bernoulli(device, [size], p, new Generator(7)).read()).filter((v) => v === 1).length;
    // Four standard deviations of the binomial distribution; the seed is fixed.
    expect(Math.abs(found - size * p)).toBeLessThan(4 * Math.sqrt(size * p * (1 - p)));
  });

  test('refuses what is no probability', () => {
    for (const p of [-0.1, 1.1, NaN]) expectError(() => bernoulli(device, [2], p, new Generator(1)), ConfigError, 'bernoulli', String(p));
    expectError(() => bernoulli(device, [-1], 0.5, new Generator(1)), ShapeError);
  });
});

describe('dropout', () => {
  test('drops where the marks are, and divides the rest by 1 - p exactly', async () => {
    using _scope = device.scope();
    const x = values([30, 41], 'normal', 1);
    const marks = await bernoulli(device, [30, 41], 0.25, new Generator(3)).read();
    const found = await dropout(constant(device, x), 0.25, { generator: new Generator(3) }).read();
    expect([...found]).toEqual([...map(x, (v, at) => marks[at] === 1 ? v * 0 : Math.fround(v * Math.fround(1 / 0.75))).data]);
  });

  test.each([0.1, 0.5, 0.8])('keeps a share of 1 - %d', async (p) => {
    using _scope = device.scope();
    const size = 40_000;
    const found = await dropout(ones(size), p, { generator: new Generator(11) }).read();
    expect(Math.abs(found.filter((v) => v !== 0).length - size * (1 - p))).toBeLessThan(4 * Math.sqrt(size * p * (1 - p)));
  });

  test('forward, derivative and its derivative drop the same, however operand and cotangent are stored', () =>
    holds(fc.record({ shape: shapes({ min: 1, max: 4 }, 8), p: fc.constantFrom(0.2, 0.5, 0.9), layout: fc.tuple(layouts, layouts, layouts), seed: seeds }), async ({ shape, p, layout, seed }) => {
      using _scope = device.scope();
      const one = build(shape, () => 1);
      const x = leaf(device, one, layout[0], seed);
      const y = dropout(x, p, { generator: new Generator(seed) });
      const mask = await y.read();
      const [g, h] = [values(shape, 'normal', seed + 1), values(shape, 'normal', seed + 2)];
      const cotangent = leaf(device, g, layout[1], seed + 1);
      const scaled = (z: { data: Float64Array }): number[] => [...mask].map((m, at) => Math.fround(m * z.data[at]!) + 0);
      const plain = grad(y, [x], { gradient: cotangent })[0]!;
      expect([...await plain.read()].map((v) => v + 0)).toEqual(scaled(g));
      const first = grad(y, [x], { gradient: cotangent, createGraph: true })[0]!;
      expect([...await first.read()].map((v) => v + 0)).toEqual(scaled(g));
      // Linear in the cotangent, with the same factors again.
      const second = grad(sum(mul(first, constant(device, h, layout[2], seed))), [cotangent])[0]!;
      expect([...await second.read()].map((v) => v + 0)).toEqual(scaled(h));
      // And once more through the derivative's derivative.
      const third = grad(first, [cotangent], { gradient: leaf(device, h, layout[0], seed), createGraph: true })[0]!;
      expect([...await third.read()].map((v) => v + 0)).toEqual(scaled(h));
    }, 30));

  test('each call drops others, each seed too, and the same generator the same again', async () => {
    using _scope = device.scope();
    const x = ones(200);
    const draw = async (generator: Generator, times: number): Promise<string[]> => {
      const all: string[] = [];
      for (let i = 0; i < times; i++) all.push(String(await dropout(x, 0.5, { generator }).read()));
      return all;
    };
    const first = await draw(new Generator(1), 3);
    expect(new Set([...first, ...await draw(new Generator(2), 3)]).size).toBe(6);
    expect(await draw(new Generator(1), 3)).toEqual(first);
    expect(await draw(new Generator(1, 1), 2)).toEqual(first.slice(1));
  });

  test('gives the operand itself where nothing is dropped, and draws nothing', () => {
    using _scope = device.scope();
    const [x, generator] = [ones(3), new Generator(1)];
    expect(dropout(x, 0, { generator })).toBe(x);
    expect(dropout(x, 0.5, { generator, training: false })).toBe(x);
    expect(generator.state).toBe(0);
    expect(dropout(zeros(device, [0, 4]), 0.5, { generator }).shape).toEqual([0, 4]);
  });

  test('captured: others at every replay, bit for bit those of the eager step', async () => {
    using _scope = device.scope();
    const make = (): { x: Tensor; found: Tensor; gradient: Tensor; generator: Generator } => ({ x: tensor(device, Float32Array.from(values([5, 13], 'normal', 1).data), [5, 13], { requiresGrad: true }), found: zeros(device, [5, 13]), gradient: zeros(device, [5, 13]), generator: new Generator(9) });
    const step = ({ x, found, gradient, generator }: ReturnType<typeof make>): void => {
      using _inner = device.scope();
      const y = dropout(dropout(x, 0.4, { generator }), 0.3, { generator });
      accumulate(found, y.detach());
      accumulate(gradient, grad(sum(mul(y, y)), [x])[0]!);
      accumulate(gradient, bernoulli(device, [5, 13], 0.5, generator));
    };
    const [eager, captured] = [make(), make()];
    const recorded = device.capture(() => step(captured));
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      step(eager);
      recorded.replay();
      for (const name of ['found', 'gradient'] as const) expect(await captured[name].read()).toEqual(await eager[name].read());
      seen.add(String(await captured.found.read()));
      expect(captured.generator.state).toBe(eager.generator.state);
    }
    expect(seen.size).toBe(4);
    recorded.dispose();
  });

  test('inside a checkpoint the second run drops the same', async () => {
    using _scope = device.scope();
    const x = ones(100);
    const y = checkpoint((t) => dropout(mul(t, t), 0.5, { generator: new Generator(4) }), x);
    const mask = await y.read();
    expectClose(await grad(sum(y), [x])[0]!.read(), mask.map((m) => 2 * m));
  });

  test('what is dropped is multiplied by 0', async () => {
    using _scope = device.scope();
    const x = tensor(device, new Float32Array(64).fill(Infinity));
    expect(new Set(await dropout(x, 0.5, { generator: new Generator(1) }).read())).toEqual(new Set([Infinity, NaN]));
  });

  test('refuses what does not fit', () => {
    using _scope = device.scope();
    const generator = new Generator(1);
    for (const p of [-0.1, 1, NaN]) expectError(() => dropout(ones(2), p, { generator }), ConfigError, 'dropout', String(p));
    expectError(() => dropout(tensor(device, new Int32Array(2)), 0.5, { generator }), DTypeError, 'dropout', 'int32');
  });
});
