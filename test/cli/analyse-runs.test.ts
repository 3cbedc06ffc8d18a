/** What a report measures before it is written, and what it says where it cannot. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { analyseRuns } from '../../cli/analyse-runs.ts';
import type { Measured } from '../../cli/analyse-runs.ts';
import { createLaboratory } from '../../cli/laboratory.ts';
import { pageOf } from '../../cli/report/page.ts';
import { reportOn, runsToReport } from '../../cli/report-source.ts';
import { openRunDirectory, readRun } from '../../cli/run-directory.ts';
import { openData } from '../../cli/training.ts';
import { DataError } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();
vi.spyOn(process.stderr, 'write').mockReturnValue(true);
const run = mkdtempSync(join(tmpdir(), 'lazygrad-measure-'));
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(run, { recursive: true, force: true });
});

const folder = (name: string): string => join(run, name);
let asked = 0;
const measure = (which: Measured, open = (wish: Parameters<typeof openData>[0]) => openData(wish, undefined)): Promise<string[]> => {
  asked = 0;
  return analyseRuns({ folders: runsToReport([run])!, which, samples: 12, open, device: () => Promise.resolve((asked++, device)) });
};
const analysed = (): string[] => ['apo-seed-0', 'apo-seed-1', 'stl-seed-0', 'stl-seed-1'].filter((name) => existsSync(join(folder(name), 'analysis.json')));
const section = async (problems: readonly string[] = []): Promise<string> => pageOf(await reportOn([run], problems)).split('The trained models')[1]!.split('<section')[0]!;

beforeAll(async () => {
  await createLaboratory({ device, scale: 'smoke', seed: 0, run, open: (wanted) => openData(wanted, undefined), onRun: () => undefined })
    .compare({ dataset: 'mnist-pair', model: 'mlp', methods: ['apo', 'stl'], seeds: [0, 1], epochs: 1, batchSize: 16, lr: 0.05, limit: 48, width: 0.125 });
}, 240_000);

describe('runs without measurements', () => {
  test('stay so when nothing is asked for: then the report says what measures them', async () => {
    expect(await measure('none')).toEqual([]);
    expect([analysed(), asked]).toEqual([[], 0]);
    expect(await section()).toMatch(/Not measured. lazygrad report RUNS measures finished runs/);
  });

  test('stay so without their data: the report says why, and which command does it', async () => {
    const problems = await measure('first', () => Promise.reject(new DataError('mnist: not found')));
    expect(problems).toEqual(['apo', 'stl'].map((method) => `${method}, seed 0, is not measured: mnist: not found. lazygrad analyse ${folder(`${method}-seed-0`)} does it.`));
    expect(analysed()).toEqual([]);
    expect(await section(problems)).toMatch(/mnist: not found/);
    await expect(measure('first', () => Promise.reject(new RangeError('a bug')))).rejects.toThrow('a bug');
  });

  test('stay so with other data than they were trained on', async () => {
    expect((await measure('first', (wish) => openData({ ...wish, seed: 77 }, undefined)))[0]).toMatch(/^apo, seed 0, is not measured: the run in .* began with other samples of the task mnist/);
    expect(analysed()).toEqual([]);
  });

  test('the first of each method is measured, against single-task learning of its seed; once', async () => {
    expect(await measure('first')).toEqual([]);
    expect([analysed(), asked]).toEqual([['apo-seed-0', 'stl-seed-0'], 1]);
    const [apo, stl] = [readRun(folder('apo-seed-0')).analysis!, readRun(folder('stl-seed-0')).analysis!];
    expect(Object.keys(apo)).toEqual(['gradientCosines', 'cka', 'steps', 'likeness']);
    expect(Object.keys(stl)).toEqual(['cka']);
    expect(apo.steps).toMatchObject({ tasks: ['mnist', 'fashion-mnist'], lr: 0.05, masked: true });
    expect(apo.likeness!.same.map(({ label }) => label)).toEqual(['mnist', 'fashion-mnist']);
    expect(apo.likeness!.pairs).toEqual([]);
    const page = await section();
    for (const title of ['Gradients of the tasks, apo, seed 0', 'Steps of the tasks, apo, seed 0', 'Likeness to single-task learning, apo, seed 0']) expect(page).toContain(title);
    const before = readFileSync(join(folder('apo-seed-0'), 'analysis.json'));
    await measure('first');
    // Single-task learning has nothing more to be measured; neither has the other.
    expect(asked).toBe(0);
    expect(readFileSync(join(folder('apo-seed-0'), 'analysis.json'))).toEqual(before);
  });

  test('what was measured stays when likeness joins; a run that is not finished is left alone', async () => {
    const { likeness: _likeness, ...rest } = readRun(folder('apo-seed-0')).analysis!;
    openRunDirectory(folder('apo-seed-0')).writeAnalysis({ ...rest, cka: [] });
    const events = join(folder('stl-seed-1'), 'metrics.jsonl');
    writeFileSync(events, readFileSync(events, 'utf8').split('\n').filter((line) => !line.includes('"type":"end"')).join('\n'));
    expect(await measure('all')).toEqual([]);
    expect(analysed()).toEqual(['apo-seed-0', 'apo-seed-1', 'stl-seed-0']);
    const [first, second] = ['apo-seed-0', 'apo-seed-1'].map((name) => readRun(folder(name)).analysis!);
    expect(first!.cka).toEqual([]);
    expect(first!.likeness).toEqual(_likeness);
    expect(Object.keys(second!)).toEqual(['gradientCosines', 'cka', 'steps']);
  });
});
