/** Comparisons: the grid of runs in its folder, and the table. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { cellFolder, cellState, rowsOf } from '../../cli/comparison.ts';
import type { Summary } from '../../cli/summary.ts';
import { lazygrad } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazygrad-compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (method: string, seed: number, values: readonly number[], metric: 'accuracy' | 'rmse' = 'accuracy'): Summary => ({
  adapter: { name: 'a', kind: 'software', driver: '', source: '' }, dataset: 'd', method, model: 'm', seed, epochs: 1, ownership: null, seconds: 2, passes: 1, run: '',
  tasks: values.map((test, i) => ({ name: `t${i}`, metric, validation: test, test, metrics: { validation: {}, test: {} } })),
  average: { validation: 0, test: values.reduce((a, b) => a + b, 0) / values.length },
});

describe('rows', () => {
  test('means and deviations over seeds, and differences seed by seed', () => {
    const rows = rowsOf(new Map([['stl', [run('stl', 0, [0.5, 0.7]), run('stl', 1, [0.7, 0.9])]], ['apo', [run('apo', 0, [0.6, 0.8]), run('apo', 1, [0.8, 1])]]]));
    expect(rows[0]!.versusSingleTask).toBeNull();
    expect(rows[1]!.tasks.t0!.mean).toBeCloseTo(0.7, 12);
    expect(rows[1]!.average.sd).toBeCloseTo(Math.SQRT2 / 10, 12);
    for (const end of Object.values(rows[1]!.versusSingleTask!)) expect(end).toBeCloseTo(0.1, 9);
    expect(rowsOf(new Map([['apo', [run('apo', 0, [1])]]]))[0]!.versusSingleTask).toBeNull();
    const [alone, mixed] = rowsOf(new Map([['stl', [run('stl', 0, [0.5, 0.7]), run('stl', 2, [0.7, 0.9])]], ['apo', [run('apo', 0, [0.4, 0.9]), run('apo', 1, [0, 0]), run('apo', 2, [0.6, 1.1])]]]));
    expect(alone!.tasks.t0!.versusSingleTask).toBeNull();
    expect([mixed!.tasks.t0!.versusSingleTask!.mean, mixed!.tasks.t1!.versusSingleTask!.mean]).toEqual([expect.closeTo(-0.1, 12), expect.closeTo(0.2, 12)]);
    const [, fixed] = rowsOf(new Map([['dynamic', [run('apo', 0, [0.6])]], ['fixed', [run('apo', 0, [0.5])]]]), 'dynamic');
    expect(fixed).toMatchObject({ method: 'fixed', versusSingleTask: { mean: expect.closeTo(-0.1, 12) as number } });
  });

  test('where less is better, less is a gain', () => {
    const [, row] = rowsOf(new Map([['stl', [run('stl', 0, [3], 'rmse'), run('stl', 1, [4], 'rmse')]], ['apo', [run('apo', 0, [2], 'rmse'), run('apo', 1, [2], 'rmse')]]]));
    expect(row!.versusSingleTask!.mean).toBeCloseTo(1.5, 12);
    expect(row!.versusSingleTask!.low).toBeLessThan(row!.versusSingleTask!.high);
    expect(row!.tasks.t0!.versusSingleTask).toEqual(row!.versusSingleTask);
  });
});

test('half a start is cleared away, an interrupted run and a finished one are kept', () => {
  const cell = cellFolder(folder, 'apo', 3);
  expect(cellState(cell)).toBe('new');
  mkdirSync(cell);
  writeFileSync(join(cell, 'config.json'), '{}');
  expect([cellState(cell), existsSync(cell)]).toEqual(['new', false]);
  mkdirSync(cell);
  writeFileSync(join(cell, 'checkpoint'), '');
  expect(cellState(cell)).toBe('interrupted');
  writeFileSync(join(cell, 'summary.json'), '{}');
  expect(cellState(cell)).toBe('finished');
});

test('what is finished is not run again; further seeds and methods join; other settings are refused', async () => {
  const out = join(folder, 'pair');
  const compare = (methods: string, seeds: number, ...rest: string[]): ReturnType<typeof lazygrad> => lazygrad(folder, ['compare', '--dataset', 'mnist-pair', '--methods', methods, '--seeds', String(seeds), '--limit', '48', '--epochs', '1', '--width', '0.125', '--batch-size', '16', '--adapter', 'swiftshader', '--out', out, '--json', ...rest]);
  const first = await compare('alternating-sgd', 1);
  expect(first.code).toBe(0);
  const kept = join(cellFolder(out, 'alternating-sgd', 0), 'metrics.jsonl');
  const before = readFileSync(kept);
  const second = await compare('alternating-sgd,equal-weights', 2);
  expect(second.code).toBe(0);
  expect(readFileSync(kept)).toEqual(before);
  const { rows, adapter } = JSON.parse(second.out) as { rows: { method: string; tasks: Record<string, { mean: number; sd: number }>; passes: number }[]; adapter: { kind: string } };
  expect(adapter.kind).toBe('software');
  expect(rows.map(({ method }) => method)).toEqual(['alternating-sgd', 'equal-weights']);
  expect(Object.keys(rows[0]!.tasks)).toEqual(['mnist', 'fashion-mnist']);
  expect(rows.every(({ passes, tasks }) => passes === 1 && Number.isFinite(tasks.mnist!.sd))).toBe(true);
  expect(readdirSync(out).sort()).toEqual(['alternating-sgd-seed-0', 'alternating-sgd-seed-1', 'comparison.json', 'equal-weights-seed-0', 'equal-weights-seed-1', 'report.html', 'result.json', 'results.jsonl']);
  const lines = readFileSync(join(out, 'results.jsonl'), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Summary);
  expect(lines.map(({ method, seed }) => `${method} ${seed}`)).toEqual(['alternating-sgd 0', 'alternating-sgd 1', 'equal-weights 0', 'equal-weights 1']);
  expect(lines[3]).toEqual(JSON.parse(readFileSync(join(cellFolder(out, 'equal-weights', 1), 'summary.json'), 'utf8')));

  const other = await compare('alternating-sgd', 1, '--lr', '0.5');
  expect([other.code, other.err]).toEqual([2, `error: '${out}' holds a comparison with other settings: name another folder\n`]);
  const unknown = await compare('apo', 1, '--set', 'pcgrad.k=1');
  expect([unknown.code, unknown.err]).toEqual([2, 'error: --set pcgrad.k: expected METHOD.NAME=VALUE with one of the methods that are compared\n']);
}, 240_000);
