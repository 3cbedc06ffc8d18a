import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { cached, cacheFolder } from '../../../data/node/cache.ts';
import { temporaryFolder } from './temporary.ts';

afterEach(() => vi.unstubAllEnvs());

const content = Uint8Array.from({ length: 1000 }, (_, i) => i);

/** Fetches through the cache, and tells whether it had to build. */
async function fetch(): Promise<boolean> {
  const build = vi.fn(() => Promise.resolve(content));
  expect([...(await cached('thing.bin', build))]).toEqual([...content]);
  return build.mock.calls.length > 0;
}

async function cacheIn(): Promise<string> {
  const folder = await temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', folder);
  return join(folder, 'lazygrad', 'thing.bin');
}

test('builds once, then reads, and leaves no temporary file', async () => {
  const file = await cacheIn();
  expect([await fetch(), await fetch()]).toEqual([true, false]);
  expect(await readdir(join(file, '..'))).toEqual(['thing.bin']);
});

test.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
  ['empty', () => Buffer.alloc(0)],
  ['only a header', (bytes: Buffer) => bytes.subarray(0, 48)],
  ['foreign', () => Buffer.alloc(500, 'x')],
  ['one bit off', (bytes: Buffer) => Uint8Array.from(bytes, (byte, i) => (i === 700 ? byte ^ 1 : byte))],
])('a file that is %s is built again and replaced', async (_, damage) => {
  const file = await cacheIn();
  await fetch();
  await writeFile(file, damage(await readFile(file)));
  expect([await fetch(), await fetch()]).toEqual([true, false]);
});

test('two builders at once both get the content', async () => {
  await cacheIn();
  expect(await Promise.all([fetch(), fetch(), fetch()])).toContain(true);
  expect(await fetch()).toBe(false);
});

test('works without a cache where none can be written', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'file'));
  expect([await fetch(), await fetch()]).toEqual([true, true]);
});

test('a folder in the place of the file is left alone', async () => {
  const file = await cacheIn();
  await mkdir(join(file, 'inside'), { recursive: true });
  expect([await fetch(), await fetch()]).toEqual([true, true]);
  expect(await readdir(join(file, '..'))).toEqual(['thing.bin']);
});

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a folder without permission is tolerated', async () => {
  const folder = await temporaryFolder();
  await chmod(folder, 0o500);
  vi.stubEnv('XDG_CACHE_HOME', folder);
  expect(await fetch()).toBe(true);
});

test('the folder follows XDG_CACHE_HOME, then HOME, and relative paths count as absent', () => {
  vi.stubEnv('XDG_CACHE_HOME', '/somewhere');
  expect(cacheFolder()).toBe(join('/somewhere', 'lazygrad'));
  vi.stubEnv('XDG_CACHE_HOME', 'relative');
  vi.stubEnv('HOME', '/home/of/nobody');
  expect(cacheFolder()).toBe(join('/home/of/nobody', '.cache', 'lazygrad'));
  vi.stubEnv('HOME', '');
  expect(cacheFolder()).toBeNull();
});

test('works with neither HOME nor XDG_CACHE_HOME', async () => {
  vi.stubEnv('XDG_CACHE_HOME', '');
  vi.stubEnv('HOME', '');
  expect([await fetch(), await fetch()]).toEqual([true, true]);
});
