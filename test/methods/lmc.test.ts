/** LMC: its oracle on parabolas, the factor of the chain rule, where phases begin, and going on within a line phase. */
import { describe, expect, test } from 'vitest';
import { Generator, ParameterArena, SGD, add, affine, backward, mul, rand, readSafetensors, reshape, sum, tensor } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import type { Parameters } from 'lazygrad/models';
import { termOf } from 'lazygrad/methods';
import { descendLine, goBack, interpolated, lmc } from '../../methods/lmc.ts';
import { resolveHyperparameters } from '../../methods/method.ts';
import { twinOf } from '../../methods/twin.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { alone, bitsOf, toyRun, trio } from './toy-run.ts';
import type { Bits, ToyOutcome, ToyRun } from './toy-run.ts';

const device = await testDevice();
const POINTS = [0.2, 0.4, 0.6, 0.8];

const at = (value: number): ParameterArena => new ParameterArena(device, [{ name: 'w', shape: [1], init: (d) => tensor(d, [value]) }], new Generator(0));
/** ½ (w - m)² */
const parabola = (m: number) => (parameters: Parameters): Tensor => {
  const off = affine(parameters.get('w'), 1, -m);
  return affine(sum(mul(off, off)), 0.5, 0);
};

describe('two parabolas, each with its line from its own minimum', () => {
  const [m1, m2] = [-1.5, 4];
  function descend(w: ParameterArena, points: readonly number[]): Promise<number> {
    w.zeroGrad();
    for (const m of [m1, m2]) descendLine(at(m), w, points, parabola(m));
    return w.get('w').grad!.item();
  }

  test('the gradient is (sum alpha²) (2w - m1 - m2), sum alpha² = 1.2', async () => {
    using _scope = device.scope();
    for (const w of [0, 1, -2.5]) expect(await descend(at(w), POINTS)).toBeCloseTo(1.2 * (2 * w - m1 - m2), 5);
  });

  test('alpha 1: the gradient of both losses at w', async () => {
    using _scope = device.scope();
    const w = at(0.3);
    const found = await descend(w, [1]);
    w.zeroGrad();
    for (const m of [m1, m2]) backward(parabola(m)(w));
    expect(found).toBeCloseTo(await w.get('w').grad!.item(), 5);
  });

  test.each([[POINTS], [[0.5]], [[0.1, 0.9, 1]]])('the minimum is (m1 + m2) / 2, at the points %j', async (points) => {
    using _scope = device.scope();
    const w = at(m1);
    const optimizer = new SGD(w, { lr: 0.3 });
    for (let i = 0; i < 120; i++) {
      await descend(w, points);
      optimizer.step();
    }
    expect(await w.get('w').item()).toBeCloseTo((m1 + m2) / 2, 4);
  });
});

test('points of the line, and nothing flows to its beginning', async () => {
  using _scope = device.scope();
  const [base, w] = [at(2), at(10)];
  const view = interpolated(base, w, 0.25).get('w');
  expect(await view.item()).toBe(4);
  backward(reshape(mul(view, view), []));
  expect(await w.get('w').grad!.item()).toBe(0.25 * 8);
  expect(await base.get('w').grad!.item()).toBe(0);
});

test('kappa of the way stays', async () => {
  using _scope = device.scope();
  for (const [kappa, left] of [[0, 2], [1, 10], [0.25, 4]] as const) {
    const w = at(10);
    goBack(w, at(2), kappa);
    expect(await w.get('w').item()).toBe(left);
  }
});

test('a step of a line phase: old tasks on the line from the old trunk, the last task on that from its own, heads down the mean', async () => {
  using _scope = device.scope();
  const tasks = ['a', 'b', 'c'];
  const model = new MultiTaskModel(device, mlp({ inputs: 3, widths: [4] }), tasks.map((name) => ({ name, outputs: 2 })), 1);
  const terms = tasks.map((name, i) => termOf({
    model, task: { name, kind: 'multiclass' }, inputs: rand(device, [5, 3], new Generator(i + 7)), targets: tensor(device, Int32Array.of(0, 1, 1, 0, 1)), missing: false,
  }));
  const lr = 0.2;
  const rule = lmc.create({ model, tasks, lr, seed: 1, values: resolveHyperparameters(lmc, {}) });
  const phases = lmc.phases!(tasks, 1, resolveHyperparameters(lmc, {}));
  const old = twinOf(model.shared);
  const move = (by: number): void => model.shared.values.write(Float32Array.from({ length: model.shared.capacity }, (_, i) => Math.sin(i + by)));
  await rule.startPhase!(phases[3]!, false);
  move(1);
  const fresh = twinOf(model.shared);
  await rule.startPhase!(phases[4]!, false);
  move(2);
  model.zeroGrad();
  for (const [i, term] of terms.entries()) {
    for (const alpha of POINTS) backward(term.loss({ shared: { get: (name) => add(affine((i === 2 ? fresh : old).get(name).detach(), 1 - alpha, 0), affine(model.shared.get(name), alpha, 0)) } }));
  }
  const expected = await Promise.all([model.shared, ...model.heads.values()].map(async ({ values, gradients }, i) => {
    const [value, slope] = [await values.read(), await gradients.read()];
    return Float32Array.from(value, (v, k) => v - (i === 0 ? lr : lr / 4) * slope[k]!);
  }));
  rule.step([...terms].reverse());
  for (const [i, arena] of [model.shared, ...model.heads.values()].entries()) expectClose(await arena.values.read(), expected[i]!, { atol: 2e-6 });
});

const vector = ({ checkpoint }: ToyOutcome, name: string): Uint32Array => {
  const { data } = readSafetensors(checkpoint, 'checkpoint').tensors.get(`method.${name}`)!;
  return new Uint32Array((data as Float32Array).slice().buffer);
};
const trained = async (wishes: ToyRun): Promise<Bits> => bitsOf((await toyRun(device, 'lmc', wishes)).model);

test('phases: each task alone, then all so far on the line', () => {
  const phases = lmc.phases!(['a', 'b', 'c'], 4, resolveHyperparameters(lmc, { line: 0.5, lineSteps: 7 }));
  expect(phases.map(({ name, tasks, mode, epochs, stepsPerTask }) => [name, tasks.join(''), mode, epochs, stepsPerTask])).toEqual([
    ['task', 'a', 'alternating', 4, undefined],
    ['task', 'b', 'alternating', 4, undefined], ['line', 'ab', 'joint', 2, 7],
    ['task', 'c', 'alternating', 4, undefined], ['line', 'abc', 'joint', 2, 7],
  ]);
});

test('one task: plain SGD, bit by bit', async () => {
  using _scope = device.scope();
  expect(await trained({ dataset: alone })).toEqual(await bitsOf((await toyRun(device, 'alternating-sgd', { dataset: alone })).model));
});

describe('two tasks, one epoch each', () => {
  const pair = { ...trio, tasks: trio.tasks.slice(0, 2) };
  const wishes: ToyRun = { dataset: pair, epochs: 1, set: { kappa: 0.25 } };
  // Steps of the two tasks; the line has three more.
  const [first, second] = [3, 3];

  test('the lines begin where the tasks before and the task alone ended, the search between them', async () => {
    using _scope = device.scope();
    const afterFirst = await bitsOf((await toyRun(device, 'lmc', { ...wishes, stopAfter: first })).model);
    const alone = await toyRun(device, 'lmc', { ...wishes, stopAfter: first + second });
    const whole = await toyRun(device, 'lmc', wishes);
    expect(vector(whole, 'before')).toEqual(afterFirst.shared);
    expect(vector(whole, 'after')).toEqual((await bitsOf(alone.model)).shared);
    // With steps that are next to nothing, the end of the line phase is its beginning.
    const still = await toyRun(device, 'lmc', { ...wishes, lr: 1e-12 });
    expect(vector(still, 'before')).toEqual(still.start.shared);
    // The task before the line leaves the other's head alone, the line does not.
    expect((await bitsOf(alone.model)).a).toEqual(afterFirst.a);
    expect((await bitsOf(whole.model)).a).not.toEqual(afterFirst.a);
  });

  test('kappa says where the search begins', async () => {
    using _scope = device.scope();
    const [old, middle, fresh] = [await trained({ ...wishes, set: { kappa: 0 } }), await trained(wishes), await trained({ ...wishes, set: { kappa: 1 } })];
    expect(middle).not.toEqual(old);
    expect(middle).not.toEqual(fresh);
    expect(fresh).not.toEqual(old);
  });

  test('a run stopped within the line phase, or just before it, goes on with the same bits', async () => {
    using _scope = device.scope();
    const whole = await trained(wishes);
    for (const stopAfter of [first + second, first + second + 1]) {
      const { checkpoint, end } = await toyRun(device, 'lmc', { ...wishes, stopAfter });
      expect(end).toBeNull();
      expect(await trained({ ...wishes, resume: checkpoint })).toEqual(whole);
    }
  });
});
