/** Parsers that stand on other parsers: changed and cut bytes give something sound, which is what the bytes say, or a DataError. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CINC2017_LABELS, parseCinc2017 } from '../../data/ecg/cinc2017.ts';
import { parsePtbxl } from '../../data/ecg/ptbxl.ts';
import { readMedMnist } from '../../data/images/medmnist.ts';
import { parseStl10 } from '../../data/images/stl.ts';
import { readSvhn } from '../../data/images/svhn.ts';
import { DataError } from '../../engine/errors.ts';
import { arrayOf } from '../support/inputs.ts';
import { imageFile } from './images/image-files.ts';

/** Reads changed bytes. @param sound throws for a result that such bytes do not say */
async function holds<T>(whole: Uint8Array, read: (bytes: Uint8Array) => T | Promise<T>, sound: (result: T, bytes: Uint8Array) => void, numRuns = 100): Promise<void> {
  const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255), length: fc.oneof({ weight: 3, arbitrary: fc.constant(whole.length) }, fc.nat(whole.length)) });
  await fc.assert(fc.asyncProperty(change, async ({ at, value, length }) => {
    const bytes = whole.with(at, value).slice(0, length);
    let result: T;
    try {
      result = await read(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      return;
    }
    sound(result, bytes);
  }), { numRuns });
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);

test('STL-10: labels', async () => {
  const images = new Uint8Array(3 * 96 * 96 * 4);
  await holds(Uint8Array.of(1, 10, 3, 4), (bytes) => parseStl10({ bytes: images, file: 'X' }, { bytes, file: 'y' }), ({ labels }, bytes) => expect([...labels]).toEqual([...bytes].map((label) => label - 1)));
});

test('STL-10: images', async () => {
  const size = 3 * 96 * 96;
  const whole = Uint8Array.from({ length: size }, (_, i) => i % 251);
  await holds(whole, (bytes) => parseStl10({ bytes, file: 'X' }, { bytes: Uint8Array.of(1), file: 'y' }), ({ pixels }, bytes) => {
    expect(pixels.length).toBe(size);
    for (const [row, column] of [[0, 0], [5, 90], [95, 95]] as const) expect(pixels[row * 96 + column]).toBe(bytes[column * 96 + row]);
    expect(pixels.reduce((a, b) => a + b, 0)).toBe(bytes.reduce((a, b) => a + b, 0));
  }, 40);
});

test('SVHN', async () => {
  await holds(await imageFile('svhn.mat'), (bytes) => readSvhn(bytes, 'x'), ({ shape, pixels, labels }) => {
    expect(pixels.length).toBe(shape.reduce((a, b) => a * b));
    expect(labels.length).toBe(shape[0]);
    for (const label of labels) expect(label >= 0 && label <= 9).toBe(true);
  });
});

test.each(['grey', 'colour', 'chest'])('MedMNIST: %s', async (name) => {
  const file = await imageFile(`${name}.npz`);
  const whole = await readMedMnist(file, 'x', { name });
  await holds(file, (bytes) => readMedMnist(bytes, 'x', { name }), (task) => {
    // An archive carries a checksum of each array: what is read is what was stored, or its shape was written otherwise.
    for (const part of ['train', 'validation', 'test'] as const) expect([...arrayOf(task[part])].sort()).toEqual([...arrayOf(whole[part])].sort());
  });
});

test('PTB-XL', async () => {
  const statements = ',diagnostic,diagnostic_class\nIMI,1.0,MI\nNDT,1.0,STTC\n';
  const database = "ecg_id,patient_id,scp_codes,strat_fold,filename_lr\n1,15709.0,\"{'IMI': 100.0, 'NDT': 0.0}\",3,records100/a\n2,7.0,{},10,records100/b\n";
  await holds(bytesOf(database), (bytes) => parsePtbxl(text(bytes), statements), (records, bytes) => {
    for (const { patient, fold, file, classes } of records) {
      expect(fold >= 1 && fold <= 10 && patient !== '' && !file.includes('..') && !file.startsWith('/')).toBe(true);
      expect(text(bytes)).toContain(file);
      for (const name of classes) expect(['MI', 'STTC']).toContain(name);
    }
  }, 300);
  await holds(bytesOf(statements), (bytes) => parsePtbxl(database, text(bytes)), (records) => expect(records).toHaveLength(2), 300);
});

test('CinC 2017', async () => {
  await holds(bytesOf('A00001,N\r\nA00004,A\r\nA00022,~\r\n'), (bytes) => parseCinc2017(text(bytes)), (records, bytes) => {
    expect(new Set(records.map(({ record }) => record)).size).toBe(records.length);
    for (const { record, label } of records) {
      expect(CINC2017_LABELS).toContain(label);
      expect(text(bytes)).toContain(record);
    }
  }, 300);
});
