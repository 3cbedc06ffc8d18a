/** What an experiment leaves in its folder, and that the next call takes it from there. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createLaboratory } from '../../cli/laboratory.ts';
import { readRun } from '../../cli/run-directory.ts';
import { openData } from '../../cli/training.ts';
import { ConfigError } from '../../engine/index.ts';
import type { ComparisonPlan } from '../../experiments/comparison.ts';
import type { Trained } from '../../experiments/experiment.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();
vi.spyOn(process.stderr, 'write').mockReturnValue(true);
const run = mkdtempSync(join(tmpdir(), 'lazygrad-laboratory-'));
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(run, { recursive: true, force: true });
});

const runs: string[] = [];
const laboratory = createLaboratory({ device, scale: 'smoke', seed: 3, run, open: (wanted) => openData(wanted, undefined), onRun: (folder) => runs.push(folder) });

describe('a model that was trained', () => {
  const plan: ComparisonPlan = { dataset: 'mnist-pair', model: 'mlp', methods: ['masked', 'stl'], variants: { masked: { method: 'apo' } }, seeds: [3, 4], epochs: 2, batchSize: 16, lr: 0.05, limit: 48, width: 0.125, set: { apo: { k: 0.7 } } };
  const folder = join(run, 'masked-seed-3');
  const train = async (): Promise<Trained> => (await laboratory.train(plan))!.get('masked')!;
  const facts = async ({ model, epochs, end }: Trained): Promise<unknown> => [[...await model.stateDict()], epochs, end];

  test('is kept with its events, and not trained again', async () => {
    using _scope = device.scope();
    const first = await laboratory.train(plan);
    expect([...first!.keys()]).toEqual(['masked', 'stl']);
    expect(runs).toEqual([folder, join(run, 'stl-seed-3')]);
    expect(existsSync(join(run, 'masked-seed-4'))).toBe(false);
    const masked = first!.get('masked')!;
    expect(masked.epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(masked.epochs[1]!.ownership!.unclaimed).toBeLessThan(1);
    expect(masked.end.tasks.map(({ name }) => name)).toEqual(['mnist', 'fashion-mnist']);
    expect(readRun(folder).config).toMatchObject({ method: 'apo', seed: 3, options: { hyperparameters: { k: 0.7 } } });
    const before = statSync(join(folder, 'checkpoint')).mtimeMs;
    expect(await facts(await train())).toEqual(await facts(masked));
    expect(statSync(join(folder, 'checkpoint')).mtimeMs).toBe(before);
  });

  test('goes on where the process was killed, to the same bits', async () => {
    using _scope = device.scope();
    const whole = await facts(await train());
    const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
    // The last checkpoint is there, what comes after it is not.
    rmSync(join(folder, 'summary.json'));
    writeFileSync(join(folder, 'metrics.jsonl'), `${lines.slice(0, -1).join('\n')}\n`);
    const gone = await facts(await train()) as unknown[];
    expect(gone.slice(0, 2)).toEqual((whole as unknown[]).slice(0, 2));
    expect(readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n').filter((line) => line.includes('"type":"epoch"'))).toHaveLength(2);
    // Killed before the first checkpoint: anew.
    rmSync(join(folder, 'summary.json'));
    rmSync(join(folder, 'checkpoint'));
    expect((await facts(await train()) as unknown[])[0]).toEqual((whole as unknown[])[0]);
  });

  test('that cannot be trained ends the experiment, by the error itself', async () => {
    const unfit = { ...plan, methods: ['moe'], seeds: [3], set: { moe: { experts: 2, top: 4 } } };
    await expect(laboratory.train(unfit)).rejects.toThrow(ConfigError);
    // A table goes on without it, and says why: the reason alone.
    const { rows, failures } = (await laboratory.compare(unfit))!;
    expect(rows).toEqual([]);
    expect(failures).toEqual([{ method: 'moe', seed: 3, reason: expect.stringMatching(/^(?!error)/) as string }]);
  });
});

describe('any other work', () => {
  test('is kept when it is finished, numbers that are none too', async () => {
    let times = 0;
    const work = () => laboratory.keep('sums', () => Promise.resolve({ times: ++times, none: NaN, list: [1.5, NaN] }));
    expect(await work()).toEqual({ times: 1, none: NaN, list: [1.5, NaN] });
    expect(await work()).toEqual({ times: 1, none: NaN, list: [1.5, NaN] });
  });

  test('is told what it saved before it was stopped', async () => {
    const found: (Uint8Array | null)[] = [];
    const work = (fails: boolean) => laboratory.keep('long', ({ saved, save }) => {
      found.push(saved);
      save(Uint8Array.of(found.length));
      return fails ? Promise.reject(new Error('killed')) : Promise.resolve({ done: true });
    });
    await expect(work(true)).rejects.toThrow('killed');
    await expect(work(true)).rejects.toThrow('killed');
    expect(await work(false)).toEqual({ done: true });
    expect(found.map((bytes) => bytes && [...bytes])).toEqual([null, [1], [2]]);
  });
});
