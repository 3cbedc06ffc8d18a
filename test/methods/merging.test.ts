/** Merging after training: what the merges are, and the run up to them. */
import { describe, expect, test } from 'vitest';
import { findMethod, phasesOf, resolveHyperparameters, train } from 'lazygrad/methods';
import type { UpdateRule } from 'lazygrad/methods';
import type { MultiTaskModel } from 'lazygrad/models';
import { ConfigError, Generator, ParameterArena, backward, tensor } from '../../engine/index.ts';
import { merge, piecesOf, slopes } from '../../methods/merging/coefficients.ts';
import { entropyOf } from '../../methods/merging/entropy.ts';
import { agreeing, disjoint, electedSigns, trimmed } from '../../methods/merging/trimming.ts';
import { sumOfTasks } from '../../methods/task-arithmetic.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { toyDataset } from './support.ts';
import { TASKS, builtFor, toyTerms, trainedBy, valuesOf } from './terms-support.ts';

const device = await testDevice();
const NAMES = ['task-arithmetic', 'ties', 'adamerging'];

describe('TIES', () => {
  const changes = [Float32Array.of(3, -1, 0.1), Float32Array.of(-1, -2, 0.2)];

  test('the golden values', () => {
    const large = changes.map((change) => trimmed(change, 2));
    expect(large.map((change) => [...change])).toEqual([[3, -1, 0], [-1, -2, 0]]);
    expect([...electedSigns(large)].slice(0, 2)).toEqual([1, -1]);
    const kept = agreeing(changes, 2);
    expect(kept.map((change) => [...change])).toEqual([[3, -1, 0], [0, -2, 0]]);
    expect([...disjoint(kept, 'sum')]).toEqual([3, -3, 0]);
    expect([...disjoint(kept, 'mean')]).toEqual([3, -1.5, 0]);
  });

  test('as many are kept as asked for, the first of equals', () => {
    const equal = Float32Array.of(1, -1, 1, -1, 0.5);
    for (const count of [0, 1, 2, 3, 4, 5]) expect(trimmed(equal, count).filter((value) => value !== 0)).toHaveLength(count);
    expect([...trimmed(equal, 2)]).toEqual([1, -1, 0, 0, 0]);
    expect([...trimmed(Float32Array.of(0, 0, 2), 3)]).toEqual([0, 0, 2]);
  });

  test('where changes cancel, the sign of the majority', () => {
    expect([...electedSigns([Float32Array.of(1, -2, -1, 4), Float32Array.of(-1, -1, -1, 1)])]).toEqual([-1, -1, -1, 1]);
  });
});

describe('the sum of tasks', () => {
  const base = (): ReturnType<typeof tensor> => tensor(device, [0.1, -0.7, 3e-3]);
  const tuned = (): ReturnType<typeof tensor> => tensor(device, [0.3, 1.1, -5e-4]);

  test('0 is the base and 1 with one task that task, exactly', async () => {
    using _scope = device.scope();
    expect(await sumOfTasks(base(), [tuned(), tuned()], 0).read()).toEqual(await base().read());
    expect(await sumOfTasks(base(), [tuned()], 1).read()).toEqual(await tuned().read());
  });

  test('two tasks', async () => {
    using _scope = device.scope();
    const other = tensor(device, [1, 2, 3]);
    expectClose(await sumOfTasks(base(), [tuned(), other], 0.4).read(), [0.1 + 0.4 * (0.2 + 0.9), -0.7 + 0.4 * (1.8 + 2.7), 3e-3 + 0.4 * (-3.5e-3 + 2.997)], { rtol: 1e-6, atol: 1e-7 });
  });
});

describe('coefficients', () => {
  const arena = (): ParameterArena => new ParameterArena(device, [['a', [2, 3]], ['b', [5]]].map(([name, shape]) => ({ name: name as string, shape: shape as number[], init: (d, s) => tensor(d, Float32Array.from({ length: (s as number[]).reduce((x, y) => x * y) }, (_, i) => Math.cos(i)), s) })), new Generator(0));
  const noise = (into: ParameterArena, seed: number): Float32Array => {
    const values = new Float32Array(into.capacity);
    for (const { offset, length } of into.segments) for (let i = 0; i < length; i++) values[offset + i] = Math.sin(seed + 3.1 * (offset + i));
    return values;
  };

  test.each(['task', 'tensor'] as const)('by %s: the merge by the definition, and the slope of a loss as of central differences', async (granularity) => {
    using _scope = device.scope();
    const into = arena();
    const pieces = piecesOf(into, granularity);
    const base = await into.values.read() as Float32Array;
    const changes = [1, 2].map((seed) => noise(into, seed));
    const on = changes.map((change) => tensor(device, change));
    const weights = noise(into, 7);
    const c = Array.from({ length: pieces.length * 2 }, (_, i) => 0.2 + 0.15 * i);
    const mergedAt = (at: readonly number[]): number[] => Array.from(base, (value, i) => {
      const p = pieces.findIndex(({ offset, length }) => i >= offset && i < offset + length);
      return p < 0 ? value : value + at[2 * p]! * changes[0]![i]! + at[2 * p + 1]! * changes[1]![i]!;
    });
    // The loss is sum of w theta^2 / 2.
    const loss = (at: readonly number[]): number => mergedAt(at).reduce((total, value, i) => total + (weights[i]! * value ** 2) / 2, 0);
    merge(into, tensor(device, base), on, tensor(device, c, [pieces.length, 2]), pieces);
    const merged = await into.values.read();
    expectClose(merged, mergedAt(c), { atol: 1e-6 });
    into.gradients.write(Float32Array.from(merged, (value, i) => value * weights[i]!));
    const numeric = c.map((_, i) => (loss(c.map((v, j) => (i === j ? v + 1e-4 : v))) - loss(c.map((v, j) => (i === j ? v - 1e-4 : v)))) / 2e-4);
    expectClose(await slopes(into, on, pieces).read(), numeric, { atol: 1e-5 });
    merge(into, tensor(device, base), on, tensor(device, c.map(() => 0), [pieces.length, 2]), pieces);
    expect(await into.values.read()).toEqual(base);
  });
});

test('entropy: log C and no slope for even logits, 0 for sure ones, ln 2 for each even label; none for numbers', async () => {
  using _scope = device.scope();
  const even = tensor(device, new Float32Array(6).fill(0.7), [2, 3], { requiresGrad: true });
  const entropy = entropyOf('multiclass')(even);
  expect(await entropy.item()).toBeCloseTo(Math.log(3), 6);
  backward(entropy);
  expectClose(await even.grad!.read(), new Float32Array(6), { atol: 1e-7 });
  expect(await entropyOf('multiclass')(tensor(device, [80, 0, 0, 0, -90, 0.5], [2, 3])).item()).toBeCloseTo(0.6628 / 2, 3);
  expect(await entropyOf('multilabel')(tensor(device, [0, 0, 60, -60], [2, 2])).item()).toBeCloseTo(Math.LN2, 6);
  expect(await entropyOf('binary')(tensor(device, [1], [1, 1])).item()).toBeCloseTo(0.582203, 5);
  expectError(() => entropyOf('regression'), ConfigError, 'entropy');
});

describe('a run', () => {
  test.each(NAMES)('%s divides its epochs as it says', (name) => {
    const method = findMethod(name);
    const phases = (epochs: number, set = {}): string => phasesOf(method, TASKS, epochs, resolveHyperparameters(method, set)).map((phase) => `${phase.name} ${phase.epochs}`).join(', ');
    const learns = name === 'adamerging';
    expect(phases(20)).toBe(learns ? 'base 8, fine-tune 8, merge 4' : 'base 10, fine-tune 9, merge 1');
    expect(phases(20, { baseShare: 0 })).toBe(learns ? 'fine-tune 16, merge 4' : 'fine-tune 19, merge 1');
    expect(phases(1)).toBe(learns ? 'fine-tune 1, merge 1' : 'merge 1');
  });

  /** The trunk before the merge, and what the rule keeps. */
  async function stages(name: string, set: Readonly<Record<string, number | string>> = {}): Promise<{ model: MultiTaskModel; rule: UpdateRule; base: Float32Array }> {
    const method = findMethod(name);
    const model = builtFor(device, name, set);
    const rule = method.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, set) });
    for (const phase of phasesOf(method, TASKS, 3, resolveHyperparameters(method, { baseShare: 0.4, ...set }))) {
      await rule.startPhase!(phase, false);
      const terms = toyTerms(device, model);
      for (let i = 0; i < 3; i++) for (const together of phase.mode === 'joint' ? [terms] : terms.map((term) => [term])) rule.step(together);
      rule.endEpoch?.(new Map());
      await rule.endPhase?.(phase);
    }
    return { model, rule, base: (await rule.stateDict!()).get('base') as Float32Array };
  }

  test.each([['task-arithmetic', { lambda: 0 }], ['ties', { lambda: 0 }], ['ties', { keep: 0 }], ['adamerging', { initial: 0, lambdaLr: 1e-6 }]] as const)('%s with %o leaves the base', async (name, set) => {
    using _scope = device.scope();
    const { model, base } = await stages(name, set);
    const [found, tolerance] = [await model.shared.values.read(), name === 'adamerging' ? 1e-5 : 0];
    expectClose(found, base, { atol: tolerance });
  });

  test('task arithmetic adds what each task changed, and each changed its own', async () => {
    using _scope = device.scope();
    const { model, rule, base } = await stages('task-arithmetic', { lambda: 0.5 });
    const state = await rule.stateDict!();
    const [a, b] = TASKS.map((task) => state.get(`tuned.${task}`)!);
    expect(a).not.toEqual(b);
    expectClose(await model.shared.values.read(), base.map((value, i) => value + 0.5 * (a![i]! - value + b![i]! - value)), { atol: 1e-6 });
    // With all kept, signs elected and values added, TIES differs from it only where signs disagree.
    const ties = await stages('ties', { keep: 1, merge: 'sum', lambda: 0.5 });
    expectClose(await ties.model.shared.values.read(), base.map((value, i) => {
      const [da, db] = [a![i]! - value, b![i]! - value];
      const sign = Math.sign(da + db);
      return value + 0.5 * ((Math.sign(da) === sign ? da : 0) + (Math.sign(db) === sign ? db : 0));
    }), { atol: 1e-6 });
  });

  test('fine-tuning moves the heads and leaves the base; the coefficients move neither', async () => {
    using _scope = device.scope();
    const method = findMethod('adamerging');
    const model = builtFor(device, 'adamerging');
    const rule = method.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, { lambdaLr: 0.05 }) });
    const heads = async (): Promise<unknown> => Promise.all([...model.heads.values()].map(valuesOf));
    const [trunk, before] = [await valuesOf(model.shared), await heads()];
    await rule.startPhase!({ name: 'fine-tune', tasks: TASKS, mode: 'alternating', epochs: 1 }, false);
    for (const term of toyTerms(device, model)) rule.step([term]);
    expect(await valuesOf(model.shared)).toEqual(trunk);
    const tuned = await heads();
    expect(tuned).not.toEqual(before);
    await rule.startPhase!({ name: 'merge', tasks: TASKS, mode: 'joint', epochs: 1 }, false);
    for (let i = 0; i < 3; i++) rule.step(toyTerms(device, model));
    expect(await heads()).toEqual(tuned);
    const lambda = (await rule.stateDict!()).get('lambda')!;
    expect(lambda.subarray(0, 8).some((value) => Math.abs(value - 0.3) > 0.01)).toBe(true);
  });

  test('coefficients stay within 0 and 1 where the model is merged', async () => {
    using _scope = device.scope();
    const { model, rule, base } = await stages('adamerging', { initial: 1, lambdaLr: 1, granularity: 'task' });
    const state = await rule.stateDict!();
    const c = [...state.get('lambda')!.subarray(0, 2)].map((value) => Math.min(1, Math.max(0, value)));
    const [a, b] = TASKS.map((task) => state.get(`tuned.${task}`)!);
    expectClose(await model.shared.values.read(), base.map((value, i) => value + c[0]! * a![i]! + c[1]! * b![i]!), { atol: 1e-5 });
  });

  test('AdaMerging does not look at labels', async () => {
    using _scope = device.scope();
    const method = findMethod('adamerging');
    const lambdas = await Promise.all([0, 1].map(async (shift) => {
      const model = builtFor(device, 'adamerging');
      const rule = method.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, {}) });
      await rule.startPhase!({ name: 'fine-tune', tasks: TASKS, mode: 'alternating', epochs: 1 }, false);
      for (const term of toyTerms(device, model)) rule.step([term]);
      await rule.startPhase!({ name: 'merge', tasks: TASKS, mode: 'joint', epochs: 1 }, false);
      const terms = toyTerms(device, model);
      const blind = terms.map((term) => ({ ...term, loss: (options?: Parameters<typeof term.loss>[0]) => (shift === 0 ? term : terms[0]!).loss(options) }));
      rule.step(blind);
      return (await rule.stateDict!()).get('lambda');
    }));
    expect(lambdas[0]).toEqual(lambdas[1]);
  });

  test('goes on in the middle of the coefficients\' epochs, bit by bit', async () => {
    using _scope = device.scope();
    const method = findMethod('adamerging');
    const hyperparameters = resolveHyperparameters(method, { lambdaLr: 0.02, mergeShare: 0.5, keep: 0.5 });
    const go = async (stopAt?: string, resume?: Uint8Array): Promise<{ model: MultiTaskModel; bytes: Uint8Array; phases: string[] }> => {
      const model = builtFor(device, 'adamerging');
      const stop = new AbortController();
      const phases: string[] = [];
      let bytes = new Uint8Array();
      await train({
        device, dataset: toyDataset, model, method, hyperparameters, lr: 0.1, epochs: 4, batchSize: 16, seed: 3, selection: 'last', signal: stop.signal,
        onEvent: (event) => {
          if (event.type === 'epoch') phases.push(event.phase);
          if (event.type === 'progress' && `${event.epoch}.${event.step}` === stopAt) stop.abort();
        },
        onCheckpoint: (state) => (bytes = state),
        ...(resume && { resume: { bytes: resume, file: 'checkpoint' } }),
      });
      return { model, bytes, phases };
    };
    const whole = await go();
    expect(whole.phases).toEqual(['base', 'fine-tune', 'merge', 'merge']);
    const stopped = await go('4.2');
    const resumed = await go(undefined, stopped.bytes);
    expect(await valuesOf(resumed.model.shared)).toEqual(await valuesOf(whole.model.shared));
  });

  test('a regression has nothing to be sure of', () => {
    using _scope = device.scope();
    const numbers = { name: 'numbers', tasks: toyDataset.tasks.map((task) => ({ ...task, kind: 'regression' as const })) };
    const model = builtFor(device, 'adamerging', {}, numbers);
    expectError(() => findMethod('adamerging').create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(findMethod('adamerging'), {}) }), ConfigError, 'regression');
  });

  test('AdaMerging over a merge of one task is at most that task', async () => {
    using _scope = device.scope();
    const one = { name: 'one', tasks: toyDataset.tasks.slice(0, 1) };
    for (const name of NAMES) expect((await (await trainedBy(device, name, { dataset: one, epochs: 3 })).shared.values.read()).every(Number.isFinite)).toBe(true);
  });
});
