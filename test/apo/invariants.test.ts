/** The invariants of Algorithm 1, on the GPU and on the naive implementation beside it, over random tasks, gradients and options. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NaiveAPO } from '../reference/apo.ts';
import type { NaiveOptions } from '../reference/apo.ts';
import { testDevice } from '../support/device.ts';
import { bits, Bench } from './support.ts';

const TASKS = ['first', 'second', 'third'];

// Short binary fractions: both implementations are exact, so masks, owners and parameters must be equal, not only close.
const dyadic = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -64, max: 64 }).map((n) => n / 8) }, { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 4) });

interface Script {
  readonly lengths: number[];
  readonly values: number[][];
  readonly events: ({ readonly task: number; readonly gradients: number[][] } | 'endEpoch')[];
  readonly options: NaiveOptions;
}

const script: fc.Arbitrary<Script> = fc.array(fc.oneof(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 60, max: 70 })), { minLength: 1, maxLength: 3 }).chain((lengths) => {
  const vectors = fc.tuple(...lengths.map((length) => fc.array(dyadic, { minLength: length, maxLength: length })));
  return fc.record({
    lengths: fc.constant(lengths),
    values: vectors,
    events: fc.array(fc.oneof({ weight: 5, arbitrary: fc.record({ task: fc.integer({ min: 0, max: 2 }), gradients: vectors }) }, { weight: 1, arbitrary: fc.constant('endEpoch' as const) }), { minLength: 1, maxLength: 7 }),
    options: fc.record({
      lr: fc.constantFrom(0.25, 0.5, 1),
      k: fc.constantFrom(0, 0.5, 0.75, 2),
      beta: fc.constantFrom(0, 0.5),
      mu: fc.constantFrom(0, 0.5, 1),
      damping: fc.constantFrom(1, 2, 4),
      statistic: fc.constantFrom('magnitude' as const, 'signed' as const),
      correction: fc.constantFrom(0 as const, 1 as const),
      accumulator: fc.constantFrom('shared' as const, 'perTask' as const),
    }),
  });
});

/** Runs a script on both; `look` sees every step before and after. Ends where rounding may decide an element. Gives the number of steps. */
async function runBoth({ lengths, values, events, options }: Script, look: (s: Seen) => void): Promise<{ steps: number; borderline: boolean }> {
  const device = await testDevice();
  using _scope = device.scope();
  const bench = new Bench(device, values, TASKS, options);
  const naive = new NaiveAPO(values.flat(), lengths, TASKS.length, options);
  const initial = values.flat();
  let before = { theta: await bench.theta(), owners: await bench.owners() };
  let steps = 0;
  for (const event of events) {
    if (event === 'endEpoch') {
      bench.apo.endEpoch();
      naive.endEpoch();
      continue;
    }
    const step = naive.step(event.task, event.gradients.flat());
    if (naive.margin(event.task, step.thresholds) < 1e-6) return { steps, borderline: true };
    bench.step(TASKS[event.task]!, event.gradients);
    const after = { theta: await bench.theta(), owners: await bench.owners() };
    look({ task: event.task, before, after, naive, step, initial });
    before = after;
    steps++;
  }
  return { steps, borderline: false };
}

interface Snapshot {
  readonly theta: number[];
  readonly owners: number[];
}
interface Seen {
  readonly task: number;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly naive: NaiveAPO;
  readonly step: ReturnType<NaiveAPO['step']>;
  readonly initial: readonly number[];
}

/** One property over many scripts; few of them may stop at a borderline element, or the property would say nothing. */
async function holds(look: (s: Seen) => void): Promise<void> {
  let steps = 0;
  let borderline = 0;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(script, async (s) => {
      const result = await runBoth(s, look);
      steps += result.steps;
      borderline += result.borderline ? 1 : 0;
      runs++;
    }),
    { seed: 7, numRuns: 40 },
  );
  expect(steps).toBeGreaterThan(60);
  expect(borderline / runs).toBeLessThan(0.35);
}

describe('APO beside the naive Algorithm 1', () => {
  test('owners and parameters are equal, bit for bit on exact data', () => holds(({ after, naive }) => {
    expect(bits(after.theta)).toEqual(bits(naive.theta));
    expect(after.owners).toEqual(naive.P.map((claimed, i) => (claimed ? 1 + naive.H.findIndex((h) => h[i]) : 0)));
  }));

  test('I1: P is the union of all H^t, and the owner says which', () => holds(({ after, naive }) => {
    naive.P.forEach((claimed, i) => {
      expect(claimed).toBe(naive.H.some((h) => h[i]));
      expect(after.owners[i] !== 0).toBe(claimed);
    });
  }));

  test('I2: claims are exclusive', () => holds(({ after, naive }) => {
    naive.P.forEach((_, i) => expect(naive.H.filter((h) => h[i]).length).toBe(after.owners[i] === 0 ? 0 : 1));
  }));

  test('I3: the protected and the normal part are disjoint, and together the sensitive one', () => holds(({ before, after, task, step }) => {
    step.sensitive.forEach((sensitive, i) => {
      expect(step.protectedNow[i]! && step.normal[i]!).toBe(false);
      expect(step.protectedNow[i]! || step.normal[i]!).toBe(sensitive);
      // On the GPU: owned by somebody else before means protected; a normal one is owned by this task afterwards.
      if (sensitive) expect(after.owners[i]).toBe(before.owners[i] === 0 ? task + 1 : before.owners[i]);
    });
  }));

  test('I6: claims are permanent and only grow', () => holds(({ before, after }) => {
    before.owners.forEach((owner, i) => {
      if (owner !== 0) expect(after.owners[i]).toBe(owner);
    });
  }));

  test('I7: unclaimed means bit-identical to the start', () => holds(({ after, initial }) => {
    after.owners.forEach((owner, i) => {
      if (owner === 0) expect(bits([after.theta[i]!])).toEqual(bits([initial[i]!]));
    });
  }));

  test('I8: what is not sensitive in a batch keeps its bits and its owner', () => holds(({ before, after, step }) => {
    step.sensitive.forEach((sensitive, i) => {
      if (sensitive) return;
      expect(bits([after.theta[i]!])).toEqual(bits([before.theta[i]!]));
      expect(after.owners[i]).toBe(before.owners[i]);
    });
  }));
});

test('I12: |G| selects at most 1 / (1 + k²) of a tensor', async () => {
  const device = await testDevice();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 80 }), fc.constantFrom(0.5, 1, 2), async (g, k) => {
      using _scope = device.scope();
      const bench = new Bench(device, [g.map(() => 0)], TASKS, { lr: 1, k, correction: 0 });
      bench.step('first', [g]);
      const claimed = (await bench.owners()).filter((owner) => owner !== 0).length;
      expect(claimed).toBeLessThanOrEqual(g.length / (1 + k * k) + 1e-9);
    }),
    { seed: 3, numRuns: 30 },
  );
});

test('I13: nothing is sensitive in a tensor whose gradient is zero or constant', async () => {
  const device = await testDevice();
  using _scope = device.scope();
  const bench = new Bench(device, [[1, 2, 3, 4, 5], [6, 7, 8]], TASKS, { lr: 1 });
  bench.step('first', [[0, 0, 0, 0, 0], [2, 2, 2]]);
  expect(await bench.owners()).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(await bench.theta()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
