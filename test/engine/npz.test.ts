import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError, readNpz } from '../../engine/index.ts';
import { holds } from '../support/arbitraries.ts';
import { expectRejection } from '../support/errors.ts';
import { arrayFile, damaged, expectStored } from '../support/stored.ts';

const NAMES = ['float32', 'float64', 'float16', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'bool', 'scalar', 'empty', 'cube'];

interface Member {
  readonly name: string;
  readonly contents: Uint8Array;
  readonly flags?: number;
  readonly method?: number;
  readonly checksum?: number;
  readonly size?: number;
}

/** An archive by PKWARE's description, with one directory; nothing is packed, whatever `method` says. */
function zip(members: readonly Member[], wide = false): Uint8Array {
  const out: number[] = [];
  const put = (bytes: number, value: number): void => {
    for (let i = 0; i < bytes; i++) out.push(Math.floor(value / 256 ** i) % 256);
  };
  const directory: (() => void)[] = [];
  for (const { name, contents, flags = 0, method = 0, checksum = 0, size = contents.length } of members) {
    const at = out.length;
    const head = (): void => {
      for (const value of [20, flags, method, 0, 0]) put(2, value);
      put(4, checksum);
    };
    put(4, 0x04034b50);
    head();
    for (const value of [contents.length, size]) put(4, value);
    put(2, name.length);
    put(2, 0);
    out.push(...new TextEncoder().encode(name), ...contents);
    directory.push(() => {
      put(4, 0x02014b50);
      put(2, 20);
      head();
      for (const value of [contents.length, size]) put(4, wide ? 0xffffffff : value);
      put(2, name.length);
      put(2, wide ? 4 + 28 : 0);
      put(2, 0);
      put(2, 0);
      put(2, 0);
      put(4, 0);
      put(4, wide ? 0xffffffff : at);
      out.push(...new TextEncoder().encode(name));
      if (!wide) return;
      // Another extra field first, then the 64-bit sizes.
      for (const value of [0x5455, 0, 1, 24]) put(2, value);
      for (const value of [size, contents.length, at]) put(8, value);
    });
  }
  const start = out.length;
  for (const entry of directory) entry();
  const length = out.length - start;
  if (wide) {
    const record = out.length;
    put(4, 0x06064b50);
    put(8, 44);
    put(4, 0);
    put(8, 0);
    for (const value of [members.length, members.length, length, start]) put(8, value);
    put(4, 0x07064b50);
    put(4, 0);
    put(8, record);
    put(4, 1);
  }
  put(4, 0x06054b50);
  put(4, 0);
  for (const value of [members.length, members.length]) put(2, wide ? 0xffff : value);
  for (const value of [length, start]) put(4, wide ? 0xffffffff : value);
  put(2, 3);
  out.push(0x50, 0x4b, 0x05);
  return Uint8Array.from(out);
}

const ONE = arrayFile('version1.npy');
/** Of version1.npy: python3 -c "import zlib; print(zlib.crc32(open('test/fixtures/arrays/version1.npy', 'rb').read()))" */
const CHECKSUM = 0x197dc914;

describe('npz', () => {
  test.each(['stored', 'deflated'])('reads what NumPy wrote: %s', async (name) => {
    const arrays = await readNpz(arrayFile(`${name}.npz`), name);
    for (const array of NAMES) expectStored(arrays.get(array), array);
    expect([...arrays.keys()].filter((key) => !NAMES.includes(key))).toEqual(name === 'stored' ? [] : ['long']);
    if (name === 'deflated') expect([...arrays.get('long')!.data]).toEqual(Array.from({ length: 10_000 }, (_, i) => i % 50));
  });

  test('reads 64-bit directories, and finds the end before a comment', async () => {
    for (const wide of [false, true]) {
      const arrays = await readNpz(zip([{ name: 'a.npy', contents: ONE, checksum: CHECKSUM }, { name: 'b.npy', contents: ONE, checksum: CHECKSUM }], wide), 'f');
      expect([...arrays.keys()]).toEqual(['a', 'b']);
      expectStored(arrays.get('b'), 'version1');
    }
    expect((await readNpz(zip([]), 'f')).size).toBe(0);
  });

  const a: Member = { name: 'a.npy', contents: ONE, checksum: CHECKSUM };
  test.each<{ name: string; bytes: Uint8Array; parts: string[] }>([
    { name: 'nothing', bytes: new Uint8Array(), parts: ['truncated'] },
    { name: 'another file', bytes: arrayFile('version1.npy'), parts: ['no zip archive'] },
    { name: 'a wrong checksum', bytes: zip([{ ...a, checksum: CHECKSUM ^ 1 }]), parts: ['a.npy is damaged', 'checksum'] },
    { name: 'a wrong size', bytes: zip([{ ...a, size: 7 }]), parts: ['a.npy is damaged', 'size'] },
    { name: 'what does not inflate', bytes: zip([{ ...a, method: 8 }]), parts: ['a.npy is damaged', 'unpack'] },
    { name: 'a size that no packing reaches', bytes: zip([{ ...a, method: 8, size: 2 ** 30 }]), parts: ['a.npy is damaged', 'cannot unpack'] },
    { name: 'another method', bytes: zip([{ ...a, method: 14 }]), parts: ['a.npy', 'method 14', 'deflate'] },
    { name: 'an encrypted member', bytes: zip([{ ...a, flags: 1 }]), parts: ['a.npy is encrypted'] },
    { name: 'a name twice', bytes: zip([a, a]), parts: ['a.npy twice'] },
    { name: 'a member that is no array', bytes: zip([{ ...a, name: 'a.txt' }]), parts: ['a.txt', '.npy'] },
    { name: 'a damaged array', bytes: zip([{ name: 'a.npy', contents: Uint8Array.of(1, 2), checksum: 0xb6cc4292 }]), parts: ['f.npz: a.npy: ', '2 bytes'] },
    { name: 'more than the limit', bytes: zip([a, { ...a, name: 'b.npy' }]), parts: [`${2 * ONE.length} bytes`, 'limit of 300'] },
  ])('$name is refused', async ({ name, bytes, parts }) => {
    await expectRejection(readNpz(bytes, 'f.npz', name === 'more than the limit' ? { maxBytes: 300 } : {}), DataError, 'f.npz: ', ...parts);
  });

  test.each(['stored', 'deflated'])('whatever happens to a file, it is refused or has its arrays: %s', async (name) => {
    const good = arrayFile(`${name}.npz`);
    const arrays = await readNpz(good, name);
    const describe = (found: typeof arrays): unknown => [...found].map(([key, { shape, data, dtype }]) => [key, shape, dtype, Buffer.from(data.buffer).toString('hex')]);
    const wanted = describe(arrays);
    // The end of the file, where its directory is, more often.
    const place = fc.oneof(fc.nat(good.length - 1), fc.nat(1300).map((back) => good.length - 1 - back));
    await holds(fc.record({ at: place, byte: fc.nat(255), length: fc.oneof(fc.nat(good.length), fc.constant(good.length), fc.constant(good.length)) }), async (d) => {
      const outcome = await readNpz(damaged(good, d), 'f').then(describe, (error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(DataError);
      else expect(outcome).toEqual(wanted);
    }, name === 'stored' ? 250 : 60);
  });
});
