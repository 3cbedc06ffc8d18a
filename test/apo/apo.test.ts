import { describe, expect, test } from 'vitest';
import { APO } from 'lazygrad/apo';
import { CheckpointError, ConfigError } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { Bench, bits } from './support.ts';

const device = await testDevice();

/** Values with a mean a thousand times their deviation, over several blocks and a ragged end. */
function nearlyConstant(length: number): number[] {
  return Array.from({ length }, (_, i) => Math.fround(1000 + Math.sin(i * 12.9898) * 1.4));
}

describe('thresholds', () => {
  test.each([2, 63, 64, 1000, 1024, 1025, 5003])('mean and deviation of %i values agree with float64', async (length) => {
    using _scope = device.scope();
    const g = nearlyConstant(length);
    const bench = new Bench(device, [[1, 2, 3], g.map(() => 0)], ['a'], { lr: 1, beta: 0, k: 3 });
    bench.step('a', [[0, 0, 0], g]);
    const mean = g.reduce((a, b) => a + b, 0) / length;
    const deviation = Math.sqrt(g.reduce((a, b) => a + (b - mean) ** 2, 0) / (length - 1));
    const got = (await bench.apo.thresholds()).get('p1')!;
    // The threshold is near 1000, where float32 resolves 6e-5.
    expect(Math.abs(got - (mean + 3 * deviation))).toBeLessThan(2e-4);
  });
});

describe('shares', () => {
  test('owned, protected and unclaimed add up to one, and equal a count on the host', async () => {
    using _scope = device.scope();
    const bench = new Bench(device, [Array.from({ length: 70 }, (_, i) => i), [1, 2, 3, 4, 5]], ['a', 'b'], { lr: 0.1 });
    bench.step('a', [Array.from({ length: 70 }, (_, i) => i % 7), [9, 0, 0, 0, 1]]);
    bench.step('b', [Array.from({ length: 70 }, (_, i) => (i % 11) - 5), [0, 9, 0, 0, 9]]);
    const owners = await bench.owners();
    const shares = await bench.apo.ownership();
    const share = (owner: number): number => owners.filter((o) => o === owner).length / 75;
    expect(share(1)).toBeGreaterThan(0);
    expect(share(2)).toBeGreaterThan(0);
    expect(shares.total).toBe(75);
    expect(shares.unclaimed).toBeCloseTo(share(0), 12);
    shares.owned.forEach((owned, t) => {
      expect(owned).toBeCloseTo(share(t + 1), 12);
      expect(owned + shares.protected[t]! + shares.unclaimed).toBeCloseTo(1, 12);
    });
    expect(shares.tensors.map(({ name, counts }) => [name, counts.reduce((a, b) => a + b, 0)])).toEqual([['p0', 70], ['p1', 5]]);
  });
});

test('a tensor of one element is trained by every task and claimed by none', async () => {
  using _scope = device.scope();
  const bench = new Bench(device, [[5], [1, 2, 3, 4]], ['a', 'b'], { lr: 0.5 });
  bench.step('a', [[2], [8, 0, 0, 0]]);
  bench.step('b', [[-4], [0, 0, 0, 0]]);
  expect((await bench.theta())[0]).toBe(6);
  expect((await bench.owners())[0]).toBe(0);
  expect((await bench.apo.ownership()).total).toBe(4);
});

test('state saved and loaded goes on with the same bits', async () => {
  using _scope = device.scope();
  const start = [[1, 2, 3, 4, 5, 6]];
  const gradients = [[8, 0, 1, -4, 0.3, 0], [0.1, 9, -2, 4, 0, 1], [3, 3, 0, 0, -8, 1]];
  const whole = new Bench(device, start, ['a', 'b'], { lr: 0.3 });
  const first = new Bench(device, start, ['a', 'b'], { lr: 0.3 });
  for (const bench of [whole, first]) {
    bench.step('a', [gradients[0]!]);
    bench.apo.endEpoch();
    bench.step('b', [gradients[1]!]);
  }
  const second = new Bench(device, start, ['a', 'b'], { lr: 0.3 });
  second.arena.loadStateDict(await first.arena.stateDict());
  second.apo.loadStateDict(await first.apo.stateDict());
  for (const bench of [whole, second]) bench.step('a', [gradients[2]!]);
  expect(bits(await second.theta())).toEqual(bits(await whole.theta()));
  expect(await second.owners()).toEqual(await whole.owners());
  expect(() => second.apo.loadStateDict(new Map())).toThrow(CheckpointError);
});

test('a step is three dispatches, whatever the number of tensors', () => {
  using _scope = device.scope();
  const bench = new Bench(device, Array.from({ length: 9 }, () => [1, 2, 3]), ['a'], { lr: 1 });
  const before = device.counters.dispatches;
  bench.apo.step('a');
  expect(device.counters.dispatches - before).toBe(3);
  device.submit();
});

describe('options', () => {
  const bench = new Bench(device, [[1, 2]], ['a'], { lr: 1 });
  test.each([
    [{ lr: 0 }, /lr: expected a number above 0, got 0/],
    [{ lr: 1, beta: 1 }, /beta: expected a number in \[0, 1\), got 1/],
    [{ lr: 1, damping: 0.5 }, /damping/],
    [{ lr: 1, mu: NaN }, /mu: .* got NaN/],
    [{ lr: 1, momentum: 0.9 }, /no option momentum; there are: lr, k, beta/],
    [{ lr: 1, statistic: 'median' as 'signed' }, /magnitude or signed, got median/],
  ])('%o is refused', (options, message) => {
    expect(() => new APO(bench.arena, ['a'], options)).toThrow(ConfigError);
    expect(() => new APO(bench.arena, ['a'], options)).toThrow(message);
  });

  test('task names must differ, and be known', () => {
    expect(() => new APO(bench.arena, ['a', 'a'], { lr: 1 })).toThrow(/differ, got: a, a/);
    expect(() => bench.apo.step('x')).toThrow(/no task x; there are: a/);
  });
});
