/** Every table of the paper at its smallest scale, all of its methods, on samples that are made up: that they run to the end, not what comes of it. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { createLaboratory } from '../../cli/laboratory.ts';
import type { DataSettings } from '../../cli/training.ts';
import { datasetInfo, random32 } from '../../data/index.ts';
import type { Dataset, Split, TaskInfo } from '../../data/index.ts';
import type { Result } from '../../experiments/experiment.ts';
import { findExperiment } from '../../experiments/registry.ts';
import { testDevice } from '../support/device.ts';

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

function madeUp({ dataset, limit, tokens = 0, seed }: DataSettings): Promise<Dataset> {
  const shapeOf = (shape: readonly number[]): readonly number[] => (tokens > 0 ? [tokens] : shape);
  const tasks = datasetInfo(dataset).tasks.map((task, i) => {
    const info = { ...task, inputShape: shapeOf(task.inputShape) };
    return { ...info, train: split(info, limit, seed + 3 * i), validation: split(info, Math.max(4, limit / 4), seed + 3 * i + 1), test: split(info, Math.max(4, limit / 2), seed + 3 * i + 2) };
  });
  return Promise.resolve({ name: dataset, tasks });
}

async function reproduce(id: string): Promise<Result> {
  const result = await findExperiment(id).run(createLaboratory({ device, scale: 'smoke', seed: 3, run: join(parent, id), open: madeUp, onRun: () => undefined }));
  if (!result) throw new Error(`${id} was interrupted`);
  return result;
}

test.each(['1a', '1b', '2', '3', '4', '5', 'a3', 'a4', 'a5'])('table %s', async (id) => {
  const before = device.memory.liveBytes;
  const { ours, findings, differences } = await reproduce(id);
  expect(device.memory.liveBytes).toBe(before);
  expect(differences.filter((text) => text.includes('has no result'))).toEqual([]);
  for (const { label, values } of ours.table!.rows) {
    for (const value of values) expect(value!.mean >= 0 && value!.mean <= 1, `${label}: ${value?.mean}`).toBe(true);
  }
  // A folder for each run, and their lines.
  expect(readdirSync(join(parent, id)).length).toBe(ours.table!.rows.length + 1);
  expect(readFileSync(join(parent, id, 'results.jsonl'), 'utf8').trim().split('\n').length).toBe(ours.table!.rows.length);
  expect(findings!.length).toBeGreaterThan(0);
});
