/** Every table of the paper at its smallest scale, all of its methods, on samples that are made up: that they run to the end, not what comes of it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { rowsOf } from '../../cli/comparison.ts';
import { cellsOf, runComparison } from '../../cli/run-comparison.ts';
import type { Settings } from '../../cli/training.ts';
import { datasetInfo, random32 } from '../../data/index.ts';
import type { Dataset, Split, TaskInfo } from '../../data/index.ts';
import type { Failure } from '../../experiments/comparison.ts';
import type { Result } from '../../experiments/experiment.ts';
import { findExperiment } from '../../experiments/registry.ts';
import { testDevice } from '../support/device.ts';
import { laboratoryOf } from './laboratory.ts';

const device = await testDevice();
const parent = mkdtempSync(join(tmpdir(), 'lazygrad-smoke-'));
afterAll(() => rmSync(parent, { recursive: true }));
// A software adapter compiles each model's kernels.
vi.setConfig({ testTimeout: 480_000 });
vi.spyOn(process.stderr, 'write').mockReturnValue(true);

/** Both classes in turn, so that each metric is defined, and inputs that tell them apart. */
function split({ classes, kind, inputShape }: TaskInfo, length: number, key: number): Split {
  const size = inputShape.reduce((a, b) => a * b, 1);
  const label = (i: number): number => i % Math.max(2, kind === 'multiclass' ? classes : 2);
  const value = (i: number, p: number): number => random32(key, i * size + p) % 1000;
  const inputs = inputShape.length === 1 // tokens
    ? Int32Array.from({ length: length * size }, (_, i) => 5 + (value(Math.floor(i / size), i % size) % 90) + label(Math.floor(i / size)))
    : Float32Array.from({ length: length * size }, (_, i) => value(Math.floor(i / size), i % size) / 1000 - 0.5 + label(Math.floor(i / size)));
  const targets = kind === 'multiclass' ? Int32Array.from({ length }, (_, i) => label(i)) : Float32Array.from({ length: length * classes }, (_, i) => (label(Math.floor(i / classes)) + (i % classes)) % 2);
  return { length, inputs, targets };
}

function madeUp({ dataset, limit, tokens, seed }: Settings): Promise<Dataset> {
  const shapeOf = (shape: readonly number[]): readonly number[] => (tokens > 0 ? [tokens] : shape);
  const tasks = datasetInfo(dataset).tasks.map((task, i) => {
    const info = { ...task, inputShape: shapeOf(task.inputShape) };
    return { ...info, train: split(info, limit, seed + 3 * i), validation: split(info, Math.max(4, limit / 4), seed + 3 * i + 1), test: split(info, Math.max(4, limit / 2), seed + 3 * i + 2) };
  });
  return Promise.resolve({ name: dataset, tasks });
}

async function reproduce(id: string): Promise<{ readonly result: Result; readonly failures: readonly Failure[] }> {
  const failures: Failure[] = [];
  const result = await findExperiment(id).run(laboratoryOf(device, {
    seed: 3,
    async compare(plan) {
      const done = await runComparison({ cells: cellsOf(plan), out: join(parent, id), device, open: madeUp, onFailure: (failure) => failures.push(failure) });
      return done && { rows: rowsOf(new Map([...done].filter(([, list]) => list.length > 0)), plan.baseline), failures };
    },
  }));
  if (!result) throw new Error(`${id} was interrupted`);
  return { result, failures };
}

test.each(['1a', '1b', '2', '3', '4', '5', 'a3', 'a4', 'a5'])('table %s', async (id) => {
  const before = device.memory.liveBytes;
  const { result: { ours, findings }, failures } = await reproduce(id);
  expect(device.memory.liveBytes).toBe(before);
  // KML makes a code of a batch's values, and tokens have none.
  expect(failures.map(({ method }) => method)).toEqual(id === '1b' ? ['kml'] : []);
  for (const { label, values } of ours.table!.rows) {
    const failed = failures.some(({ method }) => method === label);
    for (const value of values) expect(value === null, label).toBe(failed);
    if (!failed) for (const value of values) expect(value!.mean >= 0 && value!.mean <= 1, `${label}: ${value!.mean}`).toBe(true);
  }
  expect(readdirSync(join(parent, id)).length).toBe(ours.table!.rows.length);
  expect(findings!.length).toBeGreaterThan(0);
});
