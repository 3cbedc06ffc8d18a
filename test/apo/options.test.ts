import { describe, expect, test } from 'vitest';
import { APO, OPTIONS, PRESETS } from 'lazygrad/apo';
import type { PresetName } from 'lazygrad/apo';
import { METHODS, findMethod, resolveHyperparameters } from 'lazygrad/methods';
import { ConfigError } from '../../engine/index.ts';
import { NAIVE_DEFAULTS } from 'lazygrad/testing';
import { OfficialAPO } from '../reference/official-apo.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';
import { Bench } from './support.ts';

const device = await testDevice();
const bench = new Bench(device, [[1, 2]], ['a'], { lr: 1 });

describe('what is refused', () => {
  const bad: [Record<string, unknown>, RegExp][] = [
    [{ lr: 0 }, /lr: expected a number above 0, got 0/],
    [{ lr: '1' }, /lr: .* got 1/],
    [{ beta: 1 }, /beta: expected a number from 0 to 0.999999, got 1/],
    [{ damping: 0.5 }, /damping: expected a number from 1 to 1000000000, got 0.5/],
    [{ mu: NaN }, /mu: .* got NaN/],
    [{ k: '0.5' }, /k: .* got 0.5/],
    [{ k: undefined }, /k: .* got undefined/],
    [{ correction: 0.5 }, /correction: expected a whole number from 0 to 1, got 0.5/],
    [{ warmupEpochs: 1.5 }, /warmupEpochs: expected a whole number/],
    [{ releaseAfter: 65_535 }, /releaseAfter: .* to 65534/],
    [{ claimBudget: -0.1 }, /claimBudget/],
    [{ statistic: 'median' }, /statistic: expected magnitude or signed, got median/],
    [{ anchor: 'never' }, /anchor: expected epochEnd or taskStart or initial, got never/],
    [{ preset: 'paper' }, /preset: expected default or paper-literal or official-2025-03, got paper/],
    [{ preset: 'toString' }, /preset/],
    [{ momentum: 0.9 }, /no option momentum; there are: lr, preset, split, k, beta/],
    [{ toString: 1 }, /no option toString/],
  ];
  test.each(bad)('%o', (options, message) => {
    expectError(() => new APO(bench.arena, ['a'], { lr: 1, ...options }), ConfigError, message);
  });

  test('every option, beyond both ends of its range', () => {
    for (const [name, spec] of Object.entries(OPTIONS)) {
      const wrong = 'range' in spec ? [spec.range[0] - 1, spec.range[1] * 2 + 1, null] : ['x', 1];
      for (const value of wrong) expectError(() => new APO(bench.arena, ['a'], { lr: 1, [name]: value }), ConfigError, `option ${name}: expected`);
    }
  });
});

describe('presets', () => {
  test('are plain objects that give every option, and only options', () => {
    for (const preset of Object.values(PRESETS)) {
      expect(Object.keys(preset).sort()).toEqual(Object.keys(OPTIONS).sort());
      expect(structuredClone(preset)).toEqual(preset);
    }
    const { lr: _, ...defaults } = NAIVE_DEFAULTS;
    expect(PRESETS.default).toEqual(defaults);
  });

  test('are what an option is that is not given', () => {
    const options = (preset: PresetName, more = {}): unknown => new APO(bench.arena, ['a'], { lr: 1, preset, ...more }).options;
    expect(options('official-2025-03')).toEqual({ ...PRESETS['official-2025-03'], split: {} });
    expect(options('paper-literal', { damping: 50 })).toMatchObject({ statistic: 'signed', damping: 50, oneElement: 'literal' });
  });

  test('paper-literal is Algorithm 1 to the letter', () => {
    expect(PRESETS['paper-literal']).toMatchObject({ beta: 0.99, damping: 1, statistic: 'signed', accumulator: 'shared', anchor: 'epochEnd', thresholdFrom: 'after', warmupEpochs: 0, plainStep: 'none', protectedSteps: 1, oneElement: 'literal', claimBudget: 1, releaseAfter: 0, claimDecay: 1, floor: 0 });
  });

  test('official-2025-03 takes the steps of the released optimizer, to 1e-6', async () => {
    using _scope = device.scope();
    const lengths = [120, 31, 1, 5];
    const start = lengths.map((n, t) => [...values([n], 'normal', t).data]);
    const official = new OfficialAPO(start.flat(), lengths, { lr: 0.01, k: 0.5, beta: 0.9, mu: 1 });
    const ours = new Bench(device, start, ['a', 'b', 'c'], { lr: 0.01, preset: 'official-2025-03' });
    for (let epoch = 0; epoch < 9; epoch++) {
      for (let task = 0; task < 3; task++) {
        const g = lengths.map((n, t) => [...values([n], 'normal', 100 * epoch + 10 * task + t + 7).data].map((value, i) => Math.fround(value * ((i + task) % 4 === 0 || t === 1 ? 1 : 1e-5))));
        official.step(epoch, task, g.flat());
        ours.step(['a', 'b', 'c'][task]!, g);
        const theta = await ours.theta();
        theta.forEach((value, i) => expect(Math.abs(value - official.theta[i]!)).toBeLessThan(1e-6));
      }
      ours.apo.endEpoch();
      expect(await ours.owners()).toEqual(official.owner.map((owner) => (owner === null ? 0 : owner + 1)));
    }
    expect(official.borderline).toBe(0);
    // Not vacuous: there are own, protected and unclaimed parameters at the end.
    const { owned, unclaimed } = await ours.apo.ownership();
    for (const share of [...owned, unclaimed]) expect(share).toBeGreaterThan(0.005);
  });
});

describe('as hyper-parameters of the method', () => {
  const apo = findMethod('apo');

  test('all options are there, with the default preset\'s values', () => {
    expect(Object.keys(apo.hyperparameters)).toEqual([...Object.keys(OPTIONS), 'preset']);
    expect(resolveHyperparameters(apo, {})).toEqual({ ...PRESETS.default, preset: 'default' });
  });

  test('a preset replaces the defaults, what is given besides overrides it, and resolving twice changes nothing', () => {
    const given = resolveHyperparameters(apo, { preset: 'official-2025-03', beta: '0.99' });
    expect(given).toEqual({ ...PRESETS['official-2025-03'], beta: 0.99, preset: 'official-2025-03' });
    expect(resolveHyperparameters(apo, given)).toEqual(given);
    expectError(() => resolveHyperparameters(apo, { preset: 'x' }), ConfigError, /preset: expected default or paper-literal or official-2025-03, got x/);
    expectError(() => resolveHyperparameters(apo, { preset: 'toString' }), ConfigError, /preset: expected/);
  });

  test('methods without presets are as they were', () => {
    for (const method of METHODS.filter(({ presets }) => !presets)) expect(Object.keys(resolveHyperparameters(method, {}))).toEqual(Object.keys(method.hyperparameters));
  });
});
