import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unpack, type UnpackOptions, type Unpacked } from '../../../../data/node/fetch/unpack.ts';
import { DataError } from '../../../../engine/errors.ts';
import { expectRejection } from '../../../support/errors.ts';
import { temporaryFolder } from '../temporary.ts';
import { tarOf, zipOf, type TestEntry } from './archives.ts';

type Format = UnpackOptions['format'];

const FORMATS = ['zip', 'tar', 'tar.gz'] as const;
const pack = (format: Format, entries: readonly TestEntry[]): Buffer =>
  format === 'zip' ? zipOf(entries) : format === 'tar' ? tarOf(entries) : gzipSync(tarOf(entries));

/** A folder `data` with the archive, within another whose whole content is looked at. */
async function place(bytes: Uint8Array): Promise<{ run: (options: UnpackOptions) => Promise<Unpacked>; target: string; all: () => string[] }> {
  const outer = await temporaryFolder();
  const archive = join(outer, 'data', 'archive');
  const target = join(outer, 'data', 'deep', 'set');
  mkdirSync(join(outer, 'data'));
  writeFileSync(archive, bytes);
  return { run: (options) => unpack(archive, target, options), target, all: () => readdirSync(outer, { recursive: true }).map(String).sort() };
}

const NOTHING = ['data', 'data/archive', 'data/deep'];
const textAt = (...path: string[]): string => readFileSync(join(...path), 'utf8');
const big = 'x'.repeat(200_000);
const SET: readonly TestEntry[] = [{ name: 'top/a.txt', body: 'one' }, { name: 'top/sub/b.bin', body: big }, { name: 'top/sub/deep/c', body: '' }, { name: 'top/sub2/d', body: 'four' }];

describe.each(FORMATS)('%s', (format) => {
  test('files in their folders, exactly, with nothing beside them', async () => {
    const { run, target, all } = await place(pack(format, SET));
    const seen: [number, number][] = [];
    expect(await run({ format, onProgress: (...now) => seen.push(now) })).toEqual({ files: 4, bytes: 200_007 });
    expect(textAt(target, 'top/a.txt')).toBe('one');
    expect(textAt(target, 'top/sub/b.bin')).toBe(big);
    expect(textAt(target, 'top/sub/deep/c')).toBe('');
    expect(textAt(target, 'top/sub2/d')).toBe('four');
    expect(readdirSync(join(target, '..'))).toEqual(['set']);
    expect(all()).toHaveLength(NOTHING.length + 1 + 8);
    expect(seen).toEqual([[1, 3], [2, 200_003], [3, 200_003], [4, 200_007]]);
    expect(statSync(join(target, 'top/a.txt')).mode & 0o111).toBe(0);
  });

  test('without leading folders, and only what is kept', async () => {
    const { run, target } = await place(pack(format, [{ name: 'outside', body: 'x' }, { name: '__MACOSX/top/._a.txt', body: 'x' }, ...SET]));
    expect(await run({ format, strip: 1, keep: ['a.', 'sub/'] })).toMatchObject({ files: 3 });
    expect(readdirSync(target, { recursive: true }).map(String).sort()).toEqual(['a.txt', 'sub', 'sub/b.bin', 'sub/deep', 'sub/deep/c']);
  });

  test.each([
    ['../evil', "'..'"],
    ['a/../../../evil', "'..'"],
    ['a/..', "'..'"],
    ['/evil', 'absolute'],
    ['/../evil', 'absolute'],
    ['C:evil', 'drive'],
    ['C:/evil', 'drive'],
    ['..\\evil', 'backslash'],
    ['a\\b', 'backslash'],
    ['a\u0007b', 'control'],
  ])('the name %j is refused, and nothing is written', async (name, what) => {
    const { run, all } = await place(pack(format, [{ name: 'good', body: 'good' }, { name, body: 'evil' }]));
    await expectRejection(run({ format }), DataError, JSON.stringify(name), what, 'archive');
    expect(all()).toEqual(NOTHING);
    await expectRejection(run({ format, strip: 1, keep: ['nothing'] }), DataError, what);
  });

  test('a link is refused, with the file that would go through it', async () => {
    const link: TestEntry = { name: 'way', type: '2', link: '../..', mode: 0o120777, ...(format === 'zip' ? { body: '../..' } : {}) };
    const { run, all } = await place(pack(format, [link, { name: 'way/evil', body: 'evil' }]));
    await expectRejection(run({ format }), DataError, '"way"');
    expect(all()).toEqual(NOTHING);
  });

  test('one path twice, as files or as a file and a folder', async () => {
    for (const second of ['a', './a', 'a/b']) {
      const { run, all } = await place(pack(format, [{ name: 'a', body: 'first' }, { name: second, body: 'second' }]));
      await expectRejection(run({ format }), DataError, 'archive');
      expect(all()).toEqual(NOTHING);
    }
  });

  test('more entries, or bytes in one or in all, than there may be', async () => {
    const { run, all } = await place(pack(format, SET));
    await expectRejection(run({ format, limits: { entries: 3 } }), DataError, 'at most 3 entries');
    await expectRejection(run({ format, limits: { entryBytes: 199_999 } }), DataError, 'top/sub/b.bin', 'at most 199999 bytes');
    await expectRejection(run({ format, limits: { totalBytes: 200_006 } }), DataError, 'at most 200006 bytes when unpacked');
    expect(all()).toEqual(NOTHING);
    expect(await run({ format, limits: { entries: 4, entryBytes: 200_000, totalBytes: 200_007 } })).toMatchObject({ files: 4 });
  });

  test('a bomb: 8 MB of zeros are stopped at the limit', async () => {
    const { run, all } = await place(pack(format, [{ name: 'zeros', body: new Uint8Array(8e6) }]));
    let written = 0;
    await expectRejection(run({ format, limits: { totalBytes: 1e6 }, onProgress: (_files, bytes) => (written = bytes) }), DataError, 'at most 1000000 bytes');
    expect(written).toBe(0);
    expect(all()).toEqual(NOTHING);
  });

  test('an archive without files, and bytes that are none', async () => {
    for (const bytes of [pack(format, []), Buffer.from('not an archive'), Buffer.alloc(0), Buffer.alloc(3000, 7)]) {
      const { run, all } = await place(bytes);
      await expectRejection(run({ format }), DataError, 'archive');
      expect(all()).toEqual(NOTHING);
    }
  });

  test('a target that exists is left alone', async () => {
    const { run, target } = await place(pack(format, SET));
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'mine'), 'mine');
    await expectRejection(run({ format }), DataError, target);
    expect(readdirSync(target)).toEqual(['mine']);
  });

  test('an interrupt leaves nothing', async () => {
    const { run, all } = await place(pack(format, SET));
    const interrupt = new AbortController();
    await expectRejection(run({ format, signal: interrupt.signal, onProgress: () => interrupt.abort() }), DataError, 'interrupted');
    expect(all()).toEqual(NOTHING);
  });

  test('cut short or changed anywhere: exact files, or a DataError and nothing', async () => {
    const small: readonly TestEntry[] = [{ name: 'a.txt', body: 'one' }, { name: 'sub/b', body: 'two'.repeat(400) }];
    const bytes = pack(format, small);
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length - 1), fc.option(fc.integer({ min: 1, max: 255 })), async (at, flip) => {
      const damaged = flip === null ? bytes.subarray(0, at) : Buffer.from(bytes);
      if (flip !== null) damaged[at]! ^= flip;
      const { run, target, all } = await place(damaged);
      const error: unknown = await run({ format, limits: { entries: 10, totalBytes: 1e5 } }).then(() => null, (thrown: unknown) => thrown);
      if (error === null) {
        // Only a cut can be seen in a plain tar: it has no checksum of its contents.
        if (format !== 'tar') for (const path of readdirSync(target, { recursive: true }).map(String)) if (statSync(join(target, path)).isFile()) expect(['one', 'two'.repeat(400)]).toContain(textAt(target, path));
        expect(flip).not.toBeNull();
      } else {
        expect(error).toBeInstanceOf(DataError);
        expect(all()).toEqual(NOTHING);
      }
    }), { numRuns: 150 });
  }, 20_000);
});

test.each(['1', '2', '3', '4', '6', 'Z'])('tar: the type %s is refused', async (type) => {
  const { run, all } = await place(tarOf([{ name: 'good', body: 'good' }, { name: 'bad', type, ...('12'.includes(type) ? { link: 'good' } : {}) }]));
  await expectRejection(run({ format: 'tar' }), DataError, '"bad"', 'type');
  expect(all()).toEqual(NOTHING);
});

test('tar: a long name in a pax header is checked as well', async () => {
  const path = `../${'long/'.repeat(30)}evil`;
  const record = ` path=${path}\n`;
  const length = record.length + 3;
  const { run, all } = await place(tarOf([{ name: 'pax', type: 'x', body: `${length}${record}` }, { name: 'harmless', body: 'evil' }]));
  await expectRejection(run({ format: 'tar' }), DataError, "'..'");
  expect(all()).toEqual(NOTHING);
});

test('tar: one that ends without its end mark, and one compressed twice', async () => {
  const cut = await place(tarOf([{ name: 'a', body: 'one' }], false));
  await expectRejection(cut.run({ format: 'tar' }), DataError, 'truncated');
  const twice = await place(gzipSync(gzipSync(tarOf(SET))));
  await expectRejection(twice.run({ format: 'tar.gz' }), DataError, 'compressed twice');
  const once = await place(gzipSync(tarOf(SET)));
  await expectRejection(once.run({ format: 'tar' }), DataError, 'compressed with gzip');
});

test('tar: folders, empty ones too', async () => {
  const { run, target } = await place(tarOf([{ name: './', type: '5' }, { name: './empty/', type: '5' }, { name: './a', body: 'one' }]));
  await run({ format: 'tar' });
  expect(readdirSync(target)).toEqual(['a', 'empty']);
});

test.each([0o120777, 0o020644, 0o060644, 0o010644, 0o140644])('zip: the mode %o is refused', async (mode) => {
  const { run, all } = await place(zipOf([{ name: 'bad', body: 'good', mode }]));
  await expectRejection(run({ format: 'zip' }), DataError, '"bad"', 'type');
  expect(all()).toEqual(NOTHING);
});

test('zip: folders, without a mode too', async () => {
  const { run, target } = await place(zipOf([{ name: 'empty/', mode: 0o040755 }, { name: 'other/', mode: 0 }, { name: 'a', body: 'one', mode: 0 }]));
  await run({ format: 'zip' });
  expect(readdirSync(target)).toEqual(['a', 'empty', 'other']);
});

test('zip: sizes that the directory lies about', async () => {
  for (const claimed of [3, 1_000_000]) {
    const { run, all } = await place(zipOf([{ name: 'liar', body: big, claimed }]));
    await expectRejection(run({ format: 'zip' }), DataError, 'archive');
    expect(all()).toEqual(NOTHING);
  }
});

test('gzip: one file; a damaged one, a bomb and a target that is there', async () => {
  const good = await place(gzipSync(big));
  expect(await good.run({ format: 'gzip' })).toEqual({ files: 1, bytes: big.length });
  expect(textAt(good.target)).toBe(big);
  expect(readdirSync(join(good.target, '..'))).toEqual(['set']);
  await expectRejection(good.run({ format: 'gzip' }), DataError, good.target);
  const cut = await place(gzipSync(big).subarray(0, -9));
  await expectRejection(cut.run({ format: 'gzip' }), DataError, 'unexpected end of file');
  const bomb = await place(gzipSync(new Uint8Array(8e6)));
  await expectRejection(bomb.run({ format: 'gzip', limits: { totalBytes: 1e6 } }), DataError, 'at most 1000000 bytes');
  for (const { all } of [cut, bomb]) expect(all()).toEqual(NOTHING);
});
