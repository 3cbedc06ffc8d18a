import { existsSync } from 'node:fs';
import { readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBytes } from '../../../../data/node/files.ts';
import { readWfdbRecord, wfdbRecords } from '../../../../data/node/ecg/wfdb-record.ts';
import { isBeat, parseWfdbAnnotations } from '../../../../data/ecg/wfdb/annotations.ts';
import { DataError } from '../../../../engine/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeRecord } from './wfdb-files.ts';
import { DATA } from '../../../support/real-data.ts';

const raw = join(DATA, 'raw');
const KIND = { leads: 2, rate: 100, extension: 'dat' };

describe('wfdbRecords', () => {
  test('reads leads in millivolts, one after the other', async () => {
    const path = join(await temporaryFolder(), 'r');
    await writeRecord(path, { rate: 100, signals: [[1, 2, -32768], [-1000, 0, 500]], offset: 24 });
    const records = await wfdbRecords([path], KIND);
    expect([records.count, records.leads, records.rate]).toEqual([1, 2, 100]);
    expect(await records.read(0)).toEqual(Float32Array.of(0.001, 0.002, NaN, -1, 0, 0.5));
  });

  test('the id changes with the paths and with what the files are', async () => {
    const path = join(await temporaryFolder(), 'r');
    await writeRecord(path, { rate: 100, signals: [[1], [2]] });
    const ids = [(await wfdbRecords([path], KIND)).id, (await wfdbRecords([path], KIND)).id, (await wfdbRecords([path, path], KIND)).id];
    await utimes(`${path}.dat`, 1, 1);
    ids.push((await wfdbRecords([path], KIND)).id);
    await writeFile(`${path}.dat`, new Uint8Array(9));
    await utimes(`${path}.dat`, 1, 1);
    ids.push((await wfdbRecords([path], KIND)).id);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(4);
  });

  test.each([
    ['another number of leads', { rate: 100, signals: [[1]] }, 'r.hea: expected 2 signals, got 1'],
    ['another rate', { rate: 500, signals: [[1], [2]] }, 'r.hea: expected a sampling frequency of 100, got 500'],
    ['other units', { rate: 100, signals: [[1], [2]], units: 'mmHg' }, 'r.hea: expected signals in mV with one sample a frame, got mmHg with 1'],
  ])('refuses a record of %s', async (_, record, message) => {
    const path = join(await temporaryFolder(), 'r');
    await writeRecord(path, record);
    const records = await wfdbRecords([path], KIND);
    await expect(records.read(0)).rejects.toThrow(DataError);
    await expect(records.read(0)).rejects.toThrow(message);
  });

  test('refuses a file that is not there, and one in another folder', async () => {
    const path = join(await temporaryFolder(), 'r');
    await writeRecord(path, { rate: 100, signals: [[1], [2]] });
    const header = await readFile(`${path}.hea`, 'utf8');
    await writeFile(`${path}.hea`, header.replaceAll('r.dat', '../r.dat'));
    await expect(readWfdbRecord(path)).rejects.toThrow(`${path}.hea: expected signal files beside the header, got '../r.dat'`);
    await rm(`${path}.dat`);
    await expect(wfdbRecords([path], KIND)).rejects.toThrow(`${path}.dat: expected a file of the record, found none`);
    await writeFile(`${path}.hea`, header);
    await expect(readWfdbRecord(path)).rejects.toThrow(`${path}.dat: cannot be read`);
  });
});

/** What is published of two records of the MIT-BIH Arrhythmia Database: https://physionet.org/physiobank/database/html/mitdbdir/tables.htm */
describe.skipIf(!existsSync(join(raw, 'mitbih')))('MIT-BIH, format 212', () => {
  test.each([
    ['100', [995, 1011], { N: 2239, A: 33, V: 1 }, 2273],
    ['207', [981, 1043], { L: 1457, R: 86, A: 107, V: 105, E: 105, '!': 472 }, 1860],
  ])('record %s has its 650,000 samples, its checksums and its beats', async (name, first, counts, beats) => {
    const { header, stored } = await readWfdbRecord(join(raw, 'mitbih', name));
    expect([header.rate, header.frames, header.signals[0]?.description]).toEqual([360, 650_000, 'MLII']);
    expect(stored.map((signal) => [signal.length, ...signal.subarray(0, 2)])).toEqual(first.map((value) => [650_000, value, value]));
    const marks = parseWfdbAnnotations(await readBytes(join(raw, 'mitbih', `${name}.atr`)), name);
    for (const [symbol, count] of Object.entries(counts)) expect([symbol, marks.filter((mark) => mark.symbol === symbol).length]).toEqual([symbol, count]);
    expect(marks.filter(isBeat).length).toBe(beats);
    expect(marks[0]).toMatchObject({ symbol: '+', sample: name === '100' ? 18 : 9, note: name === '100' ? '(N' : '(B' });
    expect(marks.every(({ sample }, i) => sample < 650_000 && sample >= (marks[i - 1]?.sample ?? 0))).toBe(true);
  });
});
