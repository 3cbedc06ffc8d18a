/** The checks find every fault of an optimizer that is otherwise right, and none in APO. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { APO } from 'lazygrad/apo';
import { checkInvariants, checkRepeatable, checkScaling, DifferenceError, InvariantError, maskedOptimizer, masksOf, NAIVE_DEFAULTS, NaiveAPO, scriptArena, scripts } from 'lazygrad/testing';
import type { MaskedOptimizer, Masks, Script, StepReport } from 'lazygrad/testing';
import { testDevice } from '../support/device.ts';

const TASKS = ['a', 'b', 'c'];

type Fault = 'none' | 'tells of no claims' | 'tells of claims by nobody' | 'gives two owners' | 'claims for another' | 'claims what is insensitive' | 'leaves free what is sensitive' | 'takes over'
  | 'gives up' | 'moves what is free' | 'moves what is insensitive' | 'moves at the end' | 'claims at the end' | 'goes by chance' | 'goes by the scale' | 'goes by the sign';

/** First come, first served: a task claims what is free where its gradient is above the mean, and moves only what it owns. */
class FirstCome implements MaskedOptimizer {
  readonly tasks = TASKS;
  readonly #theta: Float32Array;
  readonly #owners: number[];
  readonly #fault: Fault;
  static runs = 0;

  constructor({ initial }: Script, fault: Fault) {
    this.#theta = initial.slice();
    this.#owners = [...initial].map(() => 0);
    this.#fault = fault;
    FirstCome.runs++;
  }

  #move(i: number, by: number): void {
    this.#theta[i] = this.#theta[i]! - by;
  }

  step(task: string, gradient: Float32Array): StepReport {
    const own = TASKS.indexOf(task) + 1;
    const fault = this.#fault;
    const threshold = fault === 'goes by the scale' ? 1 : gradient.reduce((sum, g) => sum + Math.abs(g), 0) / gradient.length;
    const sensitive = [...gradient].map((g) => (fault === 'goes by the sign' ? g : Math.abs(g)) > threshold);
    gradient.forEach((g, i) => {
      if (fault === 'claims what is insensitive' && !sensitive[i] && this.#owners[i] === 0) this.#owners[i] = own;
      if (fault === 'moves what is free' && this.#owners[i] === 0 && !sensitive[i]) this.#move(i, 1);
      if (fault === 'moves what is insensitive' && this.#owners[i] === own && !sensitive[i]) this.#move(i, 1);
      if (!sensitive[i]) return;
      if (fault === 'takes over') this.#owners[i] = own;
      if (fault === 'gives up' && this.#owners[i] !== 0 && this.#owners[i] !== own) this.#owners[i] = 0;
      else if (this.#owners[i] === 0 && fault !== 'leaves free what is sensitive') this.#owners[i] = fault === 'claims for another' ? 1 + (own % 3) : own;
      if (this.#owners[i] === own) this.#move(i, fault === 'goes by chance' ? g * FirstCome.runs : g);
    });
    return { sensitive };
  }

  endEpoch(): void {
    const last = this.#owners.length - 1;
    if (this.#fault === 'moves at the end' && this.#owners[last]) this.#move(last, 1);
    if (this.#fault === 'claims at the end') this.#owners[last] ||= 1;
  }

  parameters(): Float32Array {
    return this.#theta.slice();
  }

  masks(): Masks {
    const { claimed, byTask } = masksOf(this.#owners, TASKS);
    if (this.#fault === 'tells of no claims') return { claimed: claimed.map(() => false), byTask };
    if (this.#fault === 'tells of claims by nobody') return { claimed: claimed.map(() => true), byTask };
    return this.#fault === 'gives two owners' ? { claimed, byTask: new Map([...byTask, ['b', claimed]]) } : { claimed, byTask };
  }
}

const drawn = scripts({ tasks: TASKS });
/** What the property finds, if anything. */
async function found(property: (script: Script) => Promise<void>): Promise<unknown> {
  let failure: unknown;
  await fc.assert(fc.asyncProperty(drawn, (script) => property(script).catch((error: unknown) => {
    failure = error;
    throw error;
  })), { seed: 5, numRuns: 40, endOnFailure: true }).catch(() => undefined);
  return failure;
}

describe('of an optimizer of one\'s own', () => {
  test('one that is right passes', async () => {
    expect(await found((script) => checkInvariants(new FirstCome(script, 'none'), script))).toBeUndefined();
    expect(await found((script) => checkRepeatable(() => new FirstCome(script, 'none'), script))).toBeUndefined();
    for (const factor of [2, -0.25]) expect(await found((script) => checkScaling(() => new FirstCome(script, 'none'), script, factor))).toBeUndefined();
  });

  test.each([
    ['tells of no claims', 'union'],
    ['tells of claims by nobody', 'union'],
    ['gives two owners', 'exclusive'],
    ['claims for another', 'claim'],
    ['claims what is insensitive', 'claim'],
    ['leaves free what is sensitive', 'claim'],
    ['takes over', 'permanent'],
    ['gives up', 'permanent'],
    ['moves what is free', 'untouched'],
    ['moves what is insensitive', 'insensitive'],
    ['moves at the end', 'epoch'],
    ['claims at the end', 'epoch'],
  ] as const)('one that %s is found by the invariant %s', async (fault, invariant) => {
    const failure = await found((script) => checkInvariants(new FirstCome(script, fault), script));
    expect(failure).toBeInstanceOf(InvariantError);
    expect((failure as InvariantError).invariant).toBe(invariant);
    expect((failure as InvariantError).message).toMatch(/^\w+: parameter \d+ .* after event \d+, (a step of [abc]|the end of an epoch)$/);
  });

  test('one that depends on more than the script, on scale or on sign is found', async () => {
    expect(await found((script) => checkRepeatable(() => new FirstCome(script, 'goes by chance'), script))).toBeInstanceOf(DifferenceError);
    expect(await found((script) => checkScaling(() => new FirstCome(script, 'goes by the scale'), script, 4))).toBeInstanceOf(DifferenceError);
    expect(await found((script) => checkScaling(() => new FirstCome(script, 'goes by the sign'), script, -1))).toBeInstanceOf(DifferenceError);
  });
});

test('APO passes, with a tensor that no task can claim among its own', async () => {
  const device = await testDevice();
  const script = scripts({ tasks: TASKS, lengths: fc.constantFrom([5, 66], [1, 7]), kinds: ['dyadic', 'ties', 'normal', 'tiny'], events: 5 });
  await fc.assert(fc.asyncProperty(script, fc.constantFrom({}, { statistic: 'signed' as const }, { accumulator: 'perTask' as const, beta: 0 }), async (s, options) => {
    using _scope = device.scope();
    const apo = (): MaskedOptimizer => maskedOptimizer(new APO(scriptArena(device, s), TASKS, { lr: 0.5, ...options }));
    await checkInvariants(apo(), s);
    await checkRepeatable(apo, s);
    await checkScaling(apo, s, options.statistic ? 2 : -2);
  }), { seed: 2, numRuns: 12 });
});

test('so does Algorithm 1 line by line, which tells what it is sensitive to', async () => {
  const masked = (s: Script, options: object): MaskedOptimizer => {
    const naive = new NaiveAPO([...s.initial], s.lengths, TASKS, { ...NAIVE_DEFAULTS, ...options });
    return {
      tasks: TASKS, step: (task, gradient) => naive.step(task, [...gradient]) ?? {}, endEpoch: () => naive.endEpoch(),
      parameters: () => Float32Array.from(naive.theta), masks: () => ({ claimed: [...naive.P], byTask: new Map([...naive.H].map(([task, mask]) => [task, [...mask]])) }),
    };
  };
  for (const options of [{ lr: 0.25 }, { k: 2, accumulator: 'perTask' }, { thresholdFrom: 'before', granularity: 'model', anchor: 'taskStart' }]) {
    expect(await found((s) => checkInvariants(masked(s, options), s))).toBeUndefined();
  }
  // Options that leave the algorithm break its promises.
  expect(await found((s) => checkInvariants(masked(s, { plainStep: 'added' }), s))).toMatchObject({ invariant: expect.stringMatching(/untouched|insensitive/) as string });
  expect(await found((s) => checkInvariants(masked(s, { releaseAfter: 1 }), s))).toMatchObject({ invariant: 'epoch' });
});

test('an arena has the script\'s tensors and values', async () => {
  const device = await testDevice();
  using _scope = device.scope();
  const arena = scriptArena(device, { lengths: [2, 3], initial: Float32Array.of(1, 2, 3, 4, 5), events: [] });
  expect([...await arena.stateDict()].map(([name, { data }]) => [name, [...data]])).toEqual([['p0', [1, 2]], ['p1', [3, 4, 5]]]);
  const optimizer = maskedOptimizer(new APO(arena, TASKS, { lr: 1, k: 0, beta: 0 }));
  expect([...await optimizer.parameters()]).toEqual([1, 2, 3, 4, 5]);
  await optimizer.step('b', Float32Array.of(0, 8, 0, 0, 2));
  expect([...await optimizer.parameters()]).toEqual([1, -6, 3, 4, 3]);
  expect((await optimizer.masks()).byTask.get('b')).toEqual([false, true, false, false, true]);
});
