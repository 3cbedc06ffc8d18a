import { describe, expect, test, vi } from 'vitest';
import { APO, PRESETS } from 'lazygrad/apo';
import type { APOOptions } from 'lazygrad/apo';
import { ConfigError, Device } from '../../engine/index.ts';
import type { EntryPoint } from '../../engine/device/kernel.ts';
import type { Binding } from '../../engine/device/stream.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { TASKS } from './scripts.ts';
import { Bench, bits, wholeState } from './support.ts';

const device = await testDevice();

/** Values with a mean a thousand times their deviation, over several blocks and a ragged end. */
function nearlyConstant(length: number): number[] {
  return Array.from({ length }, (_, i) => Math.fround(1000 + Math.sin(i * 12.9898) * 1.4));
}

function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1)) };
}

describe('thresholds', () => {
  test.each([2, 63, 64, 1000, 1024, 1025, 5003, 300_001])('mean and deviation of %i values agree with float64 to 1e-6', async (length) => {
    using _scope = device.scope();
    const g = nearlyConstant(length);
    const { mean, deviation } = moments(g);
    const threshold = async (k: number): Promise<number> => {
      const bench = new Bench(device, [[1, 2, 3], g.map(() => 0)], ['a'], { lr: 1, beta: 0, k });
      bench.step('a', [[0, 0, 0], g]);
      return (await bench.apo.thresholds()).get('p1')!;
    };
    expect(Math.abs(await threshold(0) / mean - 1)).toBeLessThan(1e-6);
    // A threshold is a float32 near 1000, which resolves 6e-5: those of ten deviations above and below the mean say twenty times as much.
    expect(Math.abs((await threshold(10) - await threshold(-10)) / 20 / deviation - 1)).toBeLessThan(5e-6);
  });

  test('the deviation is exact where the mean does not hide it', async () => {
    using _scope = device.scope();
    const g = nearlyConstant(50_003).map((value, i) => Math.fround((value - 1000) * (i % 2 === 0 ? 1e-18 : 1e-19)));
    const bench = new Bench(device, [g.map(() => 0)], ['a'], { lr: 1, beta: 0, k: 10, statistic: 'signed' });
    bench.step('a', [g]);
    const { mean, deviation } = moments(g);
    expect(Math.abs((await bench.apo.thresholds()).get('p0')! / (mean + 10 * deviation) - 1)).toBeLessThan(1e-6);
  });
});

describe('shares', () => {
  test('of tensors, layers and the model add up to one, and equal a count on the host', async () => {
    using _scope = device.scope();
    const names = ['conv.weight', 'conv.bias', 'scale'];
    const bench = new Bench(device, [Array.from({ length: 70 }, (_, i) => i), [1, 2, 3, 4, 5], [1]], ['a', 'b'], { lr: 0.1 }, (i) => names[i]!);
    bench.step('a', [Array.from({ length: 70 }, (_, i) => i % 7), [9, 0, 0, 0, 1], [1]]);
    bench.step('b', [Array.from({ length: 70 }, (_, i) => (i % 11) - 5), [0, 9, 0, 0, 9], [1]]);
    const owners = (await bench.owners()).slice(0, 75);
    const shares = await bench.apo.ownership();
    const share = (owner: number): number => owners.filter((o) => o === owner).length / 75;
    expect(share(1)).toBeGreaterThan(0);
    expect(share(2)).toBeGreaterThan(0);
    expect(shares.total).toBe(75);
    expect(shares.layers.map(({ name, total }) => [name, total])).toEqual([['conv', 75], ['scale', 0]]);
    expect(shares.layers[0]).toMatchObject({ owned: shares.owned, protected: shares.protected, unclaimed: shares.unclaimed });
    expect(shares.unclaimed).toBeCloseTo(share(0), 12);
    shares.owned.forEach((owned, t) => {
      expect(owned).toBeCloseTo(share(t + 1), 12);
      expect(owned + shares.protected[t]! + shares.unclaimed).toBeCloseTo(1, 12);
    });
    expect(shares.tensors.map(({ name, counts, exempt }) => [name, counts.reduce((a, b) => a + b, 0), exempt])).toEqual([['conv.weight', 70, false], ['conv.bias', 5, false], ['scale', 1, true]]);
    const maps = await bench.apo.ownerMaps('conv');
    expect([...maps.keys()]).toEqual(['conv.weight', 'conv.bias']);
    expect([...maps.values()].flatMap(({ data }) => [...data])).toEqual(owners);
    expect([...await bench.apo.owners('conv.bias')]).toEqual(owners.slice(70));
    await expect(bench.apo.ownerMaps('fc')).rejects.toThrow(/no layer fc; there are: conv, scale/);
  });
});

test('a tensor of one element is trained by every task and claimed by none; literally, by nobody', async () => {
  using _scope = device.scope();
  const run = async (oneElement: 'exempt' | 'literal'): Promise<unknown[]> => {
    const bench = new Bench(device, [[5], [1, 2, 3, 4]], ['a', 'b'], { lr: 0.5, oneElement });
    bench.step('a', [[2], [8, 0, 0, 0]]);
    bench.step('b', [[-4], [0, 0, 0, 0]]);
    return [(await bench.theta())[0], (await bench.owners())[0], (await bench.apo.ownership()).total, (await bench.apo.thresholds()).get('p0')];
  };
  expect((await run('exempt')).slice(0, 3)).toEqual([6, 0, 4]);
  expect(await run('literal')).toEqual([5, 0, 5, Infinity]);
});

describe('granularity', () => {
  const gradients = [Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) - 5), Array.from({ length: 24 }, (_, i) => ((i * 5) % 13) / 2)];

  test('a tensor that is split gets the thresholds of its parts', async () => {
    using _scope = device.scope();
    const options: APOOptions = { lr: 0.5, beta: 0.5 };
    const parts = new Bench(device, [new Array<number>(8).fill(1), new Array<number>(8).fill(1), new Array<number>(8).fill(1)], ['a', 'b'], options);
    const fused = new Bench(device, [new Array<number>(24).fill(1)], ['a', 'b'], { ...options, split: { p0: 3 } });
    for (const [i, g] of gradients.entries()) {
      parts.step(i === 0 ? 'a' : 'b', [g.slice(0, 8), g.slice(8, 16), g.slice(16)]);
      fused.step(i === 0 ? 'a' : 'b', [g]);
    }
    expect([...(await fused.apo.thresholds())]).toEqual([...(await parts.apo.thresholds()).values()].map((tau, i) => [`p0[${i}]`, tau]));
    expect(await fused.owners()).toEqual(await parts.owners());
    expect(bits(await fused.theta())).toEqual(bits(await parts.theta()));
    expect((await fused.apo.ownership()).tensors.map(({ name }) => name)).toEqual(['p0']);
    for (const [split, message] of [[{ x: 2 }, /no parameter x; there are: p0/], [{ p0: 5 }, /p0 of shape \[24\] to give 5 parts/], [{ p0: 12 }, /parts of 2/], [{ p0: 0 }, /whole number from 1, got 0/]] as const) {
      expectError(() => new APO(fused.arena, ['a'], { lr: 1, split }), ConfigError, message);
    }
  });

  test('one threshold for the model is that of all tensors as one', async () => {
    using _scope = device.scope();
    const whole = new Bench(device, [new Array<number>(24).fill(1)], ['a', 'b'], { lr: 0.5 });
    const pieces = new Bench(device, [[1], new Array<number>(23).fill(1)], ['a', 'b'], { lr: 0.5, granularity: 'model' });
    for (const g of gradients) {
      whole.step('a', [g]);
      pieces.step('a', [g.slice(0, 1), g.slice(1)]);
    }
    expect([...(await pieces.apo.thresholds()).keys()]).toEqual(['model']);
    expect((await pieces.apo.thresholds()).get('model')).toBeCloseTo((await whole.apo.thresholds()).get('p0')!, 6);
    expect(await pieces.owners()).toEqual(await whole.owners());
  });
});

describe('the claim budget', () => {
  test('lets a task own so much of each run of 1,024, the largest first, and change nothing else that is free', async () => {
    using _scope = device.scope();
    const g = Array.from({ length: 1500 }, (_, i) => (i % 2 === 0 ? 100 + ((i * 337) % 1500) : 0));
    const bench = new Bench(device, [g.map(() => 0)], ['a', 'b'], { lr: 1, beta: 0, claimBudget: 0.1 });
    bench.step('a', [g]);
    for (const [from, to] of [[0, 1024], [1024, 1500]] as const) {
      const most = [...g.slice(from, to)].sort((a, b) => b - a)[Math.ceil(0.1 * (to - from)) - 1]!;
      expect((await bench.owners()).slice(from, to)).toEqual(g.slice(from, to).map((value) => (value >= most ? 1 : 0)));
    }
    const [owners, theta] = [await bench.owners(), await bench.theta()];
    theta.forEach((value, i) => expect(value).toBe(owners[i] === 0 ? 0 : -g[i]!));
    bench.step('a', [g.map((value) => -value)]);
    expect(await bench.owners()).toEqual(owners);
    bench.step('b', [g]);
    const { owned } = await bench.apo.ownership();
    expect(owned.map((share) => share.toFixed(3))).toEqual(['0.101', '0.101']);
  });
});

describe('claims that are not used', () => {
  const spike = [[1, 0, 0, 0]];
  const quiet = [[0, 0, 0, 0]];

  test('protect less with every whole epoch in which the owner is not sensitive, and fully again once it is', async () => {
    using _scope = device.scope();
    const bench = new Bench(device, [[0, 0, 0, 0]], ['a', 'b'], { lr: 1, beta: 0, mu: 0, damping: 5, claimDecay: 0.5 });
    bench.step('a', spike);
    const changes: number[] = [];
    for (let epoch = 0; epoch < 5; epoch++) {
      if (epoch === 4) bench.step('a', spike);
      const before = (await bench.theta())[0]!;
      bench.step('b', spike);
      changes.push(before - (await bench.theta())[0]!);
      bench.apo.endEpoch();
    }
    // Claimed in epoch 0, idle in 1, 2 and 3: from epoch 2 on some whole epoch has passed without use.
    [5, 5, 3, 2, 5].forEach((damping, i) => expect(changes[i]).toBeCloseTo(1 / damping, 6));
  });

  test.each([1, 2])('end after %d whole epochs without use; then others may claim', async (releaseAfter) => {
    using _scope = device.scope();
    const bench = new Bench(device, [[0, 0, 0, 0]], ['a', 'b'], { lr: 1, beta: 0, releaseAfter });
    bench.step('a', spike);
    bench.apo.endEpoch();
    // Used again in the epoch after: the count starts anew.
    bench.step('a', spike);
    bench.apo.endEpoch();
    for (let idle = 1; idle <= releaseAfter; idle++) {
      expect((await bench.owners())[0]).toBe(1);
      bench.step('a', quiet);
      bench.step('b', spike);
      expect((await bench.owners())[0]).toBe(1);
      bench.apo.endEpoch();
    }
    expect((await bench.owners())[0]).toBe(0);
    expect((await bench.apo.ownership()).unclaimed).toBe(1);
    bench.step('b', spike);
    expect((await bench.owners())[0]).toBe(2);
  });
});

test('a tensor whose gradient is zero takes no claims with idle: skip, though its G is not; a floor holds back what is small', async () => {
  using _scope = device.scope();
  const run = async (options: Partial<APOOptions>): Promise<number[]> => {
    const bench = new Bench(device, [[0, 0, 0], [0, 0, 0]], ['a', 'b'], { lr: 1, beta: 0.5, ...options });
    bench.apo.lr = 0;
    bench.step('a', [[8, 0, 0], [0.5, 0, 0]]);
    bench.apo.removeTask('a');
    bench.step('b', [[0, 0, 0], [0.5, 0, 0]]);
    return bench.owners();
  };
  expect(await run({})).toEqual([1, 0, 0, 1, 0, 0]);
  expect(await run({ idle: 'skip' })).toEqual([0, 0, 0, 1, 0, 0]);
  expect(await run({ floor: 1 })).toEqual([1, 0, 0, 0, 0, 0]);
});

describe('a step', () => {
  test('is three dispatches, whatever the number of tensors and the options', () => {
    using _scope = device.scope();
    for (const options of [{}, PRESETS['official-2025-03'], { claimBudget: 0.5, releaseAfter: 2, claimDecay: 0.5, anchor: 'taskStart' as const }]) {
      const bench = new Bench(device, Array.from({ length: 9 }, () => [1, 2, 3]), ['a'], { lr: 1, ...options });
      const before = device.counters.dispatches;
      bench.apo.step('a');
      expect(device.counters.dispatches - before).toBe(3);
      device.submit();
    }
  });

  test('binds at most 1.3 times the 40 bytes a parameter that its two passes need', () => {
    using _scope = device.scope();
    const n = 50_000;
    const bench = new Bench(device, [new Array<number>(n).fill(0)], ['a', 'b', 'c'], { lr: 1 });
    const spy = vi.spyOn(device, 'dispatch');
    bench.apo.step('a');
    // What is bound for reading is read once at most, what is bound for both is also written.
    const bytes = spy.mock.calls.flatMap(([kernel, { entry = 'main', buffers }]) => {
      const access = new Map((kernel.entries as Record<string, EntryPoint>)[entry]!.buffers.map((buffer) => [buffer.name, buffer.access]));
      return Object.entries(buffers as Record<string, Binding>).map(([name, { size }]) => size * (access.get(name) === 'read' ? 1 : 2));
    });
    spy.mockRestore();
    device.submit();
    const total = bytes.reduce((a, b) => a + b, 0);
    expect(total).toBeGreaterThan(40 * n);
    expect(total).toBeLessThan(1.3 * 40 * n);
  });

  test('gives the same bits twice', async () => {
    const run = async (): Promise<unknown> => {
      using _scope = device.scope();
      const bench = new Bench(device, [nearlyConstant(3000), nearlyConstant(70)], TASKS, { lr: 0.1, claimBudget: 0.4 });
      for (let i = 0; i < 6; i++) bench.step(TASKS[i % 3]!, [nearlyConstant(3000).map((value) => Math.sin(value * i)), nearlyConstant(70).map((value) => Math.cos(value * i))]);
      return await wholeState(bench);
    };
    expect(await run()).toEqual(await run());
  });

  test('of a captured replay takes the learning rate, the warm-up and the anchor of its time', async () => {
    using _scope = device.scope();
    const make = (): Bench => new Bench(device, [[1, 2, 3, 4, 5, 6]], ['a', 'b'], { lr: 0.5, beta: 0.5, damping: 2, anchor: 'taskStart', warmupEpochs: 1, warmupThreshold: 1 });
    const [eager, captured] = [make(), make()];
    const steps = new Map(['a', 'b'].map((task) => [task, device.capture(() => captured.apo.step(task))]));
    for (const [i, task] of ['a', 'a', 'b', 'b', 'a', 'b'].entries()) {
      const g = [[1, 2, 3, 4, 5, 6].map((n) => ((n * (i + 3)) % 7) - 3)];
      for (const bench of [eager, captured]) bench.apo.lr = 1 / (1 + i);
      eager.step(task, g);
      captured.setGradients(g);
      steps.get(task)!.replay();
      if (i === 2) for (const bench of [eager, captured]) bench.apo.endEpoch();
    }
    expect(await wholeState(captured)).toEqual(await wholeState(eager));
    expect(captured.apo.lr).toBe(1 / 6);
    captured.apo.lr = NaN;
    expect(() => steps.get('a')!.replay()).toThrow(/lr: .* got NaN/);
    captured.apo.lr = 0;
    const before = await captured.theta();
    steps.get('a')!.replay();
    expect(await captured.theta()).toEqual(before);
    steps.forEach((step) => step.dispose());
  });
});

test('an arena larger than a binding is bound in chunks, with the same bits', async () => {
  const small = await Device.create({ bindingLimit: 4096 });
  const lengths = [1000, 5, 700, 1, 900, 64, 333];
  const run = async (on: Device, granularity: 'tensor' | 'model'): Promise<unknown> => {
    using _scope = on.scope();
    const bench = new Bench(on, lengths.map((n) => new Array<number>(n).fill(1)), ['a', 'b'], { lr: 0.5, beta: 0.5, granularity, releaseAfter: 1, anchor: 'taskStart' });
    const gradient = (seed: number): number[][] => lengths.map((n) => Array.from({ length: n }, (_, i) => Math.fround(Math.sin(i * 1.7 + seed))));
    for (const [i, task] of ['a', 'b', 'b', 'a'].entries()) {
      bench.step(task, gradient(i));
      if (i % 2 === 1) bench.apo.endEpoch();
    }
    const broken = gradient(9);
    broken[6]![300] = NaN;
    bench.step('b', broken);
    await expect(bench.apo.check()).rejects.toThrow(/gradient of p6/);
    const shares = await bench.apo.ownership();
    bench.apo.removeTask('a');
    return [bench.arena.chunks.length, { shares, tally: await bench.apo.tally(), ...await wholeState(bench) }];
  };
  try {
    for (const granularity of ['tensor', 'model'] as const) {
      const [parts, found] = await run(small, granularity) as [number, unknown];
      expect(parts).toBeGreaterThan(2);
      expect(found).toEqual((await run(device, granularity) as unknown[])[1]);
    }
  } finally {
    small.destroy();
  }
});
