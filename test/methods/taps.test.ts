/** TAPS: what gates let through, their gradients and price, and the networks that it reduces to. */
import { describe, expect, test } from 'vitest';
import { buildModel, findMethod, phasesOf, resolveHyperparameters, termOf } from 'lazygrad/methods';
import type { Phase, Term, UpdateRule } from 'lazygrad/methods';
import { MultiTaskModel, batchNorm2d, conv2d, dropout, mlp } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { ConfigError, SGD, backward, tensor } from '../../engine/index.ts';
import type { ParameterArena, Tensor } from '../../engine/index.ts';
import { gatedDeltas } from '../../methods/gated-deltas.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

const device = await testDevice();
const method = findMethod('taps');
const TASKS = ['plain', 'inverted'];
type Set = Readonly<Record<string, string | number>>;

const trunk = (): Trunk => mlp({ inputs: 64, widths: [12, 7] });
const HEADS = TASKS.map((name) => ({ name, outputs: 4 }));
const newModel = (set: Set = {}): MultiTaskModel => buildModel(method, { device, trunk, tasks: HEADS, seed: 5 }, resolveHyperparameters(method, set));
const ruleOf = (model: MultiTaskModel, set: Set = {}): UpdateRule => method.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, set) });
const phase = (name: string): Phase => ({ name, tasks: TASKS, mode: 'alternating', epochs: 9 });
async function adapting(model: MultiTaskModel, set: Set = {}): Promise<UpdateRule> {
  const rule = ruleOf(model, set);
  await rule.startPhase!(phase('train'), false);
  return rule;
}

const bits = async ({ values }: ParameterArena): Promise<number[]> => [...new Uint32Array((await values.read()).slice().buffer)];
const pictures = (): Tensor => tensor(device, Float32Array.from({ length: 3 * 64 }, (_, i) => Math.sin(i)), [3, 64]);
const termFor = (model: MultiTaskModel, task: string): Term =>
  termOf({ model, task: { name: task, kind: 'multiclass' }, inputs: pictures(), targets: tensor(device, Int32Array.of(0, 3, 1)), missing: false });
const own = (model: MultiTaskModel, name: string, task = 'plain'): Tensor => model.heads.get(task)!.get(name);
const read = async (x: Tensor): Promise<number[]> => [...await x.read()];

/** The base alone, with the head of one task. */
async function baseOf(model: MultiTaskModel): Promise<MultiTaskModel> {
  const plain = new MultiTaskModel(device, trunk(), HEADS, 5);
  plain.shared.values.write(await model.shared.values.read());
  plain.heads.get('plain')!.loadStateDict(new Map([...await model.heads.get('plain')!.stateDict()].filter(([name]) => name.startsWith('head.'))));
  return plain;
}

/** A first layer that no gradient reaches: its outputs are all 0. */
function silence(model: MultiTaskModel): void {
  model.shared.get('fc1.bias').write(new Float32Array(12).fill(-100));
}

describe('the network of a task', () => {
  test('is the base plus the differences of open layers: so many parameters are added', async () => {
    using _scope = device.scope();
    const model = newModel();
    const gated = gatedDeltas(trunk(), 0.1);
    for (const { name, shape } of trunk().layers.flatMap(({ specs }) => specs)) own(model, `taps.delta.${name}`).write(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5));
    const added = async (gates: readonly number[]): Promise<number> => {
      own(model, 'taps.gates').write(gates);
      const view = gated.view(model.shared, model.heads.get('plain')!, pictures());
      let count = 0;
      for (const { name } of model.shared.segments) {
        const base = await model.shared.get(name).read();
        count += (await view.get(name).read()).filter((value, i) => value !== base[i]).length;
      }
      return count;
    };
    expect([await added([0.2, 0.05]), await added([0.05, 0.1]), await added([0.2, 0.2]), await added([-1, 0])]).toEqual([64 * 12 + 12, 12 * 7 + 7, 64 * 12 + 12 + 12 * 7 + 7, 0]);
  });

  test('has normalisation of its own, without a gate', () => {
    using _scope = device.scope();
    const [conv, norm] = [conv2d('conv', 1, 4, 3), batchNorm2d('norm', 4)];
    const { ownSpecs } = gatedDeltas({ name: 'small', layers: [conv, norm], features: 4, forward: (x) => x }, 0.1);
    expect(ownSpecs.map(({ name, shape }) => [name.slice(5), ...shape])).toEqual([['gates', 1], ['delta.conv.weight', 4, 1, 3, 3], ['delta.conv.bias', 4], ['delta.norm.weight', 4], ['delta.norm.bias', 4]]);
  });

  test('with all gates closed is the base, by a bit: a price high enough closes them', async () => {
    using _scope = device.scope();
    const model = newModel({ lambda: 1e3 });
    const rule = await adapting(model, { lambda: 1e3, warmup: 0 });
    // The first step goes with open gates, and closes them.
    for (let i = 0; i < 3; i++) rule.step([termFor(model, 'plain')]);
    expect(await read(own(model, 'taps.gates'))).toEqual([0, 0]);
    expect(Math.max(...(await read(own(model, 'taps.delta.fc2.weight'))).map(Math.abs))).toBeGreaterThan(1e-4);
    expect(await model.forward(pictures(), 'plain').read()).toEqual(await (await baseOf(model)).forward(pictures(), 'plain').read());
  });
});

describe('gradients', () => {
  test('of a difference: that of the weight, or exactly 0 behind a closed gate; of a gate: <dL/dw, delta>', async () => {
    using _scope = device.scope();
    const model = newModel();
    own(model, 'taps.gates').write([0.05, 0.15]);
    own(model, 'taps.delta.fc1.weight').write(Float32Array.from({ length: 768 }, (_, i) => Math.cos(i)));
    own(model, 'taps.delta.fc2.bias').write([1, -1, 2, 0.5, 0, 3, -2]);
    model.zeroGrad();
    backward(termFor(model, 'plain').loss());
    const gradient = (name: string): Promise<number[]> => read(model.shared.get(name).grad!);
    expect((await read(own(model, 'taps.delta.fc1.weight').grad!)).every((g) => g === 0)).toBe(true);
    expect(await read(own(model, 'taps.delta.fc2.weight').grad!)).toEqual(await gradient('fc2.weight'));
    const dot = async (layer: string): Promise<number> => {
      let total = 0;
      for (const part of ['weight', 'bias']) {
        const delta = await read(own(model, `taps.delta.${layer}.${part}`));
        total += (await gradient(`${layer}.${part}`)).reduce((a, g, i) => a + g * delta[i]!, 0);
      }
      return total;
    };
    const expected = [await dot('fc1'), await dot('fc2')];
    expectClose(await read(own(model, 'taps.gates').grad!), expected, { rtol: 1e-4, atol: 1e-6 });
    expect(Math.min(...expected.map(Math.abs))).toBeGreaterThan(1e-3);
  });
});

describe('the price of a gate', () => {
  test('an unused layer closes after (0.15 - 0.1) / (lr lambda / L) steps', async () => {
    using _scope = device.scope();
    const set = { lambda: 0.3, warmup: 0, momentum: 0 };
    const model = newModel(set);
    silence(model);
    const rule = await adapting(model, set);
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      rule.step([termFor(model, 'plain')]);
      seen.push((await read(own(model, 'taps.gates')))[0]!);
    }
    // lr lambda / L = 0.1 * 0.3 / 2.
    expectClose(seen, [0.135, 0.12, 0.105, 0.09], { atol: 1e-6 });
    expect(seen.findIndex((s) => s < 0.1) + 1).toBe(Math.ceil(0.05 / 0.015));
  });

  test('is asked after the warm-up, and a resumed run remembers where it was', async () => {
    using _scope = device.scope();
    const set = { lambda: 0.3, warmup: 2, momentum: 0 };
    const model = newModel(set);
    silence(model);
    const first = await adapting(model, set);
    const gate = async (rule: UpdateRule): Promise<number> => {
      rule.step([termFor(model, 'plain')]);
      return Number((await read(own(model, 'taps.gates')))[0]!.toFixed(6));
    };
    expect(await gate(first)).toBe(0.15);
    first.endEpoch!(new Map());
    expect(await gate(first)).toBe(0.15);
    first.endEpoch!(new Map());
    expect(await gate(first)).toBe(0.135);
    const second = ruleOf(model, set);
    second.loadStateDict!(await first.stateDict!());
    await second.startPhase!(phase('train'), true);
    expect(await gate(second)).toBe(0.12);
    await second.startPhase!(phase('train'), false);
    expect(await gate(second)).toBe(0.12);
  });
});

test('without price and threshold, the trajectory of fine-tuning', async () => {
  using _scope = device.scope();
  const set = { lambda: 0, threshold: 0 };
  const model = newModel(set);
  const tuned = await baseOf(model);
  const rule = await adapting(model, set);
  const optimizers = [tuned.shared, tuned.heads.get('plain')!].map((arena) => new SGD(arena, { lr: 0.1, momentum: 0.9 }));
  for (let i = 0; i < 6; i++) {
    rule.step([termFor(model, 'plain')]);
    tuned.zeroGrad();
    backward(termFor(tuned, 'plain').loss());
    for (const optimizer of optimizers) optimizer.step();
    expectClose(await model.forward(pictures(), 'plain').read(), await tuned.forward(pictures(), 'plain').read(), { rtol: 1e-4, atol: 1e-5 });
  }
});

test('a task leaves the base and the outputs of the other as they are, by a bit', async () => {
  using _scope = device.scope();
  const model = newModel();
  const rule = await adapting(model);
  const [shared, before, mine] = [await bits(model.shared), await model.forward(pictures(), 'plain').read(), await model.forward(pictures(), 'inverted').read()];
  for (let i = 0; i < 4; i++) rule.step([termFor(model, 'inverted')]);
  expect(await bits(model.shared)).toEqual(shared);
  expect(await model.forward(pictures(), 'plain').read()).toEqual(before);
  expect(await model.forward(pictures(), 'inverted').read()).not.toEqual(mine);
});

test('the base is trained first, on all tasks, and moves neither gates nor differences', async () => {
  using _scope = device.scope();
  const model = newModel();
  const rule = ruleOf(model);
  await rule.startPhase!(phase('base'), false);
  const [shared, head] = [await bits(model.shared), await read(own(model, 'head.weight', 'inverted'))];
  for (let i = 0; i < 2; i++) rule.step(TASKS.map((task) => termFor(model, task)));
  expect(await bits(model.shared)).not.toEqual(shared);
  expect(await read(own(model, 'head.weight', 'inverted'))).not.toEqual(head);
  for (const task of TASKS) {
    expect(await read(own(model, 'taps.gates', task))).toEqual([Math.fround(0.15), Math.fround(0.15)]);
    expect((await read(own(model, 'taps.delta.fc1.weight', task))).every((d) => d === 0)).toBe(true);
  }
  const modes = (set: Set): unknown => phasesOf(method, TASKS, 3, resolveHyperparameters(method, set)).map(({ name, mode }) => [name, mode]);
  expect(modes({})).toEqual([['base', 'joint'], ['train', 'alternating']]);
  expect(modes({ base: 'alternating' })).toEqual([['base', 'alternating'], ['train', 'alternating']]);
  expect(modes({ base: 'initial' })).toEqual([['train', 'alternating']]);
});

test('a trunk without weights and a model without gates are refused', () => {
  expectError(() => gatedDeltas({ name: 'bare', layers: [dropout(0.1)], features: 7, forward: (x) => x }, 0.1), ConfigError, /taps/, 'bare');
  expectError(() => ruleOf(new MultiTaskModel(device, trunk(), HEADS, 1)), ConfigError, /taps/, 'buildModel');
});
