import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { fetchCommand } from '../../cli/commands/fetch.ts';
import { createFetchProgress, size } from '../../cli/fetch-progress.ts';
import { DOWNLOADS } from '../../data/index.ts';
import { zipOf } from '../data/node/fetch/archives.ts';
import { send, serve } from '../data/node/fetch/server.ts';
import { lazygrad } from './support.ts';

const ZIP = zipOf([{ name: 'training2017/A00001.hea', body: 'A00001 1 300' }, { name: 'training2017/A00001.mat', body: new Uint8Array(3000) }]);
const FILES: Readonly<Record<string, Uint8Array>> = {
  '/files/challenge-2017/1.0.0/training2017.zip': ZIP,
  '/files/challenge-2017/1.0.0/REFERENCE-v3.csv': Buffer.from('A00001,N\n'),
};
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'lazygrad-fetch-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('an interrupt exits with 130, keeps what came and says so; the next call goes on, to one JSON document', async () => {
  let whole = false;
  const server = await serve((response, seen) => send(response, seen, FILES[seen.url] ?? new Uint8Array(), '"1"', whole ? Infinity : 100));
  const here = folder();
  const args = ['fetch', 'cinc2017', '--data', 'sets', '--mirror', server.url];
  const part = join(here, 'sets', 'cinc2017', 'training2017.zip.part');
  let timer: NodeJS.Timeout | undefined;
  const first = await lazygrad(here, args, (_text, interrupt) => {
    // Bars are for terminals: only the part says here when something has come.
    timer ??= setInterval(() => {
      if (sizeOf(part) < 100) return;
      clearInterval(timer);
      interrupt();
    }, 5);
  });
  clearInterval(timer);
  expect(first.err).toContain('licence: ODC-By 1.0 (PhysioNet/CinC Challenge 2017;');
  expect(first.err).toContain(`interrupted; the first 100 bytes are kept in ${join('sets', 'cinc2017', 'training2017.zip.part')}`);
  expect(first.out).toBe('');
  expect(first.code).toBe(130);

  whole = true;
  const { code, out, err } = await lazygrad(here, [...args, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ name: 'cinc2017', directory: 'sets', files: [{ status: 'downloaded', verified: 'unverified', sha256: sha(ZIP) }, { path: join('sets', 'cinc2017', 'REFERENCE-v3.csv') }] });
  expect(err.split('\n')).toContain('2/2  cinc2017/REFERENCE-v3.csv');
  expect(err).toContain(`could not be verified against a published hash; its SHA-256 is ${sha(ZIP)}`);
  expect(server.asked[1]?.headers.range).toBe('bytes=100-');
  expect(readdirSync(join(here, 'sets'), { recursive: true }).map(String).sort()).toEqual(
    ['SHA256SUMS', 'cinc2017', 'cinc2017/REFERENCE-v3.csv', 'cinc2017/training2017', 'cinc2017/training2017/A00001.hea', 'cinc2017/training2017/A00001.mat']);
});

function sizeOf(path: string): number {
  try {
    return readFileSync(path).length;
  } catch {
    return 0;
  }
}

test('exit codes: 3 for what only its owner gives out, 2 for unknown names', async () => {
  const here = folder();
  const [mimic, unknown] = await Promise.all([lazygrad(here, ['fetch', 'mimic3', '--data', 'sets']), lazygrad(here, ['fetch', 'mnist'])]);
  expect(mimic.code).toBe(3);
  expect(mimic.err).toMatch(/^licence: .*\nerror: mimic3: .*https:\/\/physionet.org\/content\/mimiciii\/1.4\/.*sets\/mimic3\n$/);
  expect(mimic.out).toBe('');
  expect(unknown.code).toBe(2);
  expect(unknown.err).toMatch(/^error: unknown data set 'mnist': expected one of mnist-pair, .*mimic3\n$/);
});

test('the help has every name, every option and an example', () => {
  let text = '';
  fetchCommand().configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  for (const part of [...DOWNLOADS.map(({ name }) => name), '--data', 'LAZYGRAD_DATA', '--mirror', '--json', '$ lazygrad fetch mnist-pair']) expect(text).toContain(part);
});

function fakeStream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const pipe = new PassThrough({ encoding: 'utf8' });
  let text = '';
  pipe.on('data', (chunk: string) => (text += chunk));
  return { stream: Object.assign(pipe, { isTTY, columns: 120 }) as unknown as NodeJS.WriteStream, text: () => text };
}

test('on a terminal: a bar, gone when the file is there', () => {
  const { stream, text } = fakeStream(true);
  const progress = createFetchProgress(stream);
  progress.onEvent({ type: 'file', path: 'set/file', index: 1, count: 2 });
  progress.onEvent({ type: 'download', path: 'set/file', done: 500_000, total: 2_000_000 });
  expect(text()).toContain('1/2  set/file  [=====>              ] 500.0 kB of 2.0 MB');
  progress.onEvent({ type: 'done', file: { path: '/d/set/file', url: '', status: 'downloaded', verified: 'published', sha256: '0' } });
  expect(text().lastIndexOf('\x1b[?25h')).toBeGreaterThan(text().lastIndexOf('\x1b[?25l'));
  expect(text()).toMatch(/\/d\/set\/file {2}downloaded, verified\n$/);
  progress.stop();
});

test('anywhere else: plain lines', () => {
  const { stream, text } = fakeStream(false);
  const progress = createFetchProgress(stream);
  progress.onEvent({ type: 'file', path: 'set/file', index: 1, count: 1 });
  progress.onEvent({ type: 'download', path: 'set/file', done: 1, total: null });
  progress.onEvent({ type: 'retry', path: 'set/file', reason: 'http://x: answered 500' });
  progress.onEvent({ type: 'unpack', path: 'set', files: 1, bytes: 1 });
  progress.onEvent({ type: 'done', file: { path: '/d/set', url: '', status: 'present', verified: 'unverified', sha256: null } });
  progress.stop();
  expect(text()).toBe('1/1  set/file\nhttp://x: answered 500: trying again\n/d/set  there already, not verified again\n');
});

test.each([[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [9_912_422, '9.9 MB'], [2_640_397_119, '2.6 GB'], [5e12, '5000.0 GB']])('%i bytes are %s', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});
