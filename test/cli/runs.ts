/** Small runs for the tests of the command line's outputs. */
import type { EndEvent, EpochEvent, OwnershipShares, StartEvent } from '../../methods/events.ts';
import type { RunRecord } from '../../cli/report/run-record.ts';

export const start = (method = 'apo', tasks: readonly string[] = ['mnist', 'fashion-mnist'], seed = 7): StartEvent => ({
  type: 'start',
  adapter: 'SwiftShader',
  dataset: 'mnist-pair',
  method,
  model: 'multi-task-cnn',
  seed,
  epochs: 2,
  batchSize: 64,
  learningRate: 0.05,
  tasks: tasks.map((name) => ({ name, metric: 'accuracy', train: 55_000, validation: 5000, test: 10_000 })),
  parameters: { shared: 421_642, heads: 2580 },
});

export const epoch = (n: number, tasks: EpochEvent['tasks'], ownership: OwnershipShares | null = null, order: readonly string[] = tasks.map(({ name }) => name)): EpochEvent => ({ type: 'epoch', phase: 'train', epoch: n, seconds: 12.34, order, tasks, ownership, ...found(ownership) });

/** What goes with ownership: half of what a task owns is sensitive, and a fifth of that another's; the second of two layers is nobody's. */
function found(ownership: OwnershipShares | null): Pick<EpochEvent, 'sensitivity' | 'layers'> {
  if (!ownership) return { sensitivity: null, layers: [] };
  const sensitivity = { selected: ownership.owned.map((share) => share / 2), conflict: ownership.owned.map(() => 0.2) };
  const none = ownership.owned.map(() => 0);
  return { sensitivity, layers: [{ name: 'conv', ...ownership, ...sensitivity }, { name: 'fc', owned: none, protected: none, unclaimed: 1, selected: none, conflict: none.map(() => NaN) }] };
}

export const end = (tests: Readonly<Record<string, number>>, ownership: OwnershipShares | null = null): EndEvent => {
  const values = Object.values(tests);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    type: 'end',
    selected: 2, passes: 1, seconds: 24.7,
    tasks: Object.entries(tests).map(([name, test]) => ({ name, metric: 'accuracy', validation: test, test, metrics: { validation: { accuracy: test }, test: { accuracy: test } } })),
    average: { validation: mean, test: mean },
    ownership,
  };
};

/** A run of two epochs; `owned` are the shares at the end of each. */
export function run({ method = 'apo', seed = 7, tests = { mnist: 0.9753, 'fashion-mnist': 0.8642 }, owned, options }: Partial<{ method: string; seed: number; tests: Readonly<Record<string, number>>; owned: [number[], number[]]; options: Record<string, unknown> }> = {}): RunRecord {
  const tasks = Object.keys(tests);
  const shares = (mine: readonly number[] | undefined): OwnershipShares | null => {
    if (mine === undefined) return null;
    const total = mine.reduce((sum, share) => sum + share, 0);
    return { owned: mine, protected: mine.map((share) => total - share), unclaimed: 1 - total };
  };
  return {
    config: { lazygrad: '0.1.0', node: 'v20.11.0', created: '2026-03-01T12:34:56.000Z', dataset: 'mnist-pair', method, model: 'multi-task-cnn', seed, adapter: 'SwiftShader', ...(options && { options }) },
    events: [
      start(method, tasks, seed),
      epoch(1, tasks.map((name, i) => ({ name, loss: 1.25 + i, validation: 0.7 })), shares(owned?.[0])),
      epoch(2, tasks.map((name, i) => ({ name, loss: 0.5 + i, validation: 0.8 })), shares(owned?.[1])),
      end(tests, shares(owned?.[1])),
    ],
  };
}
