/** MMoE and MMoEEx: gates that are open, closed, alone; and a loss after a step. */
import { describe, expect, test } from 'vitest';
import { buildModel, findMethod, resolveHyperparameters } from 'lazygrad/methods';
import { MultiTaskModel, linear, mlp, multiGate } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import type { Tensor } from '../../engine/index.ts';
import { ConfigError, SGD, affine, assign, backward, cast, copy, noGrad, tensor } from '../../engine/index.ts';
import { lossAfterStep } from '../../methods/inner-step.ts';
import { openGates } from '../../methods/mmoeex.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { TASKS, builtFor, inputsOf, toyTerms, trainedBy, valuesOf } from './terms-support.ts';

const device = await testDevice();
const small = (): Trunk => mlp({ inputs: 64, widths: [6] });
const HEADS = TASKS.map((name) => ({ name, outputs: 4 }));
const gated = (experts: number, open?: (task: string, expert: number) => boolean): MultiTaskModel => new MultiTaskModel(device, multiGate({ trunk: small, experts, inputs: 64, ...(open && { open }) }), HEADS, 5);

async function weightsOf(model: MultiTaskModel, task: string): Promise<Float32Array> {
  const seen: Tensor[] = [];
  noGrad(() => model.forward(inputsOf(device, 3), task, { observe: (name, value) => name === 'gate.weights' && seen.push(value) }));
  return await seen[0]!.read() as Float32Array;
}

describe('gates', () => {
  test('weights sum to 1, and the representation is the mean that they make', async () => {
    using _scope = device.scope();
    const model = gated(3);
    const weights = await weightsOf(model, 'plain');
    for (let i = 0; i < 3; i++) expect(weights[3 * i]! + weights[3 * i + 1]! + weights[3 * i + 2]!).toBeCloseTo(1, 6);
    // With experts of equal values it is one of them, whatever the weights.
    for (const { name } of model.shared.segments) if (!name.startsWith('experts.0.')) assign(model.shared.get(name), copy(model.shared.get(name.replace(/experts\.\d/, 'experts.0'))));
    const alone = new MultiTaskModel(device, small(), HEADS, 5);
    expectClose(await model.forward(inputsOf(device, 3), 'plain').read(), await alone.forward(inputsOf(device, 3), 'plain').read(), { atol: 1e-6 });
  });

  test('what is closed has weight 0 and gradient 0, exactly', async () => {
    using _scope = device.scope();
    const model = gated(3, (task, expert) => task !== 'plain' || expert !== 1);
    const weights = await weightsOf(model, 'plain');
    for (let i = 0; i < 3; i++) {
      expect(weights[3 * i + 1]).toBe(0);
      expect(weights[3 * i]! + weights[3 * i + 2]!).toBeCloseTo(1, 6);
    }
    const [plain, inverted] = toyTerms(device, model);
    const touched = async (): Promise<boolean[]> => Promise.all([0, 1, 2].map(async (e) => (await model.shared.get(`experts.${e}.fc1.weight`).grad!.read()).some((g) => g !== 0)));
    model.zeroGrad();
    backward(plain!.loss());
    expect(await touched()).toEqual([true, false, true]);
    const gate = await model.heads.get('plain')!.get('gate.weight').grad!.read();
    expect([...gate.subarray(64, 128)].every((g) => g === 0) && [...gate].every(Number.isFinite)).toBe(true);
    backward(inverted!.loss());
    expect(await touched()).toEqual([true, true, true]);
  });

  test('padding counts as 0', async () => {
    using _scope = device.scope();
    const seen: Tensor[] = [];
    const trunk: Trunk = { name: 'first', layers: [], features: 1, forward: (x) => affine(x, 0, 0) };
    const model = new MultiTaskModel(device, multiGate({ trunk: () => ({ ...trunk, layers: [linear('fc', 1, 1)] }), experts: 2, inputs: 1 }), HEADS, 1);
    noGrad(() => [NaN, 0].forEach((value) => model.forward(tensor(device, [value], [1, 1]), 'plain', { observe: (name, weights) => name === 'gate.weights' && seen.push(weights) })));
    expect(await seen[0]!.read()).toEqual(await seen[1]!.read());
  });

  test('inputs that are numbers of tokens are refused, and a model of no experts', () => {
    using _scope = device.scope();
    const model = gated(2);
    expectError(() => model.forward(cast(inputsOf(device, 1), 'int32'), 'plain'), ConfigError, 'token');
    expectError(() => multiGate({ trunk: small, experts: 0, inputs: 1 }), ConfigError, 'from 1');
  });
});

describe('what it comes down to', () => {
  test('one expert is a shared trunk, bit by bit', async () => {
    using _scope = device.scope();
    const [found, plain] = [await trainedBy(device, 'mmoe', { set: { experts: 1 } }), await trainedBy(device, 'equal-weights')];
    expect(Object.values(await valuesOf(found.shared))).toEqual(Object.values(await valuesOf(plain.shared)));
    expect((await valuesOf(found.heads.get('plain')!))['head.weight']).toEqual((await valuesOf(plain.heads.get('plain')!))['head.weight']);
  });

  test('MMoEEx with a share of 0 is MMoE, bit by bit', async () => {
    using _scope = device.scope();
    const [found, plain] = [await trainedBy(device, 'mmoeex', { set: { experts: 3, share: 0 } }), await trainedBy(device, 'mmoe', { set: { experts: 3 } })];
    for (const arena of ['shared', ...TASKS]) {
      const of = (model: MultiTaskModel): Promise<unknown> => valuesOf(arena === 'shared' ? model.shared : model.heads.get(arena)!);
      expect(await of(found)).toEqual(await of(plain));
    }
  });

  test('an expert for each task alone is single-task learning', async () => {
    using _scope = device.scope();
    const model = gated(2, (task, expert) => TASKS.indexOf(task) === expert);
    const apart = buildModel(findMethod('stl'), { device, trunk: small, tasks: HEADS, seed: 5 }, {});
    for (const [k, task] of TASKS.entries()) for (const part of ['weight', 'bias']) assign(apart.heads.get(task)!.get(`fc1.${part}`), copy(model.shared.get(`experts.${k}.fc1.${part}`)));
    const together = findMethod('mmoe').create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: {} });
    const alone = findMethod('stl').create({ model: apart, tasks: TASKS, lr: 0.1, seed: 1, values: { momentum: 0 } });
    for (let i = 0; i < 3; i++) {
      together.step(toyTerms(device, model));
      for (const term of toyTerms(device, apart)) alone.step([term]);
    }
    for (const [k, task] of TASKS.entries()) expect(await model.shared.get(`experts.${k}.fc1.weight`).read()).toEqual(await apart.heads.get(task)!.get('fc1.weight').read());
  });
});

describe('which gates are open', () => {
  const options = { tasks: ['a', 'b', 'c'], experts: 9, share: 0.5, seed: 4 } as const;

  test.each([['exclusivity', 1], ['exclusion', 2]] as const)('%s: the first of the experts for %d of the tasks, the others for all; as the seed has it', (closing, count) => {
    const open = openGates({ ...options, closing });
    const users = Array.from({ length: 9 }, (_, e) => open.filter((row) => row[e]).length);
    expect(users).toEqual([count, count, count, count, 3, 3, 3, 3, 3]);
    expect(openGates({ ...options, closing })).toEqual(open);
    expect(new Set([1, 2, 3, 4, 5].map((seed) => JSON.stringify(openGates({ ...options, seed, closing })))).size).toBeGreaterThan(1);
  });

  test('a task that would have none is refused', () => {
    expectError(() => openGates({ ...options, experts: 1, share: 1, closing: 'exclusivity' }), ConfigError, 'no expert is left');
  });

  test('inputs of a shape that is not known are refused', () => {
    using _scope = device.scope();
    for (const name of ['mmoe', 'mmoeex']) expectError(() => buildModel(findMethod(name), { device, trunk: small, tasks: HEADS, seed: 5 }, resolveHyperparameters(findMethod(name), {})), ConfigError, 'inputShape');
  });
});

describe('a loss after a step', () => {
  const gradients = async (model: MultiTaskModel, loss: () => Tensor): Promise<number[]> => {
    model.zeroGrad();
    backward(loss());
    return [...await model.shared.gradients.read(), ...await model.heads.get('plain')!.gradients.read()];
  };

  test('with a rate of 0, the gradient of the rest of the batch', async () => {
    using _scope = device.scope();
    const model = gated(2);
    const [term] = toyTerms(device, model);
    const plain = await gradients(model, () => term!.part(8, 10).loss());
    for (const exact of [true, false]) expect(await gradients(model, () => lossAfterStep(model, term!, { lr: 0, exact }))).toEqual(plain);
  });

  test('is the loss of the rest where a step of SGD on the first part leads', async () => {
    using _scope = device.scope();
    const [model, moved] = [gated(2), gated(2)];
    const [term] = toyTerms(device, moved);
    moved.zeroGrad();
    backward(term!.part(0, 8).loss());
    for (const arena of [moved.shared, moved.heads.get('plain')!]) new SGD(arena, { lr: 0.5 }).step();
    const found = lossAfterStep(model, toyTerms(device, model)[0]!, { lr: 0.5, exact: false });
    expect(await found.item()).toBeCloseTo(await term!.part(8, 10).loss().item(), 5);
  });

  test('exact: the derivative of the loss after the step, as of central differences; first-order: another', async () => {
    using _scope = device.scope();
    const model = gated(2);
    const [term] = toyTerms(device, model);
    const exact = await gradients(model, () => lossAfterStep(model, term!, { lr: 0.5, exact: true }));
    const first = await gradients(model, () => lossAfterStep(model, term!, { lr: 0.5, exact: false }));
    const values = await model.shared.values.read() as Float32Array;
    // The bias of an expert, and of the largest derivatives some.
    const places = exact.slice(0, values.length).map((g, i) => [Math.abs(g), i] as const).sort(([a], [b]) => b - a).slice(0, 4).map(([, i]) => i);
    for (const i of places) {
      const at = async (shift: number): Promise<number> => {
        model.shared.values.write(values.map((value, j) => (i === j ? value + shift : value)));
        return lossAfterStep(model, term!, { lr: 0.5, exact: true }).item();
      };
      const numeric = (await at(4e-3) - await at(-4e-3)) / 8e-3;
      expect(Math.abs(exact[i]! - numeric)).toBeLessThan(2e-3 * Math.max(1, Math.abs(numeric)));
    }
    const difference = Math.max(...exact.map((value, i) => Math.abs(value - first[i]!)));
    expect(difference).toBeGreaterThan(0.02);
  });

  test.each(['first-order', 'exact'])('MMoEEx makes it fall, eager and captured: %s', async (maml) => {
    using _scope = device.scope();
    const model = builtFor(device, 'mmoeex', { experts: 2, maml });
    const rule = findMethod('mmoeex').create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(findMethod('mmoeex'), { experts: 2, maml, innerLr: 0.1 }) });
    const loss = async (): Promise<number> => (await Promise.all(toyTerms(device, model).map((term) => lossAfterStep(model, term, { lr: 0.1, exact: false }).item()))).reduce((a, b) => a + b);
    const before = await loss();
    for (let i = 0; i < 10; i++) rule.step(toyTerms(device, model));
    expect(await loss()).toBeLessThan(before - 0.01);
    const { shared } = await trainedBy(device, 'mmoeex', { set: { experts: 2, maml }, epochs: 1 });
    expect((await shared.values.read()).every(Number.isFinite)).toBe(true);
  });

  test('a batch of one sample has its plain loss', async () => {
    using _scope = device.scope();
    const model = gated(2);
    const [term] = toyTerms(device, model, 1);
    expect(await lossAfterStep(model, term!, { lr: 0.5, exact: true }).item()).toBe(await term!.loss().item());
  });
});
