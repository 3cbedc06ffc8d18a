import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { download, type DownloadOptions } from '../../../../data/node/fetch/download.ts';
import { checkDowngrade } from '../../../../data/node/fetch/response.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectError, expectRejection } from '../../../support/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { send, serve, type Server } from './server.ts';

/** Larger than what a socket takes at once. */
const BODY = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 2654435761) >>> 24);
const OTHER = BODY.map((byte) => byte ^ 255);
const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const OPTIONS: DownloadOptions = { sha256: null, largest: 1e6, backoff: 1 };

async function target(): Promise<{ folder: string; path: string; files: () => string[] }> {
  const folder = await temporaryFolder();
  return { folder, path: join(folder, 'deep', 'file.bin'), files: () => readdirSync(join(folder, 'deep')).sort() };
}
const expectBytes = (path: string, bytes: Uint8Array): void => expect(readFileSync(path).equals(bytes)).toBe(true);
/** Cuts the connection once exactly so many bytes have arrived. */
const cutAt = (server: Server, ...points: number[]): Pick<DownloadOptions, 'onProgress'> => ({
  onProgress: (done) => {
    if (points.includes(done)) server.cut();
  },
});

test('a whole file: exact bytes, its hash, progress up to the end, nothing beside it', async () => {
  const { url, asked } = await serve((response, seen) => send(response, seen, BODY, '"1"'));
  const { path, files } = await target();
  const seen: [number, number | null][] = [];
  const result = await download(`${url}/file`, path, { ...OPTIONS, sha256: sha(BODY), onProgress: (done, total) => seen.push([done, total]) });
  expect(result).toEqual({ bytes: BODY.length, sha256: sha(BODY) });
  expectBytes(path, BODY);
  expect(files()).toEqual(['file.bin']);
  expect(seen.at(-1)).toEqual([BODY.length, BODY.length]);
  expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).toSorted((a, b) => a - b));
  expect(asked[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', 'user-agent': 'lazygrad' });
  expect(asked[0]?.headers.range).toBeUndefined();
});

test('an empty file, and one whose length the server does not say', async () => {
  const { url } = await serve((response, { url: path }) => {
    if (path === '/empty') response.end();
    else response.write(BODY.subarray(0, 10), () => response.end(BODY.subarray(10)));
  });
  const { path } = await target();
  expect(await download(`${url}/empty`, path, OPTIONS)).toEqual({ bytes: 0, sha256: sha(new Uint8Array()) });
  expect(await download(`${url}/chunked`, `${path}2`, OPTIONS)).toEqual({ bytes: BODY.length, sha256: sha(BODY) });
});

describe('cut off', () => {
  test('in mid-body: the rest is asked for, and the whole is exact', async () => {
    const server = await serve((response, seen, i) => send(response, seen, BODY, '"1"', [100_000, 200_001][i]));
    const { url, asked } = server;
    const { path, files } = await target();
    const reasons: string[] = [];
    const result = await download(url, path, { ...OPTIONS, ...cutAt(server, 100_000, 200_001), sha256: sha(BODY), onRetry: (reason) => reasons.push(reason) });
    expect(result).toEqual({ bytes: BODY.length, sha256: sha(BODY) });
    expectBytes(path, BODY);
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=100000-', 'bytes=200001-']);
    expect(asked[1]?.headers['if-range']).toBe('"1"');
    expect(reasons).toHaveLength(2);
    expect(files()).toEqual(['file.bin']);
  });

  test('for good: says how much is kept; a later call goes on from there', async () => {
    let cut = true;
    const server = await serve((response, seen) => send(response, seen, BODY, '"1"', cut ? 50_000 : Infinity));
    const { url, asked } = server;
    const { path, files } = await target();
    await expectRejection(download(url, path, { ...OPTIONS, ...cutAt(server, 50_000), attempts: 1 }), DataError, url, '1 tries', 'first 50000 bytes are kept');
    expect(files()).toEqual(['file.bin.part', 'file.bin.part.json']);
    cut = false;
    await download(url, path, OPTIONS);
    expectBytes(path, BODY);
    expect(asked.at(-1)?.headers.range).toBe('bytes=50000-');
    expect(files()).toEqual(['file.bin']);
  });

  test('by a server without ranges: it is started over', async () => {
    const server = await serve((response, _seen, i) => {
      response.writeHead(200, { etag: '"1"', 'content-length': BODY.length });
      if (i === 0) response.write(BODY.subarray(0, 70_000));
      else response.end(BODY);
    });
    const { url, asked } = server;
    const { path } = await target();
    await download(url, path, { ...OPTIONS, ...cutAt(server, 70_000), sha256: sha(BODY) });
    expectBytes(path, BODY);
    expect(asked[1]?.headers.range).toBe('bytes=70000-');
  });

  test('by a server that gives no version: no range is asked for', async () => {
    const server = await serve((response, _seen, i) => {
      response.writeHead(200, { 'content-length': BODY.length, etag: 'W/"weak"' });
      if (i === 0) response.write(BODY.subarray(0, 70_000));
      else response.end(BODY);
    });
    const { url, asked } = server;
    const { path } = await target();
    await download(url, path, { ...OPTIONS, ...cutAt(server, 70_000) });
    expectBytes(path, BODY);
    expect(asked[1]?.headers.range).toBeUndefined();
  });

  test('and changed in between: not one byte of the old version stays', async () => {
    const server = await serve((response, seen, i) => send(response, seen, i === 0 ? BODY : OTHER, i === 0 ? '"1"' : '"2"', i === 0 ? 90_000 : Infinity));
    const { url, asked } = server;
    const { path } = await target();
    expect((await download(url, path, { ...OPTIONS, ...cutAt(server, 90_000) })).sha256).toBe(sha(OTHER));
    expectBytes(path, OTHER);
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['the rest of another version', { etag: '"2"', 'content-range': `bytes 90000-${BODY.length - 1}/${BODY.length}` }],
    ['another range', { etag: '"1"', 'content-range': `bytes 80000-${BODY.length - 1}/${BODY.length}` }],
    ['no range at all', { etag: '"1"' }],
  ])('and answered with %s: it is started over', async (_name, headers) => {
    const server = await serve((response, seen, i) => {
      if (i === 1) response.writeHead(206, headers).end(OTHER.subarray(90_000));
      else send(response, seen, i === 0 ? BODY : OTHER, i === 0 ? '"1"' : '"2"', i === 0 ? 90_000 : Infinity);
    });
    const { url, asked } = server;
    const { path } = await target();
    await download(url, path, { ...OPTIONS, ...cutAt(server, 90_000) });
    expectBytes(path, OTHER);
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=90000-', undefined]);
  });

  test('and shorter by now (416): it is started over', async () => {
    const server = await serve((response, seen, i) => (i === 1 ? response.writeHead(416).end() : send(response, seen, BODY, '"1"', i === 0 ? 90_000 : Infinity)));
    const { url } = server;
    const { path } = await target();
    await download(url, path, { ...OPTIONS, ...cutAt(server, 90_000) });
    expectBytes(path, BODY);
  });

  test('a part of another address is not gone on from, nor one that nothing describes', async () => {
    const server = await serve((response, seen) => send(response, seen, BODY, '"1"', seen.url === '/a' ? 90_000 : Infinity));
    const { url, asked } = server;
    const { path } = await target();
    await expectRejection(download(`${url}/a`, path, { ...OPTIONS, ...cutAt(server, 90_000), attempts: 1 }), DataError);
    await download(`${url}/b`, path, OPTIONS);
    writeFileSync(`${path}2.part`, 'what is this');
    await download(`${url}/b`, `${path}2`, OPTIONS);
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, undefined, undefined]);
    expectBytes(`${path}2`, BODY);
  });
});

describe('refused', () => {
  test('a wrong hash: both are named, what came is removed, what was there before stays', async () => {
    const { url, asked } = await serve((response, seen) => send(response, seen, BODY, '"1"'));
    const { path, files } = await target();
    await download(url, path, OPTIONS);
    await expectRejection(download(url, path, { ...OPTIONS, sha256: sha(OTHER) }), DataError, sha(OTHER), sha(BODY), url);
    expect(files()).toEqual(['file.bin']);
    expectBytes(path, BODY);
    expect(asked).toHaveLength(2);
  });

  test('404 at once', async () => {
    const { url, asked } = await serve((response) => response.writeHead(404).end('nothing here'));
    const { path, files } = await target();
    await expectRejection(download(url, path, OPTIONS), DataError, url, '404');
    expect(asked).toHaveLength(1);
    expect(files()).toEqual([]);
  });

  test.each([
    ['as announced, before its body', { 'content-length': BODY.length }],
    ['although it was not announced', {}],
  ])('a file that is too large, %s', async (_name, headers) => {
    const { url, asked } = await serve((response) => response.writeHead(200, { etag: '"1"', ...headers }).end(BODY));
    const { path, files } = await target();
    await expectRejection(download(url, path, { ...OPTIONS, largest: BODY.length - 1 }), DataError, `at most ${BODY.length - 1} bytes`);
    expect(files()).toEqual([]);
    expect(asked).toHaveLength(1);
    await download(url, path, { ...OPTIONS, largest: BODY.length });
    expectBytes(path, BODY);
  });

  test('a body that never ends', async () => {
    const { url } = await serve((response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(BODY));
      };
      response.writeHead(200, { etag: '"1"' }).on('drain', more);
      more();
    });
    const { path, files } = await target();
    let most = 0;
    await expectRejection(download(url, path, { ...OPTIONS, onProgress: (done) => (most = done) }), DataError, 'at most 1000000 bytes, got more');
    expect(most).toBeLessThanOrEqual(1e6);
    expect(files()).toEqual([]);
  });

  test('an encoding that was not asked for', async () => {
    const { url } = await serve((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from('1f8b08000000000000030300000000000000000000', 'hex')));
    const { path } = await target();
    await expectRejection(download(url, path, OPTIONS), DataError, 'encoded as gzip');
    expect(existsSync(path)).toBe(false);
  });

  test('a way from https to http', () => {
    expectError(() => checkDowngrade('https://a.example/x', 'http://b.example/x'), DataError, 'https://a.example/x', 'http://b.example/x');
    checkDowngrade('http://a.example/x', 'http://b.example/x');
    checkDowngrade('https://a.example/x', 'https://b.example/x');
  });

  test('a folder that cannot be made', async () => {
    const { folder } = await target();
    writeFileSync(join(folder, 'plain'), '');
    await expectRejection(download('http://127.0.0.1:1/', join(folder, 'plain', 'file'), OPTIONS), DataError, join(folder, 'plain'));
  });
});

describe('tried again', () => {
  test.each([500, 503, 429, 408])('%i, then the file', async (status) => {
    const { url, asked } = await serve((response, seen, i) => (i < 2 ? response.writeHead(status).end('busy') : send(response, seen, BODY, '"1"')));
    const { path } = await target();
    const reasons: string[] = [];
    await download(url, path, { ...OPTIONS, onRetry: (reason) => reasons.push(reason) });
    expectBytes(path, BODY);
    expect(asked).toHaveLength(3);
    expect(reasons[0]).toContain(String(status));
  });

  test('no more often than it should', async () => {
    const { url, asked } = await serve((response) => response.writeHead(500).end());
    const { path } = await target();
    await expectRejection(download(url, path, { ...OPTIONS, attempts: 3 }), DataError, '500', '3 tries');
    expect(asked).toHaveLength(3);
  });

  test('where nobody answers', async () => {
    const { path } = await target();
    await expectRejection(download('http://127.0.0.1:1/file', path, { ...OPTIONS, attempts: 2 }), DataError, 'http://127.0.0.1:1/file', 'no answer', '2 tries');
  });

  test('when nothing comes any more: in the body, and before it', async () => {
    const { url, asked } = await serve((response, seen, i) => {
      if (i === 0) response.writeHead(200, { etag: '"1"', 'content-length': BODY.length }).write(BODY.subarray(0, 1000));
      else if (i > 1) send(response, seen, BODY, '"1"');
    });
    const { path } = await target();
    const reasons: string[] = [];
    await download(url, path, { ...OPTIONS, stallAfter: 150, onRetry: (reason) => reasons.push(reason) });
    expectBytes(path, BODY);
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=1000-', 'bytes=1000-']);
    expect(reasons).toEqual([`${url}: nothing came for 0.15 s`, `${url}: nothing came for 0.15 s`]);
  });
});

test('a slow body is no stalled one: the time starts anew with each piece', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  let next: () => void = () => undefined;
  const { url, asked } = await serve((response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': 10 });
    next = () => response.write('x');
    next();
  });
  const { path } = await target();
  const onProgress = (): void => {
    vi.advanceTimersByTime(100);
    next();
  };
  expect(await download(url, path, { ...OPTIONS, stallAfter: 150, onProgress })).toMatchObject({ bytes: 10 });
  expect(asked).toHaveLength(1);
});

test('a redirect is followed', async () => {
  const { url, asked } = await serve((response, seen) => (seen.url === '/old' ? response.writeHead(302, { location: '/new' }).end() : send(response, seen, BODY, '"1"')));
  const { path } = await target();
  await download(`${url}/old`, path, { ...OPTIONS, sha256: sha(BODY) });
  expectBytes(path, BODY);
  expect(asked.map((seen) => seen.url)).toEqual(['/old', '/new']);
});

describe('interrupted', () => {
  test('in mid-body: keeps what came, says so, and goes on from there', async () => {
    const { url, asked } = await serve((response, seen, i) => {
      if (i > 0) send(response, seen, BODY, '"1"');
      else response.writeHead(200, { etag: '"1"', 'content-length': BODY.length }).write(BODY.subarray(0, 1000));
    });
    const { path, files } = await target();
    const interrupt = new AbortController();
    await expectRejection(download(url, path, { ...OPTIONS, signal: interrupt.signal, onProgress: () => interrupt.abort() }), DataError, 'interrupted', 'first 1000 bytes are kept', `${path}.part`);
    expect(files()).toEqual(['file.bin.part', 'file.bin.part.json']);
    await download(url, path, OPTIONS);
    expectBytes(path, BODY);
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=1000-']);
  });

  test('between two tries, and before the first', async () => {
    const { url, asked } = await serve((response) => response.writeHead(500).end());
    const { path } = await target();
    const interrupt = new AbortController();
    await expectRejection(download(url, path, { ...OPTIONS, backoff: 1e9, signal: interrupt.signal, onRetry: () => setImmediate(() => interrupt.abort()) }), DataError, /interrupted$/);
    await expectRejection(download(url, path, { ...OPTIONS, signal: AbortSignal.abort() }), DataError, /interrupted$/);
    expect(asked).toHaveLength(1);
  });
});
