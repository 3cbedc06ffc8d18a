/** EWC: where the pull comes to rest, what the Fisher information is, and what it does not depend on. */
import { describe, expect, test } from 'vitest';
import { findMethod, phasesOf, resolveHyperparameters, termOf } from 'lazygrad/methods';
import type { Term, UpdateRule } from 'lazygrad/methods';
import { MultiTaskModel, dropout, mlp } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { ConfigError, Generator, ParameterArena, SGD, affine, backward, binaryCrossEntropyWithLogits, mul, sum, tensor } from '../../engine/index.ts';
import { FisherPenalty } from '../../methods/fisher-penalty.ts';
import { sampleTargets } from '../../methods/sample-targets.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { arrayOf } from '../support/inputs.ts';
import { KINDS, kindTask } from './kinds-support.ts';

const device = await testDevice();
const method = findMethod('ewc');

const arenaOf = (...values: number[]): ParameterArena => new ParameterArena(device, [{ name: 'w', shape: [values.length], init: () => tensor(device, values) }], new Generator(0));
const valuesOf = async (arena: ParameterArena): Promise<number[]> => [...await arena.get('w').read()];

/** A task whose optimum is where the arena stands, with this information. */
function learnt(arena: ParameterArena, information: readonly number[], penalty = new FisherPenalty(arena), keep: number | null = null): FisherPenalty {
  arena.get('w').grad!.write(information.map(Math.sqrt));
  penalty.add();
  penalty.consolidate(keep);
  return penalty;
}

/** Steps down `sum h (w - b)^2 / 2` with the pull. */
function settle(arena: ParameterArena, penalty: FisherPenalty, { h = 2, b = 1, lambda = 0.5, lr = 0.05, steps = 200 }: Record<string, number> = {}): void {
  const sgd = new SGD(arena, { lr });
  const step = device.capture(() => {
    arena.zeroGrad();
    const far = affine(arena.get('w'), 1, -b);
    backward(affine(sum(mul(far, far)), h / 2, 0));
    sgd.step();
    penalty.pull(lr * lambda);
  });
  for (let i = 0; i < steps; i++) step.replay();
  step.dispose();
}

describe('the pull', () => {
  test('two parabolas meet at (h b + lambda F a) / (h + lambda F) = 0', async () => {
    using _scope = device.scope();
    const arena = arenaOf(-1);
    settle(arena, learnt(arena, [4]));
    expect((await valuesOf(arena))[0]).toBeCloseTo(0, 5);
  });

  test('two tasks before: each pulls to its own optimum', async () => {
    using _scope = device.scope();
    const arena = arenaOf(-1);
    const penalty = learnt(arena, [4]);
    arena.get('w').write([3]);
    learnt(arena, [1], penalty);
    settle(arena, penalty, { lambda: 1 });
    // (2 * 1 + 4 * -1 + 1 * 3) / (2 + 4 + 1)
    expect((await valuesOf(arena))[0]).toBeCloseTo(1 / 7, 5);
  });

  test('online: what is kept of the old information is about the new optimum', async () => {
    using _scope = device.scope();
    const arena = arenaOf(-1);
    const penalty = learnt(arena, [4]);
    arena.get('w').write([3]);
    learnt(arena, [1], penalty, 0.5);
    settle(arena, penalty, { lambda: 1 });
    // Information 0.5 * 4 + 1 at 3.
    expect((await valuesOf(arena))[0]).toBeCloseTo((2 + 3 * 3) / (2 + 3), 5);
  });

  test('the stronger, the more what has information stands still, and nothing else', async () => {
    using _scope = device.scope();
    const arena = arenaOf(-1, -1);
    settle(arena, learnt(arena, [4, 0]), { lambda: 1e9, steps: 100 });
    expectClose(await valuesOf(arena), [-1, 1 - 2 * 0.9 ** 100], { atol: 1e-5 });
  });

  test('a small step is SGD on the loss and lambda / 2 sum F (w - w*)^2', async () => {
    using _scope = device.scope();
    const arena = arenaOf(-1);
    const penalty = learnt(arena, [4]);
    arena.get('w').write([0.5]);
    settle(arena, penalty, { lr: 1e-3, steps: 1 });
    expect((await valuesOf(arena))[0]).toBeCloseTo(0.5 - 1e-3 * (2 * (0.5 - 1) + 0.5 * 4 * (0.5 + 1)), 5);
  });
});

describe('the Fisher information of p = sigmoid(w x), w = 0.7, x = 2', () => {
  const withLabels = async (...labels: readonly (readonly [label: number, weight: number])[]): Promise<number> => {
    using _scope = device.scope();
    const arena = arenaOf(0.7);
    const penalty = new FisherPenalty(arena);
    for (const [label, weight] of labels) {
      arena.zeroGrad();
      backward(binaryCrossEntropyWithLogits(affine(arena.get('w'), 2, 0), tensor(device, [label])));
      penalty.add(weight);
    }
    penalty.consolidate();
    return (await penalty.stateDict()).get('information')![0]!;
  };

  test('expected over the model\'s labels: x^2 p (1 - p) = 0.634740', async () => {
    const p = 1 / (1 + Math.exp(-1.4));
    expect(await withLabels([1, p], [0, 1 - p])).toBeCloseTo(0.63474, 5);
  });

  test('empirical, with the label 1: 0.156525', async () => {
    expect(await withLabels([1, 1])).toBeCloseTo(0.156525, 5);
  });
});

describe('labels drawn from the model', () => {
  const ROWS = 8192;
  const drawn = async (kind: (typeof KINDS)[number], row: readonly number[]): Promise<ArrayLike<number>> =>
    sampleTargets(kind, tensor(device, Array.from({ length: ROWS }, () => row).flat(), [ROWS, row.length]), new Generator(4)).read();
  const share = (values: ArrayLike<number>, wanted: number): number => Array.from(values).filter((value) => value === wanted).length / values.length;

  test('classes by softmax', async () => {
    using _scope = device.scope();
    const logits = [0, 1.5, -30, 0.5];
    const found = await drawn('multiclass', logits);
    const total = logits.reduce((a, z) => a + Math.exp(z), 0);
    expect(found).toBeInstanceOf(Int32Array);
    for (const [c, z] of logits.entries()) expect(Math.abs(share(found, c) - Math.exp(z) / total)).toBeLessThan(0.025);
  });

  test.each(['binary', 'multilabel'] as const)('%s: labels by their probabilities', async (kind) => {
    using _scope = device.scope();
    const found = await drawn(kind, [1.4]);
    expect(Math.abs(share(found, 1) - 1 / (1 + Math.exp(-1.4)))).toBeLessThan(0.025);
    expect(share(found, 0) + share(found, 1)).toBe(1);
  });

  test('numbers: normal about the outputs, with variance 1/2', async () => {
    using _scope = device.scope();
    const far = Array.from(await drawn('regression', [3]), (value) => value - 3);
    expect(Math.abs(far.reduce((a, b) => a + b, 0) / ROWS)).toBeLessThan(0.04);
    expect(Math.abs(far.reduce((a, b) => a + b * b, 0) / ROWS - 0.5)).toBeLessThan(0.04);
  });
});

const TASKS = KINDS.map((kind, i) => kindTask(kind, 100 * i, { train: 6 }));

interface Trained {
  readonly model: MultiTaskModel;
  readonly rule: UpdateRule;
  readonly terms: ReadonlyMap<string, Term>;
}

function trained(set: Readonly<Record<string, string | number>>, trunk = mlp({ inputs: 6, widths: [5] })): Trained {
  const model = new MultiTaskModel(device, trunk, TASKS.map(({ name, kind, classes }) => ({ name, kind, outputs: classes })), 3);
  const rule = method.create({ model, tasks: KINDS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, set) });
  const terms = new Map(TASKS.map((task) => {
    const { targets } = task.train;
    const shape = task.kind === 'multiclass' ? [6] : [6, task.classes];
    return [task.name, termOf({ model, task, inputs: tensor(device, Float32Array.from(arrayOf(task.train)), [6, 6]), targets: tensor(device, targets, shape), missing: false })] as const;
  }));
  return { model, rule, terms };
}

const phase = (name: string, task: string): Parameters<NonNullable<UpdateRule['startPhase']>>[0] => ({ name, tasks: [task], mode: 'alternating', epochs: 1 });
const state = async (rule: UpdateRule, name: string): Promise<number[]> => [...(await rule.stateDict!()).get(name)!];
const bits = async ({ values }: ParameterArena): Promise<number[]> => [...new Uint32Array((await values.read()).slice().buffer)];

describe.each(KINDS)('measuring a task of kind %s', (kind) => {
  test.each(['true', 'empirical'])('%s: the size of the batches does not matter, and nothing moves', async (fisher) => {
    using _scope = device.scope();
    const [whole, single] = [trained({ fisher }), trained({ fisher })];
    const before = await bits(whole.model.shared);
    for (const { rule } of [whole, single]) await rule.startPhase!(phase('fisher', kind), false);
    whole.rule.step([whole.terms.get(kind)!]);
    for (let i = 0; i < 6; i++) single.rule.step([single.terms.get(kind)!.part(i, i + 1)]);
    for (const { rule } of [whole, single]) await rule.endPhase!(phase('fisher', kind));
    const information = await state(whole.rule, 'information');
    expect(await state(single.rule, 'information')).toEqual(information);
    expect(Math.max(...information)).toBeGreaterThan(1e-4);
    expect(await bits(whole.model.shared)).toEqual(before);
    expect(whole.model.training).toBe(true);
  });
});

test('measuring drops nothing, as in evaluation', async () => {
  using _scope = device.scope();
  const plain = mlp({ inputs: 6, widths: [5] });
  const dropping: Trunk = { ...plain, forward: (x, p, mode) => dropout(0.5).forward(plain.forward(x, p, mode), p, mode) };
  const informationOf = async (trunk: Trunk): Promise<number[]> => {
    const { rule, terms } = trained({ fisher: 'empirical' }, trunk);
    await rule.startPhase!(phase('fisher', 'multiclass'), false);
    rule.step([terms.get('multiclass')!]);
    await rule.endPhase!(phase('fisher', 'multiclass'));
    return state(rule, 'information');
  };
  expect(await informationOf(dropping)).toEqual(await informationOf(plain));
});

test('without strength, fine-tuning: the same bits whatever was measured; with it, others', async () => {
  using _scope = device.scope();
  const run = async (lambda: number, measures: boolean): Promise<number[]> => {
    const { model, rule, terms } = trained({ lambda });
    const turn = async (name: string, task: string): Promise<void> => {
      await rule.startPhase!(phase(name, task), false);
      for (let i = 0; i < 2; i++) rule.step([terms.get(task)!]);
      await rule.endPhase!(phase(name, task));
    };
    await turn('train', 'multiclass');
    if (measures) await turn('fisher', 'multiclass');
    await turn('train', 'binary');
    return bits(model.shared);
  };
  const plain = await run(0, false);
  expect(await run(0, true)).toEqual(plain);
  expect(await run(10, false)).toEqual(plain);
  expect(await run(10, true)).not.toEqual(plain);
});

test('a task at a time, and after each but the last its information, one sample a step', () => {
  const phases = phasesOf(method, ['a', 'b'], 7, resolveHyperparameters(method, { samples: 20 }));
  expect(phases.map(({ name, tasks, epochs, batchSize, stepsPerTask }) => [name, tasks[0], epochs, batchSize, stepsPerTask])).toEqual([
    ['train', 'a', 7, undefined, undefined], ['fisher', 'a', 1, 1, 20], ['train', 'b', 7, undefined, undefined],
  ]);
  expectError(() => phasesOf(method, ['a'], 7, resolveHyperparameters(method, { samples: 2.5 })), ConfigError, /samples/, '2.5');
});
