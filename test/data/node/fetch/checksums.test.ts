import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepChecksum, readChecksums, sha256Of } from '../../../../data/node/fetch/checksums.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { temporaryFolder } from '../temporary.ts';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

test('lines are added and replaced, in the format of sha256sum, sorted by path', async () => {
  const folder = await temporaryFolder();
  expect(await readChecksums(folder)).toEqual(new Map());
  await keepChecksum(folder, 'set/two', A);
  await keepChecksum(folder, 'a file', A);
  await keepChecksum(folder, 'set/two', B);
  expect(readFileSync(join(folder, 'SHA256SUMS'), 'utf8')).toBe(`${A}  a file\n${B}  set/two\n`);
  expect(await readChecksums(folder)).toEqual(new Map([['a file', A], ['set/two', B]]));
  expect(readdirSync(folder)).toEqual(['SHA256SUMS']);
});

test('what other programs write is read: binary mode, capitals, CRLF, no last line feed', async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'SHA256SUMS'), `${A.toUpperCase()} *one\r\n\r\n${B}  two`);
  expect(await readChecksums(folder)).toEqual(new Map([['one', A], ['two', B]]));
});

test.each(['x', `${A} one`, `${A.slice(1)}  one`, `${A}  `])('line %j', async (line) => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'SHA256SUMS'), `${A}  fine\n${line}\n`);
  await expectRejection(readChecksums(folder), DataError, 'SHA256SUMS, line 2');
});

test('the hash of a file is that of FIPS 180-2', async () => {
  const path = join(await temporaryFolder(), 'abc');
  writeFileSync(path, 'abc');
  expect(await sha256Of(path)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
