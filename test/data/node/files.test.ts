import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { plainOrGzip, readBytes } from '../../../data/node/files.ts';
import { DataError } from '../../../engine/errors.ts';
import { temporaryFolder } from './temporary.ts';

const bytes = Uint8Array.of(1, 2, 3, 250);

test('reads plain and compressed files alike', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'a'), bytes);
  await writeFile(join(folder, 'b.gz'), gzipSync(bytes));
  expect([...(await readBytes(join(folder, 'a')))]).toEqual([...bytes]);
  expect([...(await readBytes(join(folder, 'b.gz')))]).toEqual([...bytes]);
  expect(plainOrGzip(join(folder, 'a'))).toBe(join(folder, 'a'));
  expect(plainOrGzip(join(folder, 'b'))).toBe(join(folder, 'b.gz'));
  expect(plainOrGzip(join(folder, 'c'))).toBeNull();
});

test('a missing, damaged or cut file is a DataError that names it', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'damaged.gz'), bytes);
  await writeFile(join(folder, 'cut.gz'), gzipSync(new Uint8Array(1000)).subarray(0, 20));
  for (const name of ['absent', 'damaged.gz', 'cut.gz']) {
    const reading = readBytes(join(folder, name));
    await expect(reading).rejects.toThrow(DataError);
    await expect(reading).rejects.toThrow(join(folder, name));
  }
});
