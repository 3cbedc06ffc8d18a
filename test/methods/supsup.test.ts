/** SupSup: how many weights a mask keeps and which, the gradient straight through it, and what never changes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildModel, findMethod, resolveHyperparameters, termOf, train } from 'lazygrad/methods';
import type { Term, UpdateRule } from 'lazygrad/methods';
import { MultiTaskModel, mlp, multiTaskCNN } from 'lazygrad/models';
import { ConfigError, grad, linear, mul, sum, tensor } from '../../engine/index.ts';
import type { ParameterArena } from '../../engine/index.ts';
import { keptOf, supermask } from '../../methods/supermask.ts';
import { holds, seeds } from '../support/arbitraries.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { values } from '../support/values.ts';
import { toyDataset } from './support.ts';

const device = await testDevice();
const method = findMethod('supsup');
const TASKS = ['plain', 'inverted'];

const newModel = (set: Readonly<Record<string, string | number>> = {}): MultiTaskModel =>
  buildModel(method, { device, trunk: () => mlp({ inputs: 64, widths: [12, 7] }), tasks: TASKS.map((name) => ({ name, outputs: 4 })), seed: 5 }, resolveHyperparameters(method, set));
const ruleOf = (model: MultiTaskModel, set: Readonly<Record<string, string | number>> = {}): UpdateRule =>
  method.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, set) });
const bits = async ({ values: stored }: ParameterArena): Promise<number[]> => [...new Uint32Array((await stored.read()).slice().buffer)];
const pictures = (n = 3): ReturnType<typeof tensor> => tensor(device, Float32Array.from({ length: n * 64 }, (_, i) => Math.sin(i)), [n, 64]);
const termFor = (model: MultiTaskModel, task: string): Term => termOf({ model, task: { name: task, kind: 'multiclass' }, inputs: pictures(), targets: tensor(device, Int32Array.of(0, 3, 1)), missing: false });

describe('the mask', () => {
  test.each([[10, 0.5], [7, 0.5], [9, 0.25], [64, 0.75], [3, 1], [100, 0.3]])('of %d scores with k = %d has n - int((1 - k) n) ones', (n, k) => {
    expect(keptOf(n, k)).toBe(n - Math.trunc(Number(((1 - k) * n).toFixed(9))));
  });

  test('a share that is no binary fraction does not count one too many', () => {
    expect([keptOf(100, 0.07), keptOf(10, 0.9), keptOf(10, 0.7)]).toEqual([7, 9, 7]);
  });

  test('has exactly so many ones, of the largest scores, of equal ones the first', () =>
    holds(fc.record({ rows: fc.integer({ min: 1, max: 12 }), columns: fc.integer({ min: 1, max: 30 }), k: fc.constantFrom(0.01, 0.3, 0.5, 0.9, 1), ties: fc.boolean(), seed: seeds }), async ({ rows, columns, k, ties, seed }) => {
      using _scope = device.scope();
      const scores = Float32Array.from(values([rows, columns], 'normal', seed).data, (v) => ties ? Math.round(v) : v);
      const found = await supermask(tensor(device, scores, [rows, columns]), { mask: 'top', k }).read();
      const order = [...scores.keys()].sort((a, b) => Math.abs(scores[b]!) - Math.abs(scores[a]!) || a - b);
      const kept = new Set(order.slice(0, keptOf(scores.length, k)));
      expect([...found]).toEqual([...scores.keys()].map((i) => kept.has(i) ? 1 : 0));
    }, 30));

  test('or those from 0', async () => {
    using _scope = device.scope();
    expect([...await supermask(tensor(device, [-1, 0, -1e-9, 3]), { mask: 'positive', k: 0.5 }).read()]).toEqual([0, 1, 0, 1]);
  });

  test.each(['top', 'positive'] as const)('%s: the gradient goes straight through: dL/dS = dL/dw * W (* sign S)', async (mask) => {
    using _scope = device.scope();
    const [w, s, x, c] = [[0.5, -0.5, 0.5, -0.5, -0.5, 0.5], [0.9, -0.8, 0.1, -0.2, 0.4, -0.05], [1, 2, -3], [1, -2]] as const;
    const scores = tensor(device, s, [2, 3], { requiresGrad: true });
    const weight = mul(tensor(device, w, [2, 3]), supermask(scores, { mask, k: 0.5 }));
    const loss = sum(mul(linear(tensor(device, x, [1, 3]), weight), tensor(device, c, [1, 2])));
    const [found] = grad(loss, [scores]);
    expectClose(await found!.read(), s.map((score, i) => c[Math.floor(i / 3)]! * x[i % 3]! * w[i]! * (mask === 'top' ? Math.sign(score) : 1)), { rtol: 1e-6 });
  });
});

describe('the network', () => {
  test('has weights of ±sqrt(2 / fan in), biases of 0 and no gradient', async () => {
    using _scope = device.scope();
    const model = buildModel(method, { device, trunk: () => multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 8 }), tasks: [{ name: 'plain', outputs: 4 }], seed: 5 }, resolveHyperparameters(method, {}));
    for (const { name, data, shape } of [...await model.shared.stateDict()].map(([key, value]) => ({ name: key, ...value }))) {
      const fan = shape.slice(1).reduce((a, b) => a * b, 1);
      if (name.endsWith('.bias')) expect(data.every((v) => v === 0)).toBe(true);
      else expect(new Set(data)).toEqual(new Set([Math.fround(Math.sqrt(2 / fan)), -Math.fround(Math.sqrt(2 / fan))]));
    }
  });

  test('never changes, and one task\'s training leaves the outputs of the other as they are, by a bit', async () => {
    using _scope = device.scope();
    const model = newModel();
    const rule = ruleOf(model);
    const [shared, before] = [await bits(model.shared), await model.forward(pictures(), 'plain').read()];
    const other = await model.forward(pictures(), 'inverted').read();
    for (let i = 0; i < 5; i++) rule.step([termFor(model, 'inverted')]);
    expect(await bits(model.shared)).toEqual(shared);
    expect(await model.forward(pictures(), 'plain').read()).toEqual(before);
    expect(await model.forward(pictures(), 'inverted').read()).not.toEqual(other);
    expect((await model.shared.gradients.read()).every((v) => v === 0)).toBe(true);
  });

  test('with k = 1 is the dense random network', async () => {
    using _scope = device.scope();
    const model = newModel({ k: 1 });
    const plain = new MultiTaskModel(device, mlp({ inputs: 64, widths: [12, 7] }), [{ name: 'plain', outputs: 4 }], 5);
    plain.shared.values.write(await model.shared.values.read());
    const head = await model.heads.get('plain')!.stateDict();
    plain.heads.get('plain')!.loadStateDict(new Map([...head].filter(([name]) => name.startsWith('head.'))));
    expect(await model.forward(pictures(), 'plain').read()).toEqual(await plain.forward(pictures(), 'plain').read());
  });

  test('has the same masks in whatever order the tasks come', async () => {
    using _scope = device.scope();
    const masks = async (first: readonly string[]): Promise<number[][]> => {
      const model = newModel();
      await train({ device, dataset: toyDataset, model, method, hyperparameters: resolveHyperparameters(method, { adamLr: 0.01 }), lr: 0.1, epochs: 2, batchSize: 16, seed: 3, taskOrder: { first }, selection: 'last' });
      return Promise.all(TASKS.map((task) => bits(model.heads.get(task)!)));
    };
    const there = await masks(TASKS);
    const back = await masks([...TASKS].reverse());
    expect(back).toEqual(there);
  });
});

test('a model without scores is refused', () => {
  const model = new MultiTaskModel(device, mlp({ inputs: 64, widths: [7] }), TASKS.map((name) => ({ name, outputs: 4 })), 1);
  expectError(() => ruleOf(model), ConfigError, /supsup/, 'scores');
});
