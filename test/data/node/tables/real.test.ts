/** Tables that lie beside the repository or in LAZYGRAD_DATA, and signals that they label. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadTable, readBytes } from '../../../../data/node/index.ts';
import { textAt } from '../../../../data/tables/table.ts';
import { unpackDeltaPlanes } from '../../../../experiments/packings/ecg.ts';
import { DATA } from '../../../support/real-data.ts';

test.skipIf(!existsSync(join(DATA, 'mts-dialog'))).each([
  ['MTS-Dialog-TrainingSet.csv', 1201], ['MTS-Dialog-ValidationSet.csv', 100], ['MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv', 200], ['MTS-Dialog-TestSet-2-MEDIQA-Sum-2023.csv', 200],
])('mts-dialog: %s', async (file, length) => {
  const table = await loadTable(join(DATA, 'mts-dialog/Main-Dataset', file));
  expect([table.length, table.columns]).toEqual([length, ['ID', 'section_header', 'section_text', 'dialogue']]);
});

test.skipIf(!existsSync(join(DATA, 'aci-bench')))('aci-bench: 207 visits', async () => {
  const files = ['train', 'valid', 'clinicalnlp_taskB_test1', 'clinicalnlp_taskC_test2', 'clef_taskC_test3'];
  const lengths = await Promise.all(files.map(async (file) => (await loadTable(join(DATA, 'aci-bench/data/challenge_data', `${file}.csv`))).length));
  expect(lengths).toEqual([67, 20, 40, 40, 40]);
});

test.skipIf(!existsSync(join(DATA, 'ludb')))('ludb: 200 subjects, 12 leads of 10 s at 250 Hz, and what they have', async () => {
  const table = await loadTable(join(DATA, 'ludb/labels.csv'));
  const count = (name: string): number => Array.from({ length: table.length }, (_, row) => Number(textAt(table.column(name), row))).reduce((a, b) => a + b, 0);
  expect([table.length, count('t_conduction'), count('t_hypertrophy'), count('t_ischemia')]).toEqual([200, 66, 142, 51]);
  const file = join(DATA, 'ludb/ecg12_250hz_i16_delta_planes.bin.gz');
  const samples = unpackDeltaPlanes(await readBytes(file), 2500, file);
  expect(samples.length).toBe(200 * 12 * 2500);
  // In units of 5 uV: no healthy or sick heart is beyond 10 mV.
  expect(samples.every((value) => Math.abs(value) < 2000)).toBe(true);
});
