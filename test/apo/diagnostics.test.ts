/** The diagnostics: closed forms against the device's counters, bounds against the numbers that are known, warnings that name a remedy. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  PRESETS, alignmentMatrix, canNeverTrain, compareLossChange, conflictFraction, diagnose, expectedFraction, factorsOf, harmlessRate, helpfulRate, incomparableLosses, largestChange, largestFraction, maskedAlignment,
  monopoly, neverTrains, predictedChange, proximalFactor, saturation, selectedFraction, shareSeries, unstablePull,
} from 'lazygrad/apo';
import type { APOOptions, Ownership, ResolvedOptions } from 'lazygrad/apo';
import { LimitError } from '../../engine/index.ts';
import { erfc } from '../../apo/diagnostics/erfc.ts';
import { ownership } from '../../apo/ownership.ts';
import { readTally } from '../../apo/tally.ts';
import { holds } from '../support/arbitraries.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { uniforms } from '../support/values.ts';
import { Bench } from './support.ts';

const device = await testDevice();

function normal(n: number, seed: number): number[] {
  const next = uniforms(seed);
  return Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()));
}

const options = (more: Partial<ResolvedOptions> = {}): ResolvedOptions => ({ ...PRESETS.default, split: {}, ...more });

describe('selection', () => {
  test('erfc agrees with tabulated values', () => {
    for (const [x, value] of [[0, 1], [0.1, 0.8875370839817152], [0.5, 0.4795001221869535], [1, 0.15729920705028513], [2.4, 6.885138966645073e-4], [2.5, 4.069520174449589e-4], [3, 2.209049699858544e-5], [5, 1.5374597944280349e-12], [-1, 1.8427007929497148], [30, 0]] as const) {
      expect(Math.abs(erfc(x) - value)).toBeLessThanOrEqual(1e-13 + 1e-12 * value);
    }
  });

  test.each([
    ['signed', 0.5, 'normal', 0.617], ['signed', 0.75, 'normal', 0.453], ['magnitude', 0.5, 'normal', 0.2716], ['magnitude', 0.75, 'normal', 0.2113],
    ['signed', 0.5, 'laplace', 0.493], ['signed', 0.75, 'laplace', 0.346], ['magnitude', 0.5, 'laplace', 0.223], ['magnitude', 0.75, 'laplace', 0.174],
  ] as const)('%s, k = %d, %s: %d is the closed form, and what the device counts', async (statistic, k, distribution, expected) => {
    using _scope = device.scope();
    expect(Math.abs(expectedFraction({ statistic, k }, distribution) - expected)).toBeLessThan(6e-4);
    const n = 40_000;
    const next = uniforms(5);
    const g = distribution === 'normal' ? normal(n, 5) : Array.from({ length: n }, () => Math.log(1 - next()) * (next() < 0.5 ? 1 : -1));
    const bench = new Bench(device, [g.map(() => 0)], ['a'], { lr: 1e-3, k, statistic });
    bench.step('a', [g]);
    const [tally] = await bench.apo.tally();
    expect(Math.abs(selectedFraction(tally!, tally!.steps) - expected)).toBeLessThan(0.01);
  });

  test('no distribution selects more than Cantelli allows, and a negative k selects all', () => {
    for (const k of [0, 0.5, 1, 3]) for (const distribution of ['normal', 'laplace'] as const) expect(expectedFraction({ k, statistic: 'magnitude' }, distribution)).toBeLessThanOrEqual(largestFraction(k));
    expect(largestFraction(0.5)).toBe(0.8);
    expect(expectedFraction({ k: -1, statistic: 'signed' })).toBe(1);
    expect(expectedFraction({ k: -2, statistic: 'magnitude' }, 'laplace')).toBe(1);
  });

  test('what is said to never train does not, and the rest can', async () => {
    // The gradients that go furthest: one element alone, or for the signed statistic all of them below 0.
    const extreme = (n: number, statistic: string): number[] => Array.from({ length: n }, (_, i) => (i === 0 || statistic === 'signed' ? -1 : 0));
    await holds(fc.record({ n: fc.integer({ min: 1, max: 9 }), k: fc.constantFrom(0, 0.5, 0.7, 0.72, 1, 1.1, 1.5, 2, 2.5), correction: fc.constantFrom(0, 1), statistic: fc.constantFrom('magnitude' as const, 'signed' as const), oneElement: fc.constantFrom('exempt' as const, 'literal' as const) }), async ({ n, ...more }) => {
      using _scope = device.scope();
      const bench = new Bench(device, [new Array<number>(n).fill(5)], ['a'], { lr: 1, beta: 0, ...more });
      bench.step('a', [extreme(n, more.statistic)]);
      expect((await bench.theta())[0] === 5).toBe(canNeverTrain(n, options(more)));
    }, 60);
  });
});

describe('the tally', () => {
  test('counts sensitive and protected parameters, steps and predicted change, by task and group', async () => {
    using _scope = device.scope();
    const bench = new Bench(device, [[0, 1, 2, 3, 4, 5], [7]], ['a', 'b'], { lr: 1, beta: 0.5, damping: 4 });
    bench.step('a', [[8, 0, 0, -4, 1, 0], [2]]);
    bench.step('b', [[-8, 8, 0, 4, 0, 0], [0]]);
    const [a, b] = await bench.apo.tally();
    // a claims elements 0 and 3 and moves by -8 and 4; element 6 is exempt and moves by -2.
    expect(a).toMatchObject({ task: 'a', steps: 1, length: 6, selected: 2, protected: 0, predicted: -(64 + 16 + 4), squaredStep: 64 + 16 + 4 });
    expect(a!.groups.map(({ name, selected, exempt }) => [name, selected, exempt])).toEqual([['p0', 2, false], ['p1', 1, true]]);
    expect(a!.layers).toEqual([{ name: 'p0', length: 6, selected: 2, protected: 0 }, { name: 'p1', length: 0, selected: 0, protected: 0 }]);
    // b: element 0 belongs to a and moves by (8 + 2 * 8) / 4, element 1 by -8.
    expect(b).toMatchObject({ steps: 1, selected: 2, protected: 1, predicted: -8 * 6 - 64, squaredStep: 36 + 64 });
    expect(conflictFraction(b!)).toBe(0.5);
    bench.step('b', [[-8, 8, 0, 4, 0, 0], [0]]);
    expect((await bench.apo.tally())[1]!.steps).toBe(2);
    bench.apo.clearTally();
    expect((await bench.apo.tally()).map(({ steps, selected, predicted }) => [steps, selected, predicted])).toEqual([[0, 0, 0], [0, 0, 0]]);
  });

  test('adds up by layer, whatever shares a threshold', async () => {
    const names = ['one.weight', 'two.weight', 'one.bias', 'two.scale'];
    const lengths = [1500, 40, 30, 1];
    for (const more of [{}, { granularity: 'model' }, { split: { 'one.weight': 3 } }] as const) {
      using _scope = device.scope();
      const bench = new Bench(device, lengths.map((n, i) => normal(n, i)), ['a', 'b'], { lr: 1, beta: 0, ...more }, (i) => names[i]!);
      bench.step('a', lengths.map((n, i) => normal(n, 10 + i)));
      bench.step('b', lengths.map((n, i) => normal(n, 20 + i)));
      for (const { layers, groups, length, selected, protected: guarded } of await bench.apo.tally()) {
        expect(layers.map(({ name }) => name)).toEqual(['one', 'two']);
        const total = (key: 'length' | 'selected' | 'protected'): number => layers[0]![key] + layers[1]![key];
        expect([total('length'), total('selected'), total('protected')]).toEqual([length, selected, guarded]);
        expect(layers[0]!.length).toBe(1530);
        if (groups.length > 1) expect(layers[0]!.selected).toBe(groups.reduce((sum, group) => sum + (group.name.startsWith('one') ? group.selected : 0), 0));
      }
    }
  });

  test('says so when its counters may have gone round', () => {
    expectError(() => readTally('a', Uint32Array.of(2 ** 22, 0, 0, 0), [], [], []), LimitError, /4194303 steps, there were 4194304: call clearTally/);
  });
});

describe('alignment', () => {
  const settings: APOOptions = { lr: 0.5, beta: 0, damping: 4, mu: 0 };

  test('the factors of a step are those that the step takes', async () => {
    await holds(fc.tuple(fc.nat(1000), fc.constantFrom<Partial<APOOptions>>({}, { granularity: 'model' }, { plainStep: 'added', protectedSteps: 2 }, { floor: 0.7 }, { statistic: 'signed', correction: 0 })), async ([seed, more]) => {
      using _scope = device.scope();
      const bench = new Bench(device, [normal(40, 90), normal(7, 91), [1]], ['a', 'b'], { ...settings, ...more });
      bench.step('a', [normal(40, seed), normal(7, seed + 1), [1]]);
      // A second step with the same gradient finds G as the first left it.
      const g = [normal(40, seed + 2), normal(7, seed + 3), [2]];
      bench.step('b', g);
      const before = await bench.arena.values.read();
      const factors = await factorsOf(bench.apo, 'b');
      bench.step('b', g);
      const after = await bench.arena.values.read();
      const gradient = await bench.arena.gradients.read();
      after.forEach((value, i) => expect(value - before[i]!).toBeCloseTo(-0.5 * factors[i]! * gradient[i]!, 5));
      expect(new Set(factors).size).toBeGreaterThan(2);
    }, 15);
  });

  test('slope, length and cosine; the matrix is by affected row and acting column', () => {
    const gamma = [1, 0.25, 0];
    expect(maskedAlignment([1, 2, 3], [4, -8, 5], gamma)).toEqual({ slope: 4 - 4, squaredLength: 16 + 4, cosine: 0 });
    expect(maskedAlignment([4, -2, 0], [4, -8, 5], gamma).cosine).toBeCloseTo(1, 15);
    const matrix = alignmentMatrix([{ gradient: [1, 0], factors: [1, 1] }, { gradient: [2, 2], factors: [0.5, 0] }]);
    expect(matrix.map((row) => row.map(({ slope }) => slope))).toEqual([[1, 1], [2, 2]]);
    expect(matrix[1]![0]!.squaredLength).toBe(1);
  });

  test('predicted and realised change of a quadratic loss agree by its curvature', async () => {
    using _scope = device.scope();
    const [centre, curvature] = [normal(50, 1), 0.8];
    const bench = new Bench(device, [normal(50, 2)], ['a'], { lr: 0.3, beta: 0 });
    const loss = (theta: number[]): number => theta.reduce((sum, value, i) => sum + 0.5 * curvature * (value - centre[i]!) ** 2, 0);
    const theta = await bench.theta();
    bench.step('a', [theta.map((value, i) => curvature * (value - centre[i]!))]);
    const [tally] = await bench.apo.tally();
    const compared = compareLossChange(tally!, loss(await bench.theta()) - loss(theta));
    expect(compared.impliedCurvature).toBeCloseTo(curvature, 4);
    expect(compared.ratio).toBeCloseTo(1 - 0.3 * curvature / 2, 4);
  });
});

describe('bounds', () => {
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  /** Realised change of b's loss, b·x + ½ H |x|², by the step -η Γ a. */
  function realised(a: number[], b: number[], gamma: number[], lr: number, H: number): number {
    const step = a.map((value, i) => -lr * gamma[i]! * value);
    return dot(b, step) + 0.5 * H * dot(step, step);
  }

  test('the change never exceeds the bound, and equals it for a quadratic', async () => {
    const number = fc.integer({ min: -300, max: 300 }).map((n) => n / 100);
    const pair = fc.tuple(number, number);
    await holds(fc.record({ a: pair, b: pair, gamma: fc.constantFrom<number[]>([1, 1], [1, 0.01], [0, 1], [0.1, 0]), lr: fc.constantFrom(0.01, 0.5, 9), H: fc.constantFrom(0.1, 1, 20) }), ({ a, b, gamma, lr, H }) => {
      const aligned = maskedAlignment(b, a, gamma);
      expect(realised(a, b, gamma, lr, H)).toBeCloseTo(largestChange(aligned, lr, H), 9);
      const rate = helpfulRate(aligned, H);
      if (rate > 0 && rate < Infinity) {
        expect(largestChange(aligned, rate * 0.999, H)).toBeLessThanOrEqual(0);
        expect(largestChange(aligned, rate * 1.001, H)).toBeGreaterThanOrEqual(0);
      } else if (aligned.slope < 0) {
        expect(realised(a, b, gamma, lr, H)).toBeGreaterThan(0);
      }
      return Promise.resolve();
    }, 60);
  });

  test('the paper\'s conditions hold where the loss rises: the counterexamples to theorem 1', () => {
    // bᵀa > 0, so the step should help; with protection it does not.
    expect(realised([1, 1], [1, -0.9], [0.01, 1], 1, 1e-3)).toBeCloseTo(0.89, 2);
    expect(predictedChange(maskedAlignment([1, -0.9], [1, 1], [0.01, 1]), 1)).toBeCloseTo(0.89, 12);
    // η γ_min < 2 ρ / H, but η is not below 2 ρ γ_min / H.
    expect(realised([1, 1], [0, 1], [1, 0.1], 9, 1)).toBeCloseTo(40, 0);
    expect(helpfulRate(maskedAlignment([0, 1], [1, 1], [1, 0.1]), 1)).toBeLessThan(0.2);
  });

  test.each([[1, 0.00995], [200, 0.00618]])('with curvature %d no rate up to %d does harm above 0.01', (H, rate) => {
    const found = harmlessRate(0.01, 1, H);
    expect(found).toBeCloseTo(rate, 5);
    expect(realised([1, 0], [-1, 0], [1, 1], found, H)).toBeCloseTo(0.01, 10);
  });

  test('the share that the pull leaves is that of the dynamics', () => {
    for (const [steps, share] of [[1, 1], [100, 0.99], [1000, 0.906], [37_319, 0.134]] as const) expect(proximalFactor(2e-4, steps)).toBeCloseTo(share, 3);
    let theta = 0;
    for (let i = 0; i < 40; i++) theta -= 0.1 * (3 + 2 * 0.7 * theta);
    expect(proximalFactor(0.14, 40)).toBeCloseTo(theta / (-0.1 * 3 * 40), 12);
    expect(proximalFactor(0, 40)).toBe(1);
  });
});

const owned = (counts: readonly number[]): Ownership => ownership(counts.slice(1).map((_, i) => `t${i}`), [{ name: 'fc.weight', exempt: false, counts }]);

describe('warnings', () => {
  test('appear where they should, name what and the remedy, and not otherwise', () => {
    expect(monopoly(owned([100, 466, 77, 54]))).toMatchObject([{ kind: 'monopoly', message: expect.stringMatching(/task t0 owns 78.1 %.*3 tasks.*Interleave.*claimBudget.*raise k/) as string }]);
    expect(monopoly(owned([100, 40, 35, 25]))).toEqual([]);
    expect(monopoly(owned([0, 100]))).toEqual([]);
    expect(monopoly(owned([100_000, 3, 0]))).toEqual([]);
    expect(saturation(owned([4, 50, 45, 1]))).toMatchObject([{ kind: 'saturation', message: expect.stringMatching(/4.0 % .* unclaimed, and t2 own.*claimBudget or releaseAfter/) as string }]);
    expect(saturation(owned([6, 50, 44]))).toEqual([]);
    const group = (name: string, length: number) => ({ name, length, pieces: [], exempt: false });
    expect(neverTrains([group('gain', 2), group('fc.weight', 100)], options({ k: 0.75 }))).toMatchObject([{ kind: 'never-trains', message: expect.stringMatching(/sensitive in gain \(2\): with k = 0.75.*Lower k, set oneElement to exempt/) as string }]);
    expect(neverTrains([group('gain', 2), group('scale', 1)], options())).toEqual([]);
    expect(neverTrains(Array.from({ length: 8 }, (_, i) => group(`s${i}`, 1)), options({ oneElement: 'literal' }))[0]!.message).toMatch(/s4 \(1\) and 3 more/);
    expect(unstablePull(options({ damping: 1 }), 1)).toMatchObject([{ kind: 'unstable-pull', message: expect.stringMatching(/is 2: from 2 on.*Lower mu or lr, or raise damping/) as string }]);
    expect(unstablePull(options({ damping: 1 }), 0.99)).toEqual([]);
    expect(unstablePull(options({ claimDecay: 0.5 }), 1)[0]!.message).toMatch(/claimDecay takes/);
    expect(incomparableLosses(new Map([['bce', 0.05], ['ce', 2.3], ['none', NaN]]))).toMatchObject([{ kind: 'incomparable-losses', message: expect.stringMatching(/loss of ce is 2.30, that of bce 0.0500.*first value/) as string }]);
    expect(incomparableLosses(new Map([['a', 0.3], ['b', 2.3]]))).toEqual([]);
  });

  test('the pull is unstable from there on, on the device too', async () => {
    using _scope = device.scope();
    const distances: number[] = [];
    for (const lr of [0.9, 1.1]) {
      const bench = new Bench(device, [[0, 0, 0, 0]], ['a', 'b'], { lr, beta: 0, damping: 1, anchor: 'initial' });
      bench.step('a', [[1, 0, 0, 0]]);
      for (let i = 0; i < 12; i++) bench.step('b', [[1e-3, 0, 0, 0]]);
      distances.push(Math.abs((await bench.theta())[0]!));
    }
    expect(distances[0]).toBeLessThan(0.9);
    expect(distances[1]).toBeGreaterThan(5);
  });

  test('diagnose gathers them, with what is known', () => {
    const facts = { options: options({ damping: 1 }), lr: 2, groups: [] };
    expect(diagnose(facts).map(({ kind }) => kind)).toEqual(['unstable-pull']);
    expect(diagnose({ ...facts, ownership: owned([1, 98, 1]), losses: new Map([['t0', 1], ['t1', 100]]) }).map(({ kind }) => kind)).toEqual(['unstable-pull', 'monopoly', 'saturation', 'incomparable-losses']);
  });
});

test('the shares that the released notebook has stored after its first epoch are those of exclusive claims', () => {
  // Claimed, protected and unclaimed in per cent, as each of three tasks finds them at the end of its pass.
  const stored = [[15.92, 0, 84.08], [16.44, 15.92, 67.64], [10.27, 32.36, 57.37]] as const;
  stored.forEach(([claimed, guarded, unclaimed], t) => {
    const counts = stored.slice(0, t + 1).map((row) => Math.round(row[0] * 100));
    const shares = owned([10_000 - counts.reduce((a, b) => a + b, 0), ...counts]);
    expect(shares.owned[t]).toBeCloseTo(claimed / 100, 9);
    expect(shares.protected[t]).toBeCloseTo(guarded / 100, 9);
    expect(shares.unclaimed).toBeCloseTo(unclaimed / 100, 9);
  });
});

test('shares over time, for the model and a layer, with tasks that come later', () => {
  const epoch = (tasks: string[], rows: [string, number[]][]): Ownership => ownership(tasks, rows.map(([name, counts]) => ({ name, exempt: false, counts })));
  const history = [epoch(['a'], [['c.w', [8, 2]], ['f.w', [10, 0]]]), epoch(['a', 'b'], [['c.w', [4, 2, 4]], ['f.w', [5, 5, 0]]])];
  expect(shareSeries(history)).toEqual([
    { task: 'a', owned: [0.1, 0.35], protected: [0, 0.2], unclaimed: [0.9, 0.45] },
    { task: 'b', owned: [NaN, 0.2], protected: [NaN, 0.35], unclaimed: [0.9, 0.45] },
  ]);
  expect(shareSeries(history, 'c')[0]).toEqual({ task: 'a', owned: [0.2, 0.2], protected: [0, 0.4], unclaimed: [0.8, 0.4] });
  expect(shareSeries(history, 'x')[0]!.owned).toEqual([NaN, NaN]);
});
