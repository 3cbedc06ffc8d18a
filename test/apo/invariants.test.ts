/** The invariants of Algorithm 1, on the device and on the naive implementation beside it, over random tasks, gradients and options. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testDevice } from '../support/device.ts';
import { TASKS, holds } from './scripts.ts';
import { bits, Bench } from './support.ts';

const vector = (min: number, max: number): fc.Arbitrary<number[]> => fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: min, maxLength: max });

async function check<T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => Promise<void>, numRuns = 20): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, body), { seed: 3, numRuns });
}

describe('APO beside the naive Algorithm 1', () => {
  test('owners and parameters are equal, bit for bit on exact data', async () => {
    const { steps, exact } = await holds(() => undefined, { numRuns: 30 });
    expect(exact).toBeGreaterThan(0.8 * steps);
  });

  test('so they are with every option, and tasks that come and go', async () => {
    const { steps, exact } = await holds(() => undefined, { numRuns: 70, extended: true });
    expect(exact).toBeGreaterThan(0.5 * steps);
  });

  test('and within rounding on any data: ties, zeros, denormals; NaN and infinity are refused', async () => {
    const { steps, refused } = await holds(() => undefined, { numRuns: 40, extended: true, numbers: 'wild' });
    expect(refused).toBeGreaterThan(3);
    expect(refused).toBeLessThan(steps / 3);
  });

  test('I1: P is the union of all H^t', () => holds(({ after, naive }) => {
    naive.P.forEach((claimed, i) => {
      expect(claimed).toBe([...naive.H.values()].some((H) => H[i]));
      expect(after.owners[i] !== 0).toBe(claimed);
    });
  }));

  test('I2: claims are exclusive: what becomes owned was owned by nobody', () => holds(({ before, after, naive, task }) => {
    after.owners.forEach((owner, i) => {
      expect([...naive.H.values()].filter((H) => H[i]).length).toBe(owner === 0 ? 0 : 1);
      if (owner !== before.owners[i]) expect([before.owners[i], owner]).toEqual([0, task + 1]);
    });
  }));

  test('I3: the protected and the normal part are disjoint, and together the sensitive one', () => holds(({ before, after, task, step, undecided }) => {
    step.sensitive.forEach((sensitive, i) => {
      expect(step.protectedNow[i]! && step.normal[i]!).toBe(false);
      expect(step.protectedNow[i]! || step.normal[i]!).toBe(sensitive);
      // On the device: owned by somebody else before means protected; a normal one is owned by this task afterwards.
      if (sensitive && !step.exempt[i]! && !undecided.has(i)) expect(after.owners[i]).toBe(before.owners[i] === 0 ? task + 1 : before.owners[i]);
    });
  }));

  test('I4: what is protected is what is sensitive and owned by another task; the device counts as many', () => holds(async ({ before, task, step, undecided, bench }) => {
    const guarded = step.sensitive.map((m, i) => m && !step.exempt[i]! && before.owners[i] !== 0 && before.owners[i] !== task + 1);
    expect(step.protectedNow).toEqual(guarded);
    const counted = (await bench.apo.tally())[task]!;
    bench.apo.clearTally();
    if (undecided.size > 0) return;
    expect(counted).toMatchObject({ steps: 1, selected: step.sensitive.filter((m, i) => m && !step.exempt[i]!).length, protected: guarded.filter(Boolean).length });
  }, { numRuns: 15 }));

  test('I5: the owner alone says what P and every H^t are', () => holds(({ after, naive }) => {
    const masks = [...naive.H.values()];
    expect(after.owners.map((owner) => owner !== 0)).toEqual(naive.P);
    masks.forEach((H, t) => expect(after.owners.map((owner) => owner === t + 1)).toEqual(H));
  }, { numRuns: 10 }));

  test('I6: claims are permanent and only grow; the shares add up to one', () => holds(async ({ before, after, bench }) => {
    before.owners.forEach((owner, i) => {
      if (owner !== 0) expect(after.owners[i]).toBe(owner);
    });
    const { owned, protected: guarded, unclaimed } = await bench.apo.ownership();
    expect(owned.reduce((a, b) => a + b, unclaimed)).toBeCloseTo(1, 12);
    owned.forEach((share, t) => expect(share + guarded[t]! + unclaimed).toBeCloseTo(1, 12));
  }, { numRuns: 15 }));

  test('I7: unclaimed means bit-identical to the start', () => holds(({ after, initial, step }) => {
    after.owners.forEach((owner, i) => {
      if (owner === 0 && !step.exempt[i]!) expect(bits([after.theta[i]!])).toEqual(bits([initial[i]!]));
    });
  }));

  test('I8: what is not sensitive in a batch keeps its bits and its owner; a protected update moves no claim', () => holds(({ before, after, step, undecided }) => {
    step.sensitive.forEach((sensitive, i) => {
      if (undecided.has(i)) return;
      if (!sensitive) expect(bits([after.theta[i]!])).toEqual(bits([before.theta[i]!]));
      if (!step.normal[i]!) expect(after.owners[i]).toBe(before.owners[i]);
    });
  }));

  test('I9: lines 20 and 21 of the algorithm commute', async () => {
    const { exact, steps } = await holds(() => undefined, { swapped: true });
    expect(exact).toBeGreaterThan(0.8 * steps);
  });
});

describe('the mask', () => {
  test('I10: does not change when the gradients are multiplied by a number above 0; bias correction would be one', async () => {
    const device = await testDevice();
    await check(fc.tuple(fc.array(vector(40, 40), { minLength: 1, maxLength: 4 }), fc.constantFrom(2 ** -20, 2, 2 ** 30), fc.constantFrom('magnitude' as const, 'signed' as const)), async ([gradients, factor, statistic]) => {
      using _scope = device.scope();
      const [plain, scaled] = [1, factor].map((c) => {
        const bench = new Bench(device, [new Array<number>(40).fill(1)], TASKS, { lr: 1 / c, beta: 0.75, statistic });
        // Without the numbers that scaling would push below the normal ones.
        gradients.forEach((g, i) => bench.step(TASKS[i % 3]!, [g.map((value) => (Math.abs(value) < 1e-20 ? 0 : value * c))]));
        return bench;
      });
      expect(await scaled!.owners()).toEqual(await plain!.owners());
      expect((await scaled!.apo.thresholds()).get('p0')).toBe((await plain!.apo.thresholds()).get('p0')! * factor);
    });
  });

  test('I11: of |G| does not change with the sign of the gradients; that of the signed G does, and below 0 selects everything', async () => {
    const device = await testDevice();
    let differ = 0;
    await check(vector(30, 60), async (g) => {
      using _scope = device.scope();
      const owners = async (statistic: 'magnitude' | 'signed', sign: number): Promise<number[]> => {
        const bench = new Bench(device, [g.map(() => 0)], TASKS, { lr: 1, statistic });
        bench.step('first', [g.map((value) => sign * (value + 3))]);
        return bench.owners();
      };
      expect(await owners('magnitude', -1)).toEqual(await owners('magnitude', 1));
      if (String(await owners('signed', -1)) !== String(await owners('signed', 1))) differ++;
    });
    expect(differ).toBeGreaterThan(10);
    using _scope = device.scope();
    const bench = new Bench(device, [[1, 2, 3, 4]], TASKS, { lr: 1, statistic: 'signed' });
    bench.step('first', [[-8, -8, -8, 0]]);
    expect(await bench.owners()).toEqual([1, 1, 1, 1]);
  });

  test('I12: of |G| selects at most 1 / (1 + k²) of a tensor', async () => {
    const device = await testDevice();
    await check(fc.tuple(vector(2, 80), fc.constantFrom(0.5, 1, 2)), async ([g, k]) => {
      using _scope = device.scope();
      const bench = new Bench(device, [g.map(() => 0)], TASKS, { lr: 1, k, correction: 0 });
      bench.step('first', [g]);
      const claimed = (await bench.owners()).filter((owner) => owner !== 0).length;
      expect(claimed).toBeLessThanOrEqual(g.length / (1 + k * k) + 1e-9);
    }, 30);
  });

  test('I13: selects nothing where the gradient is zero or constant, whatever the constant, the length and the number of steps', async () => {
    const device = await testDevice();
    const length = fc.oneof(fc.integer({ min: 2, max: 70 }), fc.constantFrom(1023, 1024, 1025, 2100));
    await check(fc.tuple(fc.array(length, { minLength: 1, maxLength: 2 }), fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 5 })), async ([lengths, constants]) => {
      using _scope = device.scope();
      const bench = new Bench(device, lengths.map((n) => new Array<number>(n).fill(1.5)), TASKS, { lr: 1, beta: 0.99, k: 0.1 });
      constants.forEach((c, i) => bench.step(TASKS[i % 3]!, lengths.map((n, t) => new Array<number>(n).fill(t === 0 ? c : 0))));
      expect((await bench.owners()).every((owner) => owner === 0)).toBe(true);
      expect((await bench.theta()).every((value) => value === 1.5)).toBe(true);
    });
  });
});
