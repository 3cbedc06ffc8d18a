/** Figure 2 at a size of seconds: what is measured, and that the lazy runs move what they should. */
import { describe, expect, test } from 'vitest';
import { CheckpointError, ConfigError, Generator, ParameterArena, randn, readSafetensors, writeSafetensors } from '../../engine/index.ts';
import { Departure, relativeLossChange } from '../../analysis/lazy-training.ts';
import type { Unfinished } from '../../experiments/experiment.ts';
import { EXPERIMENTS, findExperiment } from '../../experiments/registry.ts';
import { lazyTraining, trainLazily } from '../../experiments/lazy-training.ts';
import type { LazyTrainingRun, LazyTrainingSetting } from '../../experiments/lazy-training.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { toyDataset, toyTask } from '../methods/support.ts';
import { laboratoryOf } from './laboratory.ts';

const device = await testDevice();
const task = toyTask('quarters', 100);
const setting: LazyTrainingSetting = { model: 'multi-task-cnn', width: 0.125, iterations: 5, batchSize: 16, lr: 0.1, probe: 24, every: 2 };
const run = (fraction: number, more: Partial<LazyTrainingSetting> = {}, seed = 3): Promise<LazyTrainingRun> => trainLazily(device, task, { ...setting, ...more }, seed, { label: String(fraction), fraction });

describe('the distance from the start', () => {
  test('is that of float64, and counts what moved', async () => {
    using _scope = device.scope();
    const arena = new ParameterArena(device, [100, 5, 65].map((length, i) => ({ name: `p${i}`, shape: [length], init: randn })), new Generator(1));
    const start = Float32Array.from(await arena.values.read());
    const departure = new Departure(arena);
    const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    expect([await departure.distance().item(), await departure.moved().item()]).toEqual([0, 0]);
    expect(await departure.startNorm().item()).toBeCloseTo(norm(start), 5);
    const change = Float32Array.from(start, (_, i) => (i % 7 === 0 && start[i] !== 0 ? Math.sin(i + 1) : 0));
    arena.values.write(start.map((value, i) => value + change[i]!));
    expect(await departure.distance().item()).toBeCloseTo(norm(change), 5);
    expect(await departure.moved().item()).toBe(change.filter((value) => value !== 0).length);
    expect(await departure.startNorm().item()).toBeCloseTo(norm(start), 5);
  });

  test('of the loss: 0 where nothing happened, 1 where nothing is left', () => {
    expect([relativeLossChange(2, 2), relativeLossChange(2, 0), relativeLossChange(2, 0.5), relativeLossChange(2, 3)]).toEqual([0, 1, 0.75, -0.5]);
  });
});

describe('a run', () => {
  test('measures at the start, every so many iterations and at the end', async () => {
    const { measurements, parameters, perStep } = await run(1);
    expect(measurements.map(({ iteration }) => iteration)).toEqual([0, 2, 4, 5]);
    expect(measurements[0]).toMatchObject({ distance: 0, moved: 0 });
    expect(perStep).toBe(parameters);
    expect(measurements.at(-1)!.loss).toBeLessThan(measurements[0]!.loss);
  });

  test.each([0.01, 0.1])('moves exactly the share %s of all parameters in a step, and they are the largest', async (fraction) => {
    const [all, some] = [await run(1, { iterations: 1, every: 1 }), await run(fraction, { every: 1 })];
    expect(some.perStep).toBe(Math.ceil(fraction * some.parameters - 1e-9));
    const moved = some.measurements.map((m) => m.moved);
    expect(moved[1]).toBe(some.perStep);
    for (let i = 2; i < moved.length; i++) {
      expect(moved[i]! - moved[i - 1]!).toBeGreaterThanOrEqual(0);
      expect(moved[i]! - moved[i - 1]!).toBeLessThanOrEqual(some.perStep);
    }
    expect(some.measurements[0]!.loss).toBe(all.measurements[0]!.loss);
    // The k largest hold at least their share of the squared gradient, which is what the first step goes; here far more.
    const held = (some.measurements[1]!.distance / all.measurements[1]!.distance) ** 2;
    expect(held).toBeGreaterThan(2 * fraction);
    expect(held).toBeLessThan(1);
  });

  test('the same seed gives the same bits, another one others; probe and batches are those of the seed alone', async () => {
    const [a, b, c] = [await run(0.01), await run(0.01), await run(0.01, {}, 4)];
    expect(b).toEqual(a);
    expect(c.measurements).not.toEqual(a.measurements);
    expect((await run(1)).measurements[0]).toEqual(a.measurements[0]);
  });

  test('goes on over the ends of epochs, and gives its memory back', async () => {
    await run(0.01, { iterations: 8 });
    const before = device.memory.liveBytes;
    expect((await run(0.01, { iterations: 8, every: 8 })).measurements.map(({ iteration }) => iteration)).toEqual([0, 8]);
    expect(device.memory.liveBytes).toBe(before);
    await expect(run(1, { batchSize: 64 })).rejects.toThrow(/batches of 64 need as many samples, task quarters has 50/);
  });
});

describe('a run that was stopped', () => {
  const more = { iterations: 13, every: 3 };
  const variant = { label: '0.01', fraction: 0.01 };

  test('goes on from where it was saved, to the same bits', async () => {
    const saved: Uint8Array[] = [];
    const whole = await trainLazily(device, task, { ...setting, ...more }, 3, variant, { saved: null, save: (bytes) => saved.push(bytes) });
    expect(saved).toHaveLength(1);
    expect(whole).toEqual(await run(0.01, more));
    const found = await trainLazily(device, task, { ...setting, ...more }, 3, variant, { saved: saved[0]!, save: () => undefined });
    expect(found).toEqual(whole);
    // It is what was saved that counts: with another seed, other parameters would have been the start.
    const { tensors, metadata } = readSafetensors(saved[0]!, 'saved');
    const moved = writeSafetensors({ metadata, tensors: new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: (data as Float32Array).map((value) => value * 1.01) }])) });
    const other = await trainLazily(device, task, { ...setting, ...more }, 3, variant, { saved: moved, save: () => undefined });
    expect(other.measurements.slice(0, 4)).toEqual(whole.measurements.slice(0, 4));
    expect(other.measurements[4]).not.toEqual(whole.measurements[4]);
  });

  test('is refused for another network', async () => {
    const foreign = writeSafetensors({ tensors: new Map([['x', { shape: [1], data: Float32Array.of(1) }]]), metadata: { stream: '0', progress: '{"iteration":1,"measurements":[]}' } });
    await expect(trainLazily(device, task, setting, 3, variant, { saved: foreign, save: () => undefined })).rejects.toThrow(CheckpointError);
    await expect(trainLazily(device, task, setting, 3, variant, { saved: writeSafetensors({ tensors: new Map(), metadata: {} }), save: () => undefined })).rejects.toThrow(/does not say how far/);
  });
});

describe('the experiment', () => {
  test('keeps each line under a name of its own, and takes what was kept', async () => {
    const kept = new Map<string, LazyTrainingRun>();
    const laboratory = laboratoryOf(device, {
      open: () => Promise.resolve(toyDataset),
      async keep<T extends object>(name: string, work: (unfinished: Unfinished) => Promise<T>): Promise<T> {
        const found = kept.get(name) as T | undefined ?? await work({ saved: null, save: () => undefined });
        kept.set(name, found as unknown as LazyTrainingRun);
        return found;
      },
    });
    const first = await lazyTraining.run(laboratory);
    expect([...kept.keys()]).toEqual(['standard-seed-2', 'top-10-seed-2', 'top-1-seed-2']);
    kept.set('top-1-seed-2', { ...kept.get('top-1-seed-2')!, perStep: 77 });
    expect((await lazyTraining.run(laboratory))!.ours.numbers['top 1 %']!['moved per step']).toBe(77);
    expect((await lazyTraining.run(laboratory))!.ours.charts).toEqual(first!.ours.charts);
  });

  test('gives both curves for each share, the setting, and what differs, as plain JSON and the same twice', async () => {
    const laboratory = laboratoryOf(device, { open: () => Promise.resolve(toyDataset) });
    const result = (await lazyTraining.run(laboratory))!;
    const { paper, ours, differences } = result;
    expect(paper.setting).toMatchObject({ model: 'ResNet-101', data: 'CIFAR-10', iterations: 100 });
    expect(ours.setting).toMatchObject({ model: 'multi-task-cnn', iterations: 8, data: 'plain', 'training samples': 50, seed: 2 });
    expect(ours.charts.map(({ y }) => y)).toEqual(['Δθ', 'Δℓ']);
    for (const { lines } of ours.charts) {
      expect(lines.map(({ label, points }) => [label, points.length])).toEqual([['standard', 9], ['top 10 %', 9], ['top 1 %', 9]]);
      for (const { points } of lines) expect(points[0]).toEqual([0, 0]);
    }
    const [distances, losses] = ours.charts.map(({ lines }) => lines.map(({ points }) => points.at(-1)![1]));
    expect(distances![0]).toBeGreaterThan(distances![1]!);
    expect(distances![1]).toBeGreaterThan(distances![2]!);
    ['standard', 'top 10 %', 'top 1 %'].forEach((label, i) => expect(ours.numbers[label]).toMatchObject({ 'Δθ': distances![i], 'Δℓ': losses![i] }));
    expect(differences.join(' ')).toMatch(/instead of ResNet-101.*plain instead of CIFAR-10/);
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(await lazyTraining.run(laboratory)).toEqual(result);
  });

  test('is found by its number', () => {
    expect(findExperiment('Figure-2')).toBe(lazyTraining);
    expect(new Set(EXPERIMENTS.map(({ id }) => id)).size).toBe(EXPERIMENTS.length);
    expectError(() => findExperiment('0'), ConfigError, /no experiment 0; there are: 1a \(.*figure-2 \(lazy training/);
  });
});
