import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ecgSpectrogram } from '../../../../data/ecg/ecg.ts';
import { divideByGroup } from '../../../../data/grouped-split.ts';
import { loadDataset } from '../../../../data/node/load.ts';
import { streamKey } from '../../../../data/shuffle.ts';
import { standardiseRows } from '../../../../data/ecg/spectrogram.ts';
import { temporaryFolder } from '../temporary.ts';
import { beats, writeRecord } from '../ecg/wfdb-files.ts';

beforeEach(async () => {
  vi.stubEnv('LAZYGRAD_DATA', '');
  vi.stubEnv('XDG_CACHE_HOME', await temporaryFolder());
});
afterEach(() => vi.unstubAllEnvs());

const LABELS = ['N', 'A', 'O', '~'];
const COUNT = 20;
const PARTS = ['train', 'validation', 'test'] as const;
const lengthOf = (i: number): number => [2900, 9000, 18_300][i % 3]!;

const bytesOf = (values: Float32Array): Buffer => Buffer.from(values.buffer);

async function writeSet(): Promise<string> {
  const folder = await temporaryFolder();
  const path = join(folder, 'cinc2017', 'training2017');
  for (let i = 0; i < COUNT; i++) await writeRecord(join(path, `A000${10 + i}`), { rate: 300, signals: [beats(lengthOf(i), i)], extension: 'mat', offset: 24 });
  await writeFile(join(path, 'REFERENCE.csv'), Array.from({ length: COUNT }, (_, i) => `A000${10 + i},${LABELS[i % 4]!}\n`).join(''));
  return folder;
}

describe('cinc2017', () => {
  test('reads the official layout: the middle 30 s at 128 Hz of each record, which all tasks have', async () => {
    const directory = await writeSet();
    const { tasks } = await loadDataset('cinc2017', { directory, seed: 5 });
    expect(tasks.map(({ name, inputShape }) => [name, inputShape])).toEqual(['AF', 'other', 'noise'].map((name) => [name, [1, 33, 119]]));
    const [AF, other, noise] = tasks.map((task) => PARTS.map((part) => [...task[part].targets]));
    for (const labels of [AF!, other!, noise!]) expect(labels.flat().reduce((a, b) => a + b)).toBe(5);
    AF!.flat().forEach((af, i) => expect(af + other!.flat()[i]! + noise!.flat()[i]!).toBeLessThanOrEqual(1));
    for (const part of PARTS) for (const task of tasks) expect(task[part].inputs).toBe(tasks[0]![part].inputs);

    const size = 33 * 119;
    const all = new Float32Array(COUNT * size);
    for (let i = 0; i < COUNT; i++) all.set(ecgSpectrogram(Float32Array.from(beats(lengthOf(i), i), (value) => value / 1000), 1, 300, { rate: 128, seconds: 30 }), i * size);
    const parts = divideByGroup(Array.from({ length: COUNT }, (_, i) => i), [70, 10, 20], streamKey(5, 'split', 'cinc2017'), Array.from({ length: COUNT }, (_, i) => i % 4));
    standardiseRows(all, 33, 119, parts[0]!);
    PARTS.forEach((part, i) => {
      [AF!, other!, noise!].forEach((labels, task) => expect(labels[i]).toEqual([...parts[i]!].map((record) => (record % 4 === task + 1 ? 1 : 0))));
      const inputs = tasks[0]![part].inputs as Float32Array;
      parts[i]!.forEach((record, at) => expect(Buffer.compare(bytesOf(inputs.slice(at * size, (at + 1) * size)), bytesOf(all.slice(record * size, (record + 1) * size)))).toBe(0));
    });
  });

  test('version 3 of the labels counts before the first, in the folder or beside it', async () => {
    const directory = await writeSet();
    const path = join(directory, 'cinc2017');
    await writeFile(join(path, 'REFERENCE-v3.csv'), Array.from({ length: COUNT }, (_, i) => `A000${10 + i},${i < 4 ? '~' : 'N'}\n`).join(''));
    const noisy = async (): Promise<number> => {
      const { tasks } = await loadDataset('cinc2017', { directory, seed: 5 });
      return PARTS.reduce((sum, part) => sum + tasks[2]![part].targets.filter((target) => target === 1).length, 0);
    };
    expect(await noisy()).toBe(4);
    await rename(join(path, 'REFERENCE-v3.csv'), join(path, 'training2017', 'REFERENCE-v3.csv'));
    expect(await noisy()).toBe(4);
  });

  test('is not found without labels, and says what to put where', async () => {
    const directory = await temporaryFolder();
    await mkdir(join(directory, 'cinc2017', 'training2017'), { recursive: true });
    await expect(loadDataset('cinc2017', { directory, seed: 0 })).rejects.toThrow("put the folder training2017 of the challenge's data, with REFERENCE-v3.csv or REFERENCE.csv in it or beside it, into DIR/cinc2017");
  });
});
