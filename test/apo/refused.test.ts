/** Steps whose gradient is not finite: nothing changes, and the next look throws. */
import { describe, expect, test } from 'vitest';
import type { APOOptions } from 'lazygrad/apo';
import { NumericsError } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectRejection } from '../support/errors.ts';
import { Bench, wholeState } from './support.ts';

const device = await testDevice();
const LENGTHS = [1500, 70, 1];
const start = LENGTHS.map((n) => Array.from({ length: n }, (_, i) => Math.sin(i)));
const gradient = (seed: number): number[][] => LENGTHS.map((n) => Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i * 3.7 + seed))));

describe.each([
  [{ lr: 0.5 }], [{ lr: 0.1, preset: 'official-2025-03' }], [{ lr: 0.5, claimBudget: 0.2, accumulator: 'perTask' }], [{ lr: 0.5, granularity: 'model', anchor: 'initial' }],
] as const satisfies readonly (readonly [APOOptions])[])('with %o', (options) => {
  test.each([
    [NaN, 0, 1499, 'p0', 'a NaN'], [Infinity, 1, 69, 'p1', 'an infinity'], [-Infinity, 0, 3, 'p0', 'an infinity'], [NaN, 2, 0, 'p2', 'a NaN']
  ])('a gradient of %s is refused for the whole arena, bit by bit', async (bad, t, i, tensor, kind) => {
    using _scope = device.scope();
    const bench = new Bench(device, start, ['a', 'b'], options);
    bench.step('a', gradient(1));
    bench.step('b', gradient(2));
    const before = await wholeState(bench);
    const broken = gradient(3);
    broken[t]![i] = bad;
    bench.step('b', broken);
    await expectRejection(bench.apo.check(), NumericsError, /refused 1 step:/, `gradient of ${tensor} `, 'of task b', kind);
    expect(await wholeState(bench)).toEqual(before);
    // Reported once; and the next step is as if it had never been.
    await bench.apo.check();
    const twin = new Bench(device, start, ['a', 'b'], options);
    for (const each of [bench, twin]) {
      if (each === twin) {
        each.step('a', gradient(1));
        each.step('b', gradient(2));
      }
      each.step('a', gradient(4));
    }
    expect(await wholeState(bench)).toEqual(await wholeState(twin));
  });
});

test('the first of several is named, whatever reads the state throws, and a captured step is refused alike', async () => {
  using _scope = device.scope();
  const bench = new Bench(device, start, ['a', 'b'], { lr: 0.5 });
  const captured = device.capture(() => bench.apo.step('b'));
  const broken = (t: number): number[][] => gradient(3).map((g, at) => (at === t ? g.map((value, i) => (i === 0 ? NaN : value)) : g));
  bench.step('a', gradient(1));
  const before = await bench.theta();
  bench.setGradients(broken(1));
  captured.replay();
  bench.step('a', broken(0));
  bench.step('a', broken(2));
  expect(await bench.theta()).toEqual(before);
  await expectRejection(bench.apo.ownership(), NumericsError, /refused 3 steps: first the gradient of p1 had a NaN in a batch of task b/, /lower the learning rate/);
  bench.setGradients(broken(0));
  captured.replay();
  await expectRejection(bench.apo.stateDict(), NumericsError, /refused 1 step: first the gradient of p0/);
  bench.setGradients(gradient(5));
  captured.replay();
  await bench.apo.check();
  expect(await bench.theta()).not.toEqual(before);
  expect((await bench.apo.tally()).map(({ steps }) => steps)).toEqual([1, 1]);
  captured.dispose();
});

test('so is a gradient whose sums overflow', async () => {
  using _scope = device.scope();
  const bench = new Bench(device, start, ['a', 'b'], { lr: 1e-30, beta: 0 });
  bench.step('a', gradient(1));
  const before = await wholeState(bench);
  bench.step('a', gradient(3).map((g, t) => (t === 1 ? g.map((_, i) => (i % 2 === 0 ? 3e38 : 0)) : g)));
  await expectRejection(bench.apo.check(), NumericsError, /gradient of p1 had numbers too large/);
  expect(await wholeState(bench)).toEqual(before);
});
