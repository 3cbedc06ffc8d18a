/** Mixtures of experts as methods: by Mod-Squad, and with APO. */
import { describe, expect, test } from 'vitest';
import { findMethod, resolveHyperparameters } from 'lazygrad/methods';
import { MultiTaskModel, mlp, mutualInformation } from 'lazygrad/models';
import type { Tensor } from '../../engine/index.ts';
import { ConfigError, Generator, affine, assign, copy, mean, noGrad, randn, stack } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectClose } from '../support/close.ts';
import { expectError } from '../support/errors.ts';
import { toyDataset } from './support.ts';
import { TASKS, builtFor, inputsOf, toyTerms, trainedBy, valuesOf } from './terms-support.ts';

const device = await testDevice();
const CLOSE = { rtol: 1e-5, atol: 1e-6 };
const ONE = { experts: 1, top: 1, noise: 'off' };

/** Trunk and heads of a model with one expert, and of one without. */
async function expectDense(found: MultiTaskModel, plain: MultiTaskModel): Promise<void> {
  const [experts, dense] = [await valuesOf(found.shared), await valuesOf(plain.shared)];
  expect(Object.keys(experts)).toHaveLength(Object.keys(dense).length);
  for (const [name, values] of Object.entries(dense)) expectClose(experts[name.replace(/\.(\w+)$/, '.experts.0.$1')]!, values, CLOSE, name);
  for (const task of TASKS) expectClose((await valuesOf(found.heads.get(task)!))['head.weight']!, (await valuesOf(plain.heads.get(task)!))['head.weight']!, CLOSE);
}

describe('one expert is the dense layer', () => {
  test('moe: equal weights', async () => {
    using _scope = device.scope();
    await expectDense(await trainedBy(device, 'moe', { set: ONE }), await trainedBy(device, 'equal-weights'));
  });

  test('apo-moe: APO', async () => {
    using _scope = device.scope();
    await expectDense(await trainedBy(device, 'apo-moe', { set: ONE }), await trainedBy(device, 'apo'));
  });
});

describe('moe', () => {
  test('the weight raises the mutual information of task and expert; without it, none is asked for', async () => {
    using _scope = device.scope();
    const after = async (miWeight: number): Promise<number> => {
      const set = { experts: 4, top: 2, noise: 'off', miWeight };
      const model = builtFor(device, 'moe', set);
      const rule = findMethod('moe').create({ model, tasks: TASKS, lr: 0.05, seed: 1, values: resolveHyperparameters(findMethod('moe'), set) });
      // From routers that differ: where all are even, the information has its minimum and no slope.
      for (const [k, task] of TASKS.entries()) {
        const router = model.heads.get(task)!.get('fc1.router.weight');
        assign(router, affine(randn(device, router.shape, new Generator(k)), 0.2, 0));
      }
      for (let i = 0; i < 6; i++) rule.step(toyTerms(device, model));
      const seen: Tensor[] = [];
      noGrad(() => TASKS.forEach((task, k) => model.forward(inputsOf(device, 10, k), task, { observe: (name, value) => name === 'fc1.probabilities' && seen.push(value) })));
      return mutualInformation(stack(seen.map((p) => affine(mean(p, { axes: [0] }), 0.5, 0)))).item();
    };
    const [without, with5] = [await after(0), await after(5)];
    expect(with5).toBeGreaterThan(2 * without);
    expect(with5).toBeLessThanOrEqual(Math.LN2);
  });

  test('probabilities are scaled to a sum of 1 when asked for', async () => {
    using _scope = device.scope();
    // Even routers: the first two of four experts, with a quarter each, or a half.
    const outputs = async (renormalise: string): Promise<Float32Array> => {
      const model = builtFor(device, 'moe', { experts: 4, top: 2, noise: 'off', renormalise }, toyDataset, (options) => mlp({ ...options, widths: [6] }));
      const head = model.heads.get('plain')!.get('head.bias');
      assign(head, affine(copy(head), 0, 0));
      return await noGrad(() => model.forward(inputsOf(device, 2), 'plain')).read() as Float32Array;
    };
    expectClose(await outputs('on'), (await outputs('off')).map((value) => 2 * value), { rtol: 1e-5, atol: 1e-6 });
  });

  test('an expert that no input chose does not move', async () => {
    using _scope = device.scope();
    // Routers start from zeros, and of equal probabilities the lower experts win.
    const set = { experts: 4, top: 2, noise: 'off', miWeight: 0 };
    const model = builtFor(device, 'moe', set);
    const before = await valuesOf(model.shared);
    findMethod('moe').create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(findMethod('moe'), set) }).step(toyTerms(device, model));
    const after = await valuesOf(model.shared);
    for (const [i, moves] of [true, true, false, false].entries()) expect([i, String(after[`fc1.experts.${i}.weight`]) !== String(before[`fc1.experts.${i}.weight`])]).toEqual([i, moves]);
  });
});

describe('apo-moe', () => {
  test('experts are claimed each by itself; one that was never chosen stays unclaimed, and claims last', async () => {
    using _scope = device.scope();
    const method = findMethod('apo-moe');
    const set = { experts: 4, top: 2, noise: 'off' };
    const model = builtFor(device, 'apo-moe', set);
    const rule = method.create({ model, tasks: TASKS, lr: 1e-9, seed: 1, values: resolveHyperparameters(method, set) });
    const [plain, inverted] = toyTerms(device, model);
    rule.step([plain!]);
    const first = await rule.ownership!();
    rule.step([inverted!]);
    const second = await rule.ownership!();
    const owned = (name: string): readonly number[] => second.layers.find((layer) => layer.name === name)!.owned;
    expect(owned('fc1.experts.0').every((share) => share > 0)).toBe(true);
    for (const name of ['fc1.experts.2', 'fc1.experts.3', 'fc2.experts.2']) expect(owned(name)).toEqual([0, 0]);
    expect(second.owned[0]).toBe(first.owned[0]);
    expect(second.owned.reduce((a, b) => a + b) + second.unclaimed).toBeCloseTo(1, 12);
    // Routers are among what tasks have for themselves, and so are claimed by none.
    expect(second.layers.some(({ name }) => name.includes('router'))).toBe(false);
  });

  test('an idle expert takes no claims, unless a preset is by the letter', () => {
    const method = findMethod('apo-moe');
    expect(resolveHyperparameters(method, {})).toMatchObject({ idle: 'skip', experts: 8, top: 4 });
    expect(resolveHyperparameters(method, { preset: 'paper-literal' }).idle).toBe('claim');
    expect(resolveHyperparameters(method, { idle: 'claim' }).idle).toBe('claim');
  });
});

test.each(['moe', 'apo-moe'])('%s: a trunk without experts is refused, and more choices than experts', (name) => {
  using _scope = device.scope();
  const plain = new MultiTaskModel(device, mlp({ inputs: 64, widths: [4] }), TASKS.map((task) => ({ name: task, outputs: 4 })), 1);
  const values = resolveHyperparameters(findMethod(name), {});
  expectError(() => findMethod(name).create({ model: plain, tasks: TASKS, lr: 0.1, seed: 1, values }), ConfigError, 'mixture of experts', 'buildModel');
  expectError(() => builtFor(device, name, { experts: 2, top: 3 }), ConfigError, 'top');
});
