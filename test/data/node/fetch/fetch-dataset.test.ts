import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DatasetDownloads } from '../../../../data/downloads.ts';
import { fetchDataset, type FetchEvent, type FetchOptions } from '../../../../data/node/fetch/fetch-dataset.ts';
import { ConfigError, DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { zipOf } from './archives.ts';
import { send, serve } from './server.ts';

const sha = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const ZIP = zipOf([{ name: 'top/a', body: 'alpha' }, { name: 'top/b/c', body: 'gamma' }, { name: 'top/huge/raw', body: 'left out' }]);

/** A plain file with a published hash, a plain one without, and an archive. */
const plan = (changes: { sha256?: string } = {}): DatasetDownloads => ({
  name: 'tiny', access: 'open', licence: 'CC0 (nobody)',
  files: [
    { url: 'https://a.example/known', path: 'tiny/known', sha256: changes.sha256 ?? sha('known'), largest: 100 },
    { url: 'https://b.example/deep/unknown?download', path: 'tiny/unknown', sha256: null, largest: 100 },
    { url: 'https://c.example/all.zip', path: 'all.zip', sha256: null, largest: 1e4, unpack: { format: 'zip', into: 'tiny/all', strip: 1, keep: ['a', 'b/'], largest: 1e4 } },
  ],
});

async function start(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<{ options: FetchOptions; asked: () => string[]; directory: string; events: FetchEvent[] }> {
  const content: Record<string, string | Uint8Array> = { '/known': 'known', '/deep/unknown?download': 'unknown', '/all.zip': ZIP, ...files };
  const server = await serve((response, seen) => {
    const body = content[seen.url];
    if (body === undefined) response.writeHead(404).end();
    else send(response, seen, Buffer.from(body as string), `"${sha(body)}"`);
  });
  const directory = join(await temporaryFolder(), 'data');
  const events: FetchEvent[] = [];
  return { options: { directory, mirror: server.url, backoff: 1, onEvent: (event) => events.push(event) }, asked: () => server.asked.map(({ url }) => url), directory, events };
}
const textAt = (...path: string[]): string => readFileSync(join(...path), 'utf8');

test('each file in its place, archives unpacked and gone, hashes kept', async () => {
  const { options, asked, directory, events } = await start();
  expect(await fetchDataset(plan(), options)).toEqual({
    name: 'tiny', directory, licence: 'CC0 (nobody)',
    files: [
      { path: join(directory, 'tiny/known'), url: `${options.mirror}/known`, status: 'downloaded', verified: 'published', sha256: sha('known') },
      { path: join(directory, 'tiny/unknown'), url: `${options.mirror}/deep/unknown?download`, status: 'downloaded', verified: 'unverified', sha256: sha('unknown') },
      { path: join(directory, 'tiny/all'), url: `${options.mirror}/all.zip`, status: 'downloaded', verified: 'unverified', sha256: sha(ZIP) },
    ],
  });
  expect(readdirSync(directory, { recursive: true }).map(String).sort()).toEqual(['SHA256SUMS', 'tiny', 'tiny/all', 'tiny/all/a', 'tiny/all/b', 'tiny/all/b/c', 'tiny/known', 'tiny/unknown']);
  expect(textAt(directory, 'tiny/all/b/c')).toBe('gamma');
  expect(textAt(directory, 'SHA256SUMS')).toBe(`${sha(ZIP)}  all.zip\n${sha('known')}  tiny/known\n${sha('unknown')}  tiny/unknown\n`);
  expect(asked()).toEqual(['/known', '/deep/unknown?download', '/all.zip']);
  expect(events.map(({ type }) => type)).toEqual(['file', 'download', 'done', 'file', 'download', 'done', 'file', 'download', 'unpack', 'unpack', 'done']);
  expect(events[3]).toEqual({ type: 'file', path: 'tiny/unknown', index: 2, count: 3 });
});

test('what is there is not asked for again', async () => {
  const { options, asked } = await start();
  await fetchDataset(plan(), options);
  const again = await fetchDataset(plan(), options);
  expect(again.files.map(({ status, verified }) => [status, verified])).toEqual([['present', 'published'], ['present', 'kept'], ['present', 'unverified']]);
  expect(asked()).toHaveLength(3);
});

test('a second download is held to the first one\'s hash', async () => {
  const { options, directory } = await start();
  mkdirSync(directory);
  writeFileSync(join(directory, 'SHA256SUMS'), `${sha('another')}  tiny/unknown\n`);
  await expectRejection(fetchDataset(plan(), options), DataError, sha('another'), sha('unknown'), 'SHA256SUMS', 'remove the line');
  expect(readdirSync(join(directory, 'tiny'))).toEqual(['known']);
  writeFileSync(join(directory, 'SHA256SUMS'), `${sha('unknown')}  tiny/unknown\n`);
  expect((await fetchDataset(plan(), options)).files[1]).toMatchObject({ status: 'downloaded', verified: 'kept' });
});

test('a published hash that does not match', async () => {
  const { options, directory } = await start();
  await expectRejection(fetchDataset(plan({ sha256: sha('genuine') }), options), DataError, sha('genuine'), sha('known'), /removed$/);
  expect(readdirSync(join(directory, 'tiny'))).toEqual([]);
  expect(existsSync(join(directory, 'SHA256SUMS'))).toBe(false);
});

test('a file of one\'s own with another hash is neither replaced nor taken for the published one', async () => {
  const { options, directory, asked } = await start();
  mkdirSync(join(directory, 'tiny'), { recursive: true });
  writeFileSync(join(directory, 'tiny/known'), 'mine');
  await expectRejection(fetchDataset(plan(), options), DataError, join(directory, 'tiny/known'), sha('mine'), sha('known'), 'move it away');
  expect(textAt(directory, 'tiny/known')).toBe('mine');
  expect(asked()).toEqual([]);
});

test('a file of one\'s own where nothing is published stays, and no hash is kept of it', async () => {
  const { options, directory } = await start();
  mkdirSync(join(directory, 'tiny'), { recursive: true });
  writeFileSync(join(directory, 'tiny/unknown'), 'mine');
  expect((await fetchDataset(plan(), options)).files[1]).toMatchObject({ status: 'present', verified: 'unverified', sha256: sha('mine') });
  expect(textAt(directory, 'SHA256SUMS')).not.toContain('tiny/unknown');
});

test('an archive that cannot be unpacked is kept, and unpacked by a later call that can, without a download', async () => {
  const { options, directory, asked } = await start();
  const small = plan();
  const limited: DatasetDownloads = { ...small, ...(small.access === 'open' && { files: small.files.map((file) => (file.unpack ? { ...file, unpack: { ...file.unpack, largest: 5 } } : file)) }) };
  await expectRejection(fetchDataset(limited, options), DataError, 'at most 5 bytes');
  expect(readdirSync(join(directory, 'tiny'))).toEqual(['known', 'unknown']);
  await fetchDataset(plan(), options);
  expect(textAt(directory, 'tiny/all/a')).toBe('alpha');
  expect(existsSync(join(directory, 'all.zip'))).toBe(false);
  expect(asked()).toHaveLength(3);
});

test('MIMIC-III: how to get it, and nothing is asked for', async () => {
  const { options, asked, directory } = await start();
  await expectRejection(fetchDataset('mimic3', options), DataError, 'https://physionet.org/content/mimiciii/1.4/', 'data use agreement', join(directory, 'mimic3'));
  expect(asked()).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});

test('unknown names, bad mirrors, folders that cannot be', async () => {
  const { options, directory } = await start();
  await expectRejection(fetchDataset('nonesuch', options), ConfigError, "'nonesuch'");
  await expectRejection(fetchDataset(plan(), { ...options, mirror: 'nowhere' }), ConfigError, "'nowhere'");
  writeFileSync(`${directory}-file`, '');
  await expectRejection(fetchDataset(plan(), { ...options, directory: `${directory}-file` }), DataError, `${directory}-file`);
});
