import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ecgSpectrogram, type EcgRecords } from '../../../../data/ecg/ecg.ts';
import { ecgTasks } from '../../../../data/node/ecg/ecg-tasks.ts';
import { standardiseRows } from '../../../../data/ecg/spectrogram.ts';
import type { Task } from '../../../../data/task.ts';
import { temporaryFolder } from '../temporary.ts';
import { beats } from './wfdb-files.ts';

const WINDOW = { rate: 100, seconds: 1.3 };
const SIZE = 2 * 33 * 3;
const SPLIT = { train: Uint32Array.of(4, 0, 2), validation: Uint32Array.of(1), test: Uint32Array.of(3) };
const task = (name: string): { name: string; kind: 'binary'; classes: number; inputShape: number[] } => ({ name, kind: 'binary', classes: 1, inputShape: [2, 33, 3] });
const TASKS = [
  { info: task('a'), labels: Float32Array.of(0, 1, NaN, 0, 1) },
  { info: task('b'), labels: Float32Array.of(1, 1, 0, 0, 0) },
];

/** Five records of two leads, the last one too short for all frames. */
function records(id: string): EcgRecords & { readonly reads: number[] } {
  const reads: number[] = [];
  const read = (i: number): Float32Array => {
    const length = i === 4 ? 70 : 130;
    return Float32Array.from([...beats(length, i), ...beats(length, i + 7)], (value) => value / 1000);
  };
  return { leads: 2, rate: 100, count: 5, id, reads, read: (i) => Promise.resolve((reads.push(i), read(i))) };
}

beforeEach(async () => vi.stubEnv('XDG_CACHE_HOME', await temporaryFolder()));
afterEach(() => vi.unstubAllEnvs());

const inputsOf = ({ train, validation, test: held }: Task): unknown[] => [train.inputs, validation.inputs, held.inputs];

describe('ecgTasks', () => {
  test('tasks share their inputs: spectrograms by the training records, with 0 where a frame is missing', async () => {
    const source = records('x');
    const tasks = await ecgTasks(source, WINDOW, TASKS, SPLIT);
    const expected = new Float32Array(5 * SIZE);
    for (let i = 0; i < 5; i++) expected.set(ecgSpectrogram(await source.read(i), 2, 100, WINDOW), i * SIZE);
    standardiseRows(expected, 2 * 33, 3, SPLIT.train);
    for (const part of ['train', 'validation', 'test'] as const) {
      const { inputs, length } = tasks[0]![part];
      expect(length).toBe(SPLIT[part].length);
      expect(inputs).toEqual(Float32Array.from([...SPLIT[part]].flatMap((i) => [...expected.subarray(i * SIZE, (i + 1) * SIZE)])));
    }
    expect((tasks[0]!.train.inputs as Float32Array).subarray(0, 3)).toEqual(Float32Array.of(0, 0, expected[4 * SIZE + 2]!));
    inputsOf(tasks[1]!).forEach((inputs, i) => expect(inputs).toBe(inputsOf(tasks[0]!)[i]));
    expect(tasks.map(({ train, validation, test: held }) => [train, validation, held].map(({ targets }) => [...targets]))).toEqual([
      [[1, 0, NaN], [1], [0]],
      [[0, 1, 0], [1], [0]],
    ]);
  });

  test('spectrograms are made once, and again for other records or another window', async () => {
    const read = async (source: ReturnType<typeof records>, window: typeof WINDOW): Promise<number> => {
      await ecgTasks(source, window, TASKS, SPLIT);
      return source.reads.length;
    };
    const first = await ecgTasks(records('x'), WINDOW, TASKS, SPLIT);
    const again = records('x');
    expect((await ecgTasks(again, WINDOW, TASKS, SPLIT)).map(inputsOf)).toEqual(first.map(inputsOf));
    expect(again.reads).toEqual([]);
    expect([await read(records('y'), WINDOW), await read(records('x'), { ...WINDOW, seconds: 1 }), await read(records('x'), { ...WINDOW, rate: 50 }), await read(records('x'), WINDOW)]).toEqual([5, 5, 5, 0]);
  });

  test('another split of the same records is standardised by its own training records', async () => {
    const first = await ecgTasks(records('x'), WINDOW, TASKS, SPLIT);
    const other = await ecgTasks(records('x'), WINDOW, TASKS, { ...SPLIT, train: Uint32Array.of(0, 2) });
    expect(other[0]!.test.inputs).not.toEqual(first[0]!.test.inputs);
  });

  test('tells how far it is', async () => {
    const onProgress = vi.fn();
    await ecgTasks(records('z'), WINDOW, TASKS, SPLIT, onProgress);
    expect(onProgress.mock.calls).toEqual([[0, 5, 'spectrograms'], [5, 5, 'spectrograms']]);
  });
});
