/** Random runs of APO beside the naive implementation: what fast-check draws, and the loop that compares after every step. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { NaiveOptions, NaiveStep } from 'lazygrad/testing';
import { NAIVE_DEFAULTS, NaiveAPO } from 'lazygrad/testing';
import { testDevice } from '../support/device.ts';
import { bits, Bench } from './support.ts';

export const TASKS: readonly string[] = ['first', 'second', 'third'];

export type Event =
  | { readonly kind: 'step'; readonly task: number; readonly gradients: readonly (readonly number[])[] }
  | { readonly kind: 'endEpoch' }
  | { readonly kind: 'add' }
  | { readonly kind: 'remove'; readonly task: number };

export interface Script {
  readonly values: readonly (readonly number[])[];
  readonly events: readonly Event[];
  readonly options: NaiveOptions;
  readonly numbers: 'dyadic' | 'wild';
}

// Short binary fractions: both implementations are exact, so masks, owners and parameters must be equal, not only close.
const dyadic = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: -64, max: 64 }).map((n) => n / 8) }, { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 4) });
const start = fc.integer({ min: -32, max: 32 }).map((n) => n / 4);

// Anything that a gradient may be: ties, zeros of both signs, denormals, and rarely what is no number.
const wild = fc.oneof(
  { weight: 12, arbitrary: fc.float({ min: -8, max: 8, noNaN: true }) },
  { weight: 3, arbitrary: fc.constantFrom(0, -0, 1, -1, 2 ** -140, -(2 ** -149), 2 ** -126, 1e-30) },
);
const wilder = fc.oneof({ weight: 400, arbitrary: wild }, { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity) });

/** What may vary without leaving Algorithm 1. */
const variants = {
  lr: fc.constantFrom(0.25, 0.5, 1),
  k: fc.constantFrom(0, 0.5, 0.75, 2),
  beta: fc.constantFrom(0, 0.5),
  mu: fc.constantFrom(0, 0.5, 1),
  damping: fc.constantFrom(1, 2, 4),
  statistic: fc.constantFrom('magnitude' as const, 'signed' as const),
  correction: fc.constantFrom(0, 1),
  accumulator: fc.constantFrom('shared' as const, 'perTask' as const),
  anchor: fc.constantFrom('epochEnd' as const, 'taskStart' as const, 'initial' as const),
  thresholdFrom: fc.constantFrom('after' as const, 'before' as const),
  warmupEpochs: fc.constantFrom(0, 0, 1),
  warmupThreshold: fc.constantFrom(0.55, 3.3),
  granularity: fc.constantFrom('tensor' as const, 'tensor' as const, 'model' as const),
  oneElement: fc.constantFrom('exempt' as const, 'literal' as const),
};
const extensions = {
  protectedSteps: fc.constantFrom(1, 2),
  plainStep: fc.constantFrom('none' as const, 'none' as const, 'added' as const),
  claimBudget: fc.constantFrom(1, 1, 0.5, 0.2),
  releaseAfter: fc.constantFrom(0, 1, 2),
  claimDecay: fc.constantFrom(1, 1, 0.5),
  floor: fc.constantFrom(0, 0, 0.7),
  idle: fc.constantFrom('claim' as const, 'skip' as const),
};

interface Kind {
  /** Options outside of Algorithm 1, and tasks that come and go. */
  readonly extended?: boolean;
  readonly numbers?: 'dyadic' | 'wild';
}

export function scripts({ extended = false, numbers = 'dyadic' }: Kind = {}): fc.Arbitrary<Script> {
  const length = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 2, max: 9 }) }, { weight: 2, arbitrary: fc.integer({ min: 60, max: 70 }) }, { weight: 1, arbitrary: fc.constant(1) });
  return fc.array(length, { minLength: 1, maxLength: 3 }).chain((lengths) => {
    const vectors = (of: fc.Arbitrary<number>): fc.Arbitrary<number[][]> => fc.tuple(...lengths.map((n) => fc.oneof({ weight: 9, arbitrary: fc.array(of, { minLength: n, maxLength: n }) }, { weight: 1, arbitrary: fc.constant(new Array<number>(n).fill(0)) })));
    const step = fc.record({ kind: fc.constant('step' as const), task: fc.nat(2), gradients: vectors(numbers === 'dyadic' ? dyadic : wilder) });
    const event: fc.Arbitrary<Event> = fc.oneof(
      { weight: 12, arbitrary: step }, { weight: extended ? 8 : 3, arbitrary: fc.constant({ kind: 'endEpoch' as const }) },
      ...(extended ? [{ weight: 1, arbitrary: fc.constant({ kind: 'add' as const }) }, { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), task: fc.nat(2) }) }] : []),
    );
    return fc.record({
      numbers: fc.constant(numbers),
      values: vectors(start),
      events: fc.array(event, { minLength: 2, maxLength: extended ? 14 : 8 }),
      options: fc.record(extended ? { ...variants, ...extensions } : variants).map((drawn) => ({ ...NAIVE_DEFAULTS, ...drawn })),
    });
  });
}

export interface Snapshot {
  readonly theta: number[];
  readonly owners: number[];
}

export interface Seen {
  /** Position of the task that took the step. */
  readonly task: number;
  readonly before: Snapshot;
  readonly after: Snapshot;
  readonly naive: NaiveAPO;
  readonly step: NaiveStep;
  readonly initial: readonly number[];
  /** Elements that rounding may decide either way; nothing is said of them. */
  readonly undecided: ReadonlySet<number>;
  readonly bench: Bench;
}

export interface Outcome {
  steps: number;
  elements: number;
  undecided: number;
  refused: number;
  /** Steps after which all values were exact in float32, so that equality was asked for. */
  exact: number;
}

/**
 * How near |G| may be to its threshold, relative to it, before rounding decides. Below the normal numbers a device may give 0. A mean of signed
 * values has errors of the size of the largest.
 */
function isUndecided({ G, thresholds, exempt }: NaiveStep, i: number, largest: number): boolean {
  const [size, threshold] = [Math.abs(G[i]!), thresholds[i]!];
  if (exempt[i]! || !Number.isFinite(threshold)) return false;
  if (size === 0 && threshold === 0) return false;
  return Math.abs(size - threshold) <= 2e-6 * Math.max(size, Math.abs(threshold)) + 4e-7 * largest + 2 ** -125;
}

/** Runs a script on both and compares owners and parameters after every step; `look` sees it before and after. */
export async function runBoth({ values, events, options, numbers }: Script, look: (s: Seen) => void | Promise<void> = () => undefined, total: Outcome = { steps: 0, elements: 0, undecided: 0, refused: 0, exact: 0 }, swapped = false): Promise<Outcome> {
  const device = await testDevice();
  using _scope = device.scope();
  const bench = new Bench(device, values, TASKS, options);
  const initial = values.flat();
  const tensorOf = values.flatMap((v, t) => v.map(() => t));
  const naive = new NaiveAPO(initial, values.map((v) => v.length), TASKS, options, swapped);
  let added = 0;
  let before = { theta: await bench.theta(), owners: await bench.owners() };
  for (const event of events) {
    const tasks = bench.apo.tasks;
    if (event.kind === 'add') {
      bench.apo.addTask(`new ${++added}`);
      naive.addTask(`new ${added}`);
    } else if (event.kind === 'remove') {
      const task = tasks[event.task];
      if (tasks.length < 2 || task === undefined) continue;
      bench.apo.removeTask(task);
      naive.removeTask(task);
    } else if (event.kind === 'endEpoch') {
      bench.apo.endEpoch();
      naive.endEpoch();
    } else {
      const position = event.task % tasks.length;
      const g = event.gradients.flat().map(Math.fround);
      const step = naive.step(tasks[position]!, g);
      bench.step(tasks[position]!, event.gradients);
      const after = { theta: await bench.theta(), owners: await bench.owners() };
      total.steps++;
      if (!step) {
        total.refused++;
        expect(bits(after.theta)).toEqual(bits(before.theta));
        expect(after.owners).toEqual(before.owners);
        await expect(bench.apo.check()).rejects.toThrow(`of task ${tasks[position]}`);
        continue;
      }
      const signed = options.statistic === 'signed' && numbers === 'wild';
      let undecided = new Set([...g.keys()].filter((i) => isUndecided(step, i, signed ? Math.max(...step.G.filter((_, j) => options.granularity === 'model' || tensorOf[j] === tensorOf[i]).map(Math.abs)) : 0)));
      // A claim budget that rounding touches once may differ anywhere in its block.
      if (options.claimBudget < 1) undecided = new Set([...tensorOf.keys()].filter((i) => [...undecided].some((j) => tensorOf[i] === tensorOf[j])));
      total.elements += g.length;
      total.undecided += undecided.size;
      compare(naive, after, undecided, total);
      await look({ task: position, before, after, naive, step, initial, undecided, bench });
    }
    before = { theta: await bench.theta(), owners: await bench.owners() };
    expect(before.owners).toEqual(naive.owners());
  }
  return total;
}

function compare(naive: NaiveAPO, after: Snapshot, undecided: ReadonlySet<number>, total: Outcome): void {
  const owners = naive.owners();
  // Below the normal numbers a device may give 0.
  const exact = naive.theta.every((value) => Math.fround(value) === value && (value === 0 || Math.abs(value) >= 2 ** -126));
  if (exact) total.exact++;
  after.theta.forEach((theta, i) => {
    if (undecided.has(i)) {
      naive.adopt(i, theta, after.owners[i]!);
      return;
    }
    if (owners[i] !== after.owners[i]) throw new Error(`element ${i} is owned by ${after.owners[i]}, expected ${owners[i]}`);
    const expected = naive.theta[i]!;
    const allowed = exact ? 0 : 3e-6 * Math.max(1, Math.abs(expected));
    if (!(Math.abs(theta - expected) <= allowed)) throw new Error(`element ${i} is ${theta}, expected ${expected}`);
    // Each step is compared from one and the same start.
    naive.theta[i] = theta;
  });
}

/** One property over many scripts; few of their elements may be undecided, or it would say nothing. */
export async function holds(look: (s: Seen) => void | Promise<void>, { numRuns = 20, swapped = false, ...kind }: Kind & { numRuns?: number; swapped?: boolean } = {}): Promise<Outcome> {
  const total: Outcome = { steps: 0, elements: 0, undecided: 0, refused: 0, exact: 0 };
  await fc.assert(fc.asyncProperty(scripts(kind), async (script) => {
    await runBoth(script, look, total, swapped);
  }), { seed: 7, numRuns });
  expect(total.steps).toBeGreaterThan(2 * numRuns);
  expect(total.undecided / total.elements).toBeLessThan(kind.extended ? 0.1 : 0.05);
  return total;
}
