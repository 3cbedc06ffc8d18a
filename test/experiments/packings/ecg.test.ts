import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { csvFields } from '../../../data/tables/csv-fields.ts';
import { ecgSpectrogram } from '../../../data/ecg/ecg.ts';
import { divideByGroup } from '../../../data/grouped-split.ts';
import { readBytes } from '../../../data/node/files.ts';
import { loadDataset } from '../../../data/node/load.ts';
import { readWfdbRecord } from '../../../data/node/ecg/wfdb-record.ts';
import { streamKey } from '../../../data/shuffle.ts';
import { standardiseRows } from '../../../data/ecg/spectrogram.ts';
import { DataError } from '../../../engine/errors.ts';
import { unpackDeltaPlanes } from '../../../experiments/packings/ecg.ts';
import { ECG_PACKINGS } from '../../../experiments/packings/node/ecg.ts';
import { temporaryFolder } from '../../data/node/temporary.ts';
import { beats } from '../../data/node/ecg/wfdb-files.ts';
import { DATA as directory } from '../../support/real-data.ts';

const PTBXL = join(directory, 'ptbxl', 'ecg12_100hz_i16_uV_delta_planes.bin.gz');
const CINC2017 = join(directory, 'cinc2017', 'ecg_128hz_i16_delta_planes.bin.gz');
const PARTS = ['train', 'validation', 'test'] as const;

beforeEach(async () => vi.stubEnv('XDG_CACHE_HOME', await temporaryFolder()));
afterEach(() => vi.unstubAllEnvs());

describe('unpackDeltaPlanes', () => {
  test('sums the differences of each row, which may wrap', () => {
    // Differences 1, -2, 300 | 32767, 1, -1: low bytes, then high ones.
    const bytes = Uint8Array.of(1, 0xfe, 0x2c, 0xff, 1, 0xff, 0, 0xff, 1, 0x7f, 0, 0xff);
    expect(unpackDeltaPlanes(bytes, 3, 'x')).toEqual(Int16Array.of(1, -1, 299, 32767, -32768, 32767));
  });

  test.each([0, 5, 8])('refuses %i bytes for rows of 3', (length) => {
    expect(() => unpackDeltaPlanes(new Uint8Array(length), 3, 'x')).toThrow(DataError);
    expect(() => unpackDeltaPlanes(new Uint8Array(length), 3, 'x')).toThrow(`x: expected rows of 3 samples, two bytes each, got ${length} bytes`);
  });
});

/** Differences of rows, low bytes before high ones. */
function pack(rows: readonly (readonly number[])[]): Uint8Array {
  const differences = rows.flatMap((row) => row.map((value, i) => value - (row[i - 1] ?? 0)));
  return Uint8Array.from([...differences.map((value) => value & 0xff), ...differences.map((value) => (value >> 8) & 0xff)]);
}

describe('packed records', () => {
  test('stand in the middle of zeros, in steps of 5 microvolts', async () => {
    const folder = await temporaryFolder();
    const own = (i: number): number[] => beats(640, i);
    const count = 12;
    await mkdir(join(folder, 'cinc2017'));
    await writeFile(join(folder, 'cinc2017', 'labels.csv'), `record,label,seconds,samples_used\n${Array.from({ length: count }, (_, i) => `A${i},${'NAO~'[i % 4]!},5.0,640\n`).join('')}`);
    await writeFile(join(folder, 'cinc2017', 'ecg_128hz_i16_delta_planes.bin.gz'), gzipSync(pack(Array.from({ length: count }, (_, i) => [...Array<number>(1600).fill(0), ...own(i), ...Array<number>(1600).fill(0)]))));
    const { tasks } = await loadDataset('cinc2017', { directory: folder, seed: 5, loaders: ECG_PACKINGS });
    const size = 33 * 119;
    const all = Float32Array.from(Array.from({ length: count }, (_, i) => [...ecgSpectrogram(Float32Array.from(own(i), (value) => value * 0.005), 1, 128, { rate: 128, seconds: 30 })]).flat());
    const parts = divideByGroup(Array.from({ length: count }, (_, i) => i), [70, 10, 20], streamKey(5, 'split', 'cinc2017'), Array.from({ length: count }, (_, i) => i % 4));
    standardiseRows(all, 33, 119, parts[0]!);
    const [first = 0] = parts[0]!;
    expect((tasks[0]!.train.inputs as Float32Array).slice(0, size)).toEqual(all.slice(first * size, (first + 1) * size));
  });

  test.skipIf(!existsSync(PTBXL) || !existsSync(join(directory, 'raw/ptbxl')))('of PTB-XL are the samples of the WFDB records', async () => {
    const samples = unpackDeltaPlanes(await readBytes(PTBXL), 1000, PTBXL);
    for (let i = 0; i < 12; i++) {
      const { stored, header } = await readWfdbRecord(join(directory, 'raw/ptbxl', `${String(i + 1).padStart(5, '0')}_lr`));
      expect(header.signals.every((signal, lead) => signal.checksum !== null && signal.initial === stored[lead]![0])).toBe(true);
      stored.forEach((signal, lead) => expect(signal).toEqual(samples.slice((12 * i + lead) * 1000, (12 * i + lead + 1) * 1000)));
    }
  });

  test.skipIf(!existsSync(PTBXL))('make the tasks of ptbxl: 500 records of 466 patients', async () => {
    const { tasks } = await loadDataset('ptbxl', { directory, seed: 0, loaders: ECG_PACKINGS });
    expect(tasks.map(({ name, ...task }) => [name, PARTS.reduce((sum, part) => sum + task[part].targets.filter((target) => target === 1).length, 0)])).toEqual([['MI', 73], ['CD', 78], ['HYP', 40], ['STTC', 96]]);
    expect(PARTS.map((part) => tasks[0]![part].length)).toEqual([300, 100, 100]);
  });

  test.skipIf(!existsSync(CINC2017))('of CinC 2017 lie in the middle of zeros, and make its tasks', async () => {
    const samples = unpackDeltaPlanes(await readBytes(CINC2017), 3840, CINC2017);
    const file = join(directory, 'cinc2017', 'labels.csv');
    const own = csvFields((await readBytes(file)).reduce((text, byte) => text + String.fromCharCode(byte), ''), file, ['samples_used']).map(({ fields: [count] }) => Number(count));
    expect(samples.length).toBe(own.length * 3840);
    own.forEach((count, i) => {
      const start = i * 3840 + Math.floor((3840 - count) / 2);
      for (const outside of [samples.subarray(i * 3840, start), samples.subarray(start + count, (i + 1) * 3840)]) expect(outside.every((value) => value === 0)).toBe(true);
    });
    const { tasks } = await loadDataset('cinc2017', { directory, seed: 0, loaders: ECG_PACKINGS });
    expect(tasks.map(({ name, ...task }) => [name, ...PARTS.map((part) => task[part].targets.filter((target) => target === 1).length)])).toEqual([['AF', 517, 74, 147], ['other', 840, 120, 240], ['noise', 199, 28, 57]]);
  });
});
