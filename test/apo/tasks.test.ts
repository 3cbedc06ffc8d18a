/** Tasks by identity: they come, go, are listed in any order, and are as many as wished; what they own is kept under their names. */
import { describe, expect, test } from 'vitest';
import type { APOOptions } from 'lazygrad/apo';
import { CheckpointError, ConfigError, TensorError, readSafetensors, writeSafetensors } from '../../engine/index.ts';
import { uniforms } from '../support/values.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { Bench, bits, wholeState } from './support.ts';

const device = await testDevice();

function noise(seed: number, lengths: readonly number[]): number[][] {
  const next = uniforms(seed);
  return lengths.map((n) => Array.from({ length: n }, () => Math.fround(next() * 4 - 2)));
}

const LENGTHS = [40, 9];
const start = noise(1, LENGTHS);

/** Owners by name. */
async function named({ apo }: Bench): Promise<string[]> {
  return [...await apo.ownerVector()].map((owner) => (owner === 0 ? '' : apo.tasks[owner - 1]!));
}

describe('adding and removing', () => {
  test('more than 255 tasks each own what they claimed', async () => {
    using _scope = device.scope();
    const tasks = Array.from({ length: 300 }, (_, i) => `task ${i}`);
    const bench = new Bench(device, [new Array<number>(600).fill(0)], tasks.slice(0, 200), { lr: 1, beta: 0 });
    for (const task of tasks.slice(200)) bench.apo.addTask(task);
    tasks.forEach((task, i) => bench.step(task, [Array.from({ length: 600 }, (_, at) => (at === 2 * i ? 8 : 0))]));
    expect(await bench.owners()).toEqual(Array.from({ length: 600 }, (_, at) => (at % 2 === 0 ? at / 2 + 1 : 0)));
    const { owned, unclaimed } = await bench.apo.ownership();
    expect(owned).toEqual(tasks.map(() => 1 / 600));
    expect(unclaimed).toBe(0.5);
  });

  test.each(['shared', 'perTask'] as const)('a task added to a trained model finds earlier owners kept and claims what is free (%s G)', async (accumulator) => {
    using _scope = device.scope();
    const options: APOOptions = { lr: 0.5, accumulator };
    const [grown, complete] = [new Bench(device, start, ['a', 'b'], options), new Bench(device, start, ['a', 'b', 'c'], options)];
    for (const bench of [grown, complete]) for (let i = 0; i < 4; i++) bench.step('ab'[i % 2]!, noise(i, LENGTHS));
    const before = await grown.owners();
    grown.apo.addTask('c');
    for (const bench of [grown, complete]) bench.step('c', noise(9, LENGTHS));
    const after = await grown.owners();
    before.forEach((owner, i) => expect(after[i] === owner || (owner === 0 && after[i] === 3)).toBe(true));
    expect(after).toContain(3);
    expect(after).toEqual(await complete.owners());
    expect(bits(await grown.theta())).toEqual(bits(await complete.theta()));
  });

  test('removing a task releases its claims and no others; its number may be used again', async () => {
    using _scope = device.scope();
    const bench = new Bench(device, start, ['a', 'b'], { lr: 0.5 });
    for (let i = 0; i < 4; i++) bench.step('ab'[i % 2]!, noise(i, LENGTHS));
    const [owners, theta] = [await named(bench), await bench.theta()];
    bench.apo.removeTask('a');
    expect(bench.apo.tasks).toEqual(['b']);
    expect(await named(bench)).toEqual(owners.map((owner) => (owner === 'a' ? '' : owner)));
    expect(await bench.theta()).toEqual(theta);
    bench.apo.addTask('c');
    expect((await bench.apo.ownership()).owned[1]).toBe(0);
    expect((await bench.apo.tally())[1]).toMatchObject({ task: 'c', steps: 0, selected: 0 });
    bench.step('c', noise(9, LENGTHS));
    const after = await named(bench);
    expect(after).toContain('c');
    after.forEach((owner, i) => owners[i] === 'b' && expect(owner).toBe('b'));
    expect((await bench.apo.ownership()).tasks).toEqual(['b', 'c']);
  });

  test('what is refused', () => {
    using _scope = device.scope();
    expectError(() => new Bench(device, [[1, 2]], ['a', 'a'], { lr: 1 }), ConfigError, /differ.* got: a, a/);
    expectError(() => new Bench(device, [[1, 2]], [], { lr: 1 }), ConfigError, /got: none/);
    const { apo } = new Bench(device, [[1, 2]], ['a', 'b'], { lr: 1 });
    expectError(() => apo.addTask('b'), ConfigError, /differ/);
    expectError(() => apo.addTask(''), ConfigError, /empty/);
    expectError(() => apo.step('x'), ConfigError, /no task x; there are: a, b/);
    expectError(() => apo.removeTask('x'), ConfigError, /no task x/);
    const captured = device.capture(() => apo.step('b'));
    apo.removeTask('b');
    expectError(() => captured.replay(), TensorError);
    captured.dispose();
  });
});

test('the order in which tasks are listed changes nothing but positions', async () => {
  using _scope = device.scope();
  const benches = [['a', 'b', 'c'], ['c', 'a', 'b']].map((tasks) => new Bench(device, start, tasks, { lr: 0.5, accumulator: 'perTask', anchor: 'taskStart' }));
  for (const bench of benches) {
    for (const [i, task] of ['a', 'b', 'c', 'b', 'a', 'c', 'b'].entries()) {
      bench.step(task, noise(i, LENGTHS));
      if (i === 2) bench.apo.endEpoch();
    }
  }
  const [one, other] = benches;
  expect(await named(other!)).toEqual(await named(one!));
  expect(bits(await other!.theta())).toEqual(bits(await one!.theta()));
});

describe('the state', () => {
  const variants: APOOptions[] = [
    { lr: 0.5 }, { lr: 0.5, accumulator: 'perTask', anchor: 'taskStart' }, { lr: 0.1, preset: 'official-2025-03', warmupEpochs: 1 },
    { lr: 0.5, releaseAfter: 1, claimDecay: 0.5, claimBudget: 0.3 },
  ];

  /** Steps 0 to 9 are two epochs and a half. */
  function advance(bench: Bench, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      bench.step('aabb'[i % 4]!, noise(i, LENGTHS));
      if (i % 4 === 3) bench.apo.endEpoch();
    }
  }

  /** Through a file, as a checkpoint goes. */
  function throughFile(state: ReadonlyMap<string, Float32Array | Uint32Array>): Map<string, Float32Array | Uint32Array> {
    const bytes = writeSafetensors({ tensors: new Map([...state].map(([name, data]) => [name, { shape: [data.length], data }])), metadata: {} });
    return new Map([...readSafetensors(bytes, 'state').tensors].map(([name, { data }]) => [name, data as Float32Array | Uint32Array]));
  }

  test.each(variants)('%o: saved anywhere, even within a task\'s turn, and loaded, goes on with the same bits, in any order of tasks', async (options) => {
    using _scope = device.scope();
    for (const cut of [3, 5, 8]) {
      const whole = new Bench(device, start, ['a', 'b'], options);
      const first = new Bench(device, start, ['a', 'b'], options);
      advance(whole, 0, 10);
      advance(first, 0, cut);
      for (const order of [['a', 'b'], ['b', 'a']]) {
        const second = new Bench(device, start, order, options);
        second.arena.loadStateDict(await first.arena.stateDict());
        second.apo.loadStateDict(throughFile(await first.apo.stateDict()));
        expect(await named(second)).toEqual(await named(first));
        advance(second, cut, 10);
        if (order[0] === 'a') expect(await wholeState(second)).toEqual(await wholeState(whole));
        expect(await named(second)).toEqual(await named(whole));
        expect(bits(await second.theta())).toEqual(bits(await whole.theta()));
        expect((await second.apo.tally()).find(({ task }) => task === 'b')).toEqual((await whole.apo.tally())[1]);
      }
    }
  });

  test('of something else is refused, and nothing has changed', async () => {
    using _scope = device.scope();
    const trained = new Bench(device, start, ['a', 'b'], { lr: 0.5 });
    advance(trained, 0, 6);
    const state = await trained.apo.stateDict();
    const target = new Bench(device, start, ['a', 'b'], { lr: 0.5 });
    const untouched = await wholeState(target);
    const changed = (change: (copy: Map<string, Float32Array | Uint32Array>) => void): Map<string, Float32Array | Uint32Array> => {
      const copy = new Map(state);
      change(copy);
      return copy;
    };
    const bad: [Map<string, Float32Array | Uint32Array>, RegExp][] = [
      [new Map<string, Uint32Array>(), /tasks none, expected a, b/],
      [await new Bench(device, start, ['a'], { lr: 1 }).apo.stateDict(), /tasks a, expected a, b: construct APO with its tasks, load, then addTask/],
      [await new Bench(device, start, ['a', 'b', 'c'], { lr: 1 }).apo.stateDict(), /tasks a, b, c, expected a, b/],
      [await new Bench(device, start, ['a', 'x'], { lr: 1 }).apo.stateDict(), /tasks a, x, expected a, b/],
      [await new Bench(device, start, ['a', 'b'], { lr: 1, accumulator: 'perTask' }).apo.stateDict(), /accumulator is missing; accumulator.a is unknown/],
      [await new Bench(device, [[1, 2]], ['a', 'b'], { lr: 1 }).apo.stateDict(), /owner has 64 values, expected 128; anchor has/],
      [changed((copy) => copy.set('anchor', new Uint32Array(128))), /anchor is not float32/],
      [changed((copy) => copy.set('owner', new Uint32Array(128).fill(7))), /owned by task number 7, which it does not name/],
      [changed((copy) => copy.set('task.b', Uint32Array.of(1))), /two tasks the same number/],
      [changed((copy) => copy.set('epoch', Uint32Array.of(1, 9))), /turn of task number 9, which it does not name/],
      [changed((copy) => copy.delete('tally.a')), /tally.a is missing/],
    ];
    for (const [candidate, message] of bad) expectError(() => target.apo.loadStateDict(candidate), CheckpointError, message);
    expect(await wholeState(target)).toEqual(untouched);
    target.apo.loadStateDict(state);
    expect(await target.owners()).toEqual(await trained.owners());
  });
});
