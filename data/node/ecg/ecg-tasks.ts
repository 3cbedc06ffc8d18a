/** Tasks over electrocardiograms: each record's spectrograms are made once, kept in the cache, and shared by all tasks of the set. */
import { createHash } from 'node:crypto';
import { ECG_FREQUENCIES, ecgFrames, ecgSpectrogram, type EcgRecords, type EcgWindow } from '../../ecg/ecg.ts';
import type { TaskInfo } from '../../registry.ts';
import { standardiseRows } from '../../ecg/spectrogram.ts';
import type { Split, Task } from '../../task.ts';
import { cached } from '../cache.ts';
import type { Progress } from '../set.ts';

export interface EcgTask {
  readonly info: TaskInfo;
  /** For each record 1, 0, or NaN where it is missing. */
  readonly labels: Float32Array;
}

export interface EcgSplit {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/** Of the cached bytes; raise it when what `ecgSpectrogram` makes changes. */
const FORMAT = 1;
const BETWEEN_REPORTS = 100;

/**
 * Binary tasks with the same records in each part. The tasks share their input arrays: memory holds the set once, and twice for a moment.
 *
 * Inputs are `ecgSpectrogram`'s, each lead and frequency brought to mean 0 and deviation 1 by the training records; a frame that is missing is 0 then.
 * @throws {DataError} a damaged record
 */
export async function ecgTasks(records: EcgRecords, window: EcgWindow, tasks: readonly EcgTask[], split: EcgSplit, onProgress?: Progress): Promise<Task[]> {
  const rows = records.leads * ECG_FREQUENCIES;
  const frames = ecgFrames(window);
  const values = await spectrograms(records, window, rows * frames, onProgress);
  standardiseRows(values, rows, frames, split.train);
  const inputs = { train: pick(values, split.train, rows * frames), validation: pick(values, split.validation, rows * frames), test: pick(values, split.test, rows * frames) };
  return tasks.map(({ info, labels }) => {
    const part = (name: keyof EcgSplit): Split => ({ length: split[name].length, inputs: inputs[name], targets: pick(labels, split[name], 1) });
    return { ...info, train: part('train'), validation: part('validation'), test: part('test') };
  });
}

async function spectrograms(records: EcgRecords, window: EcgWindow, size: number, onProgress?: Progress): Promise<Float32Array> {
  const key = createHash('sha256').update(JSON.stringify([FORMAT, records.id, records.leads, records.rate, records.count, window.rate, window.seconds])).digest('hex');
  const bytes = await cached(`ecg-${key.slice(0, 32)}.bin`, async () => {
    const values = new Float32Array(records.count * size);
    for (let i = 0; i < records.count; i++) {
      if (i % BETWEEN_REPORTS === 0) onProgress?.(i, records.count, 'spectrograms');
      values.set(ecgSpectrogram(await records.read(i), records.leads, records.rate, window), i * size);
    }
    onProgress?.(records.count, records.count, 'spectrograms');
    return new Uint8Array(values.buffer);
  });
  // A view needs its bytes to begin at a multiple of 4; a small file's may lie anywhere in a shared buffer.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

function pick(values: Float32Array, samples: Uint32Array, size: number): Float32Array {
  const out = new Float32Array(samples.length * size);
  samples.forEach((sample, to) => out.set(values.subarray(sample * size, (sample + 1) * size), to * size));
  return out;
}
