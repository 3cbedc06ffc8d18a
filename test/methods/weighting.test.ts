/** What the methods of loss weights and of dropped gradients compute, one by one. */
import { beforeAll, describe, expect, test } from 'vitest';
import { buildModel, findMethod, gramRule, resolveHyperparameters, termOf } from 'lazygrad/methods';
import type { Method, Term, UpdateRule } from 'lazygrad/methods';
import { mlp } from 'lazygrad/models';
import type { MultiTaskModel } from 'lazygrad/models';
import { dwaWeights } from '../../methods/dwa.ts';
import { dropped } from '../../methods/graddrop.ts';
import { backward, tensor } from '../../engine/index.ts';
import type { Device } from '../../engine/index.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const TASKS = ['a', 'b'];
const LR = 0.1;

interface Setup {
  readonly model: MultiTaskModel;
  readonly rule: UpdateRule;
  readonly terms: readonly Term[];
}

/** Two tasks with a batch each. */
function setup(method: Pick<Method, 'create' | 'hyperparameters' | 'name'>): Setup {
  const hyperparameters = resolveHyperparameters(method as Method, {});
  const model = buildModel({}, { device, trunk: () => mlp({ inputs: 6, widths: [8] }), tasks: TASKS.map((name) => ({ name, outputs: 3 })), seed: 1 }, hyperparameters);
  const rule = method.create({ model, tasks: TASKS, lr: LR, seed: 0, values: hyperparameters });
  const terms = TASKS.map((name, i) => termOf({
    model, task: { name, kind: 'multiclass' }, inputs: tensor(device, Float32Array.from(values([12, 6], 'normal', i + 1).data), [12, 6]),
    // The second has one class alone, which is soon learnt.
    targets: tensor(device, Int32Array.from({ length: 12 }, (_, k) => (i === 1 ? 0 : (k * 7) % 3))),
  }));
  return { model, rule, terms };
}

async function steps({ rule, terms }: Setup, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const measured = rule.step(terms);
    if (measured) rule.decide?.(await measured.read() as Float32Array);
    rule.apply?.(terms);
    await device.finish();
  }
}

test('a Gram method with weights of 1 is equal weighting; each row is one task\'s gradient alone', async () => {
  using _scope = device.scope();
  const seen: (readonly (readonly number[])[])[] = [];
  const ones = setup({ name: 'ones', hyperparameters: {}, create: (context) => gramRule(context, { weigh: (gram) => (seen.push(gram), [1, 1]) }) });
  const equal = setup(findMethod('equal-weights'));
  await steps(ones, 3);
  await steps(equal, 3);
  expectClose(await ones.model.shared.values.read(), await equal.model.shared.values.read(), { atol: 1e-6 });
  for (const task of TASKS) expectClose(await ones.model.heads.get(task)!.values.read(), await equal.model.heads.get(task)!.values.read(), { atol: 1e-6 });
  // The first products, from gradients taken alone.
  const alone = setup(findMethod('equal-weights'));
  const gradients: Float32Array[] = [];
  for (const term of alone.terms) {
    alone.model.zeroGrad();
    backward(term.loss());
    gradients.push(await alone.model.shared.gradients.read() as Float32Array);
  }
  for (const [i, j] of [[0, 0], [0, 1], [1, 1]] as const) {
    const product = gradients[i]!.reduce((sum, value, k) => sum + value * gradients[j]![k]!, 0);
    expect(seen[0]![i]![j]).toBeCloseTo(product, 5);
  }
});

test('uncertainty: a step of the logarithm of the variance goes towards that of the loss', async () => {
  using _scope = device.scope();
  const it = setup(findMethod('uncertainty'));
  const losses = await Promise.all(it.terms.map((term) => term.loss().item()));
  await steps(it, 1);
  const state = await it.rule.stateDict!();
  // From s = 0: d/ds (e^(-s) L + s) / 2 = (1 - L) / 2.
  expectClose(state.get('logVariances')!.subarray(0, 2), losses.map((loss) => (-LR * (1 - loss)) / 2), { atol: 1e-6 });
});

describe('DWA', () => {
  test('the loss that fell least gets most, and all sum to the number of tasks', () => {
    const [a, b] = dwaWeights([1, 1], [1, 2], 2);
    expect(a).toBeCloseTo((2 * Math.exp(0.5)) / (Math.exp(0.5) + Math.exp(0.25)), 12);
    expect(a! + b!).toBeCloseTo(2, 12);
    expect(dwaWeights([3, 1, 2], [3, 1, 2], 2)).toEqual([1, 1, 1]);
  });

  test('it takes two epochs to say anything, and the weights reach the loss', async () => {
    using _scope = device.scope();
    const it = setup(findMethod('dwa'));
    const weights = async (): Promise<number[]> => [...(await it.rule.stateDict!()).get('weights')!];
    it.rule.endEpoch!(new Map([['a', 2], ['b', 2]]));
    expect(await weights()).toEqual([1, 1]);
    it.rule.endEpoch!(new Map([['a', 2], ['b', 1]]));
    expect((await weights())[0]).toBeGreaterThan(1);
    const before = await it.model.heads.get('a')!.values.read() as Float32Array;
    const plain = setup(findMethod('equal-weights'));
    await steps(it, 1);
    await steps(plain, 1);
    const moved = async ({ model }: Setup): Promise<number> => Math.hypot(...(await model.heads.get('a')!.values.read() as Float32Array).map((value, i) => value - before[i]!));
    expect(await moved(it) / await moved(plain)).toBeCloseTo((await weights())[0]!, 4);
  });
});

test('FAMO: the task whose loss falls faster loses weight', async () => {
  using _scope = device.scope();
  const it = setup(findMethod('famo'));
  await steps(it, 20);
  const [a, b] = (await it.rule.stateDict!()).get('logits')!;
  expect(b).toBeLessThan(a! - 0.1);
});

describe('GradDrop', () => {
  const rows = (): ReturnType<typeof tensor> => tensor(device, [-4, 1, 1, 0, 6, 1, 1, 0], [2, 4]);

  test.each([[0.5, [6, 2, 2, 0]], [0.7, [-4, 2, 2, 0]]])('where signs disagree, u = %f decides by the share of 0.6', async (u, expected) => {
    using _scope = device.scope();
    expect([...await dropped(rows(), tensor(device, new Float32Array(4).fill(u))).read()]).toEqual(expected);
  });
});
