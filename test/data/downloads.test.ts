import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DATASETS, DOWNLOADS, datasetDownloads, type DownloadFile } from '../../data/index.ts';
import { mirrored } from '../../data/downloads.ts';
import { ConfigError } from '../../engine/errors.ts';
import { expectError } from '../support/errors.ts';
import { DATA } from '../support/real-data.ts';

const files = DOWNLOADS.flatMap((set) => (set.access === 'open' ? set.files.map((file) => ({ set: set.name, file })) : []));

test('every data set of the registry says where it comes from, and whether anyone may have it', () => {
  const access = new Map(DOWNLOADS.map((set) => [set.name, set.access]));
  for (const set of DATASETS) expect(access.get(set.name), set.name).toBe(set.access);
  expect(access.size).toBe(DOWNLOADS.length);
});

test('what only its owner gives out has an address to ask at and no files', () => {
  expect(DOWNLOADS.filter((set) => set.access === 'credentialed').map((set) => set.name)).toEqual(['mimic3']);
  expect(datasetDownloads('mimic3')).toMatchObject({ address: 'https://physionet.org/content/mimiciii/1.4/' });
  expect(datasetDownloads('mimic3')).not.toHaveProperty('files');
});

test.each(files.map(({ set, file }) => [`${set}: ${file.path}`, file] as const))('%s', (_name, { url, path, sha256, largest, unpack }: DownloadFile) => {
  // Without https, only the hash says that a file is the publisher's.
  expect(new URL(url).protocol === 'https:' || sha256 !== null).toBe(true);
  if (sha256 !== null) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  for (const place of [path, unpack?.into ?? path]) expect(place).toMatch(/^[a-z0-9][\w.-]*(\/[\w.-]+)*$/i);
  expect(path.split('/')).not.toContain('..');
  expect(unpack?.into).not.toBe(path);
  expect(largest).toBeGreaterThan(0);
});

test('no file has two places, and no place two files', () => {
  const known = new Map<string, string>();
  for (const { file } of files) {
    expect(known.get(file.path) ?? file.url).toBe(file.url);
    known.set(file.path, file.url);
  }
  expect(new Set(known.values()).size).toBe(known.size);
});

test('an unknown name', () => {
  expectError(() => datasetDownloads('mnist'), ConfigError, "'mnist'", 'mnist-pair', 'mimic3');
});

describe('a mirror', () => {
  test.each([
    ['https://a.example/deep/file.zip?download=1', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080/deep/file.zip?download=1'],
    ['http://a.example:81/file', 'https://b.example/mirror/', 'https://b.example/mirror/file'],
    ['https://a.example/~user/file', 'https://b.example/x?y#z', 'https://b.example/x/~user/file'],
  ])('%s on %s', (url, mirror, expected) => {
    expect(mirrored(url, mirror)).toBe(expected);
  });

  test.each(['', 'b.example', 'file:///etc', 'ftp://b.example'])('%j is no address', (mirror) => {
    expectError(() => mirrored('https://a.example/', mirror), ConfigError, `'${mirror}'`);
  });
});

const folder = DATA;
const mnistLike = files.filter(({ set }) => set === 'mnist-trio').map(({ file }) => ({ file, path: join(folder, file.path) }));

/** Copies that were compressed anew have another size; those with the published one have to be the published file. */
describe('files beside the repository that have the published size have the published hash', () => {
  for (const { file, path } of mnistLike) {
    const same = existsSync(path) && readFileSync(path).length === file.largest;
    test.skipIf(!same)(`${file.path}${same ? '' : ` (not in ${folder} with ${file.largest} bytes)`}`, () => {
      expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(file.sha256);
    });
  }
});
