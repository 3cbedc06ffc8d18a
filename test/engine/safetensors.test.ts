import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CheckpointError, readSafetensors, writeSafetensors } from 'lazygrad';
import type { StoredTensor } from 'lazygrad';
import { HALVES, nearestHalf } from '../reference/half.ts';
import { expectError } from '../support/errors.ts';
import { arrayFile, damaged, expectStored } from '../support/stored.ts';

/** A file with that header, from the format's description. */
function withHeader(header: string, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** One F32 tensor `x` of shape [2] holding 1 and 2, header padded with a space. */
function byHand(): Uint8Array {
  return withHeader('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} ', new Uint8Array(Float32Array.of(1, 2).buffer));
}

const NAMES = ['float32', 'float64', 'float16', 'bfloat16', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'bool', 'scalar', 'empty', 'cube'];

const stored: fc.Arbitrary<StoredTensor> = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const words = fc.array(fc.nat(0xffffffff), { minLength: size, maxLength: size });
  return fc.tuple(words, fc.constantFrom(Float32Array, Int32Array, Uint32Array)).map(([bits, Type]) => ({ shape, data: new Type(Uint32Array.from(bits).buffer) }));
});

describe('safetensors', () => {
  test('reads a file made by hand', () => {
    expect(readSafetensors(byHand(), 'f').tensors.get('x')).toEqual({ shape: [2], data: Float32Array.of(1, 2), dtype: 'float32' });
  });

  test('reads from a Buffer that is part of a larger one', () => {
    const good = byHand();
    const within = Buffer.concat([Buffer.alloc(3), good]).subarray(3);
    expect(readSafetensors(within, 'f').tensors.get('x')).toEqual({ shape: [2], data: Float32Array.of(1, 2), dtype: 'float32' });
  });

  test('what is written is read back, bit for bit', () => {
    fc.assert(fc.property(fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', '1', 'constructor')).filter((name) => name !== '__metadata__'), stored), fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
      const file = { tensors: new Map(Object.entries(tensors)), metadata };
      const back = readSafetensors(writeSafetensors(file), 'f');
      expect([...back.tensors.keys()].sort()).toEqual([...file.tensors.keys()].sort());
      for (const [name, { shape, data }] of file.tensors) {
        expect(back.tensors.get(name)!.shape).toEqual(shape);
        expect(new Uint8Array(back.tensors.get(name)!.data.buffer)).toEqual(new Uint8Array(data.buffer));
      }
      expect({ ...back.metadata }).toEqual({ ...metadata });
    }), { seed: 2, numRuns: 60 });
  });

  test('reads what the reference implementation wrote, of every type', () => {
    const { tensors, metadata } = readSafetensors(arrayFile('all.safetensors'), 'all');
    expect([...tensors.keys()].sort()).toEqual([...NAMES].sort());
    for (const name of NAMES) expectStored(tensors.get(name), name);
    expect(metadata).toEqual({ 'made by': 'safetensors', 'ünï': 'çödé' });
  });

  test('float16 and bool are written in their own widths, behind what is wider, and read back', () => {
    const exact = Float32Array.from(HALVES.slice(0, 3000));
    const tensors = new Map<string, StoredTensor>([
      ['mask', { shape: [3], data: Uint32Array.of(1, 0, 7), dtype: 'bool' }],
      ['half', { shape: [3000], data: exact, dtype: 'float16' }],
      ['rounded', { shape: [1, 3], data: Float32Array.of(0.1, 1e9, NaN), dtype: 'float16' }],
      ['full', { shape: [], data: Float32Array.of(0.1) }],
      ['none', { shape: [0], data: new Float32Array(), dtype: 'float16' }],
    ]);
    const bytes = writeSafetensors({ tensors, metadata: {} });
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + bytes[8 - 8]! + 256 * bytes[1]!))) as unknown;
    expect(header).toEqual({
      full: { dtype: 'F32', shape: [], data_offsets: [0, 4] }, half: { dtype: 'F16', shape: [3000], data_offsets: [4, 6004] }, rounded: { dtype: 'F16', shape: [1, 3], data_offsets: [6004, 6010] },
      none: { dtype: 'F16', shape: [0], data_offsets: [6010, 6010] }, mask: { dtype: 'BOOL', shape: [3], data_offsets: [6010, 6013] },
    });
    const back = readSafetensors(bytes, 'f').tensors;
    expect(back.get('half')).toEqual({ shape: [3000], data: exact, dtype: 'float16' });
    expect(back.get('rounded')!.data).toEqual(Float32Array.of(nearestHalf(0.1), Infinity, NaN));
    expect(back.get('mask')).toEqual({ shape: [3], data: Uint32Array.of(1, 0, 1), dtype: 'bool' });
  });

  const x = '"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
  const entry = (dtype: string, shape: string, offsets: string): string => `{"x":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}}`;
  test.each<{ name: string; bytes: Uint8Array; parts: string[] }>([
    { name: 'nothing', bytes: new Uint8Array(3), parts: ['not a safetensors file', '3 bytes'] },
    { name: 'a header beyond the limit', bytes: Uint8Array.of(1, 225, 245, 5, 0, 0, 0, 0, 123), parts: ['header of 100000001 bytes', '100000000'] },
    { name: 'a header beyond all limits', bytes: new Uint8Array(20).fill(255), parts: ['not a safetensors file', 'header of'] },
    { name: 'a zip archive of PyTorch', bytes: Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0, 0, 0), parts: ['pickle', 'safetensors'] },
    { name: 'an old pickle of PyTorch', bytes: Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9), parts: ['pickle', 'safetensors'] },
    { name: 'a header beyond the file', bytes: Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123, 125), parts: ['truncated', 'header of 9 bytes', 'file of 10'] },
    { name: 'no JSON', bytes: withHeader('{"x":}'), parts: ['not a JSON object'] },
    { name: 'a list', bytes: withHeader('[1]'), parts: ['not a JSON object'] },
    { name: 'space before the header', bytes: withHeader(` {${x}}`, [0, 0, 0, 0]), parts: ['not a JSON object'] },
    { name: 'broken text', bytes: withHeader('{"x').fill(0xff, 9), parts: ['not a JSON object'] },
    { name: 'a tensor twice', bytes: withHeader(`{${x},${x}}`, [0, 0, 0, 0]), parts: ['"x" twice'] },
    { name: 'a tensor twice, differently written', bytes: withHeader(`{${x},"\\u0078":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}`, [0, 0, 0, 0]), parts: ['twice'] },
    { name: 'a type twice', bytes: withHeader('{"x":{"dtype":"F32","shape":[1],"dtype":"I32","data_offsets":[0,4]}}', [0, 0, 0, 0]), parts: ['"dtype" twice'] },
    { name: 'an unknown type', bytes: withHeader(entry('"F8_E4M3"', '[4]', '[0,4]'), [0, 0, 0, 0]), parts: ['tensor x', 'F8_E4M3', 'supported are F16, BF16'] },
    { name: 'a type that every object has', bytes: withHeader(entry('"toString"', '[1]', '[0,4]'), [0, 0, 0, 0]), parts: ['tensor x', 'toString'] },
    { name: 'no type', bytes: withHeader('{"x":null}'), parts: ['tensor x', 'no valid shape and offsets'] },
    { name: 'a negative size', bytes: withHeader(entry('"F32"', '[-1,-1]', '[0,4]'), [0, 0, 0, 0]), parts: ['tensor x', 'no valid shape'] },
    { name: 'sizes beyond counting', bytes: withHeader(entry('"F32"', '[4503599627370496,4503599627370496]', '[0,4]'), [0, 0, 0, 0]), parts: ['tensor x', '4503599627370496'] },
    { name: 'offsets that do not fit the shape', bytes: withHeader(entry('"F16"', '[1]', '[0,4]'), [0, 0, 0, 0]), parts: ['tensor x', 'F16', '0 to 4', 'not 2'] },
    { name: 'offsets in the wrong order', bytes: withHeader(entry('"F32"', '[1]', '[4,0]'), [0, 0, 0, 0]), parts: ['tensor x', '4 to 0'] },
    { name: 'a gap', bytes: withHeader(entry('"F32"', '[1]', '[4,8]'), new Array(8).fill(0)), parts: ['tensor x', 'starts at byte 4, expected 0'] },
    { name: 'an overlap', bytes: withHeader(`{${x},"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, new Array(8).fill(0)), parts: ['tensor y', 'starts at byte 0, expected 4'] },
    { name: 'too few bytes', bytes: withHeader(`{${x}}`, [0, 0, 0]), parts: ['truncated', '4 of 3'] },
    { name: 'too many bytes', bytes: withHeader(`{${x}}`, new Array(5).fill(0)), parts: ['trailing', '4 of 5'] },
    { name: 'metadata that is no text', bytes: withHeader('{"__metadata__":{"a":1}}'), parts: ['metadata', 'strings'] },
    { name: 'int64 that does not fit', bytes: withHeader('{"n":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]), parts: ['tensor n', 'element 1', 'int32'] },
    { name: 'a byte that is no truth value', bytes: withHeader('{"m":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}', [1, 9]), parts: ['tensor m', 'element 1', 'byte 9'] },
  ])('$name is refused', ({ bytes, parts }) => {
    expectError(() => readSafetensors(bytes, 'model.safetensors'), CheckpointError, 'model.safetensors: ', ...parts);
  });

  test('what cannot be written is refused', () => {
    const write = (name: string, tensor: StoredTensor) => (): unknown => writeSafetensors({ tensors: new Map([[name, tensor]]), metadata: {} });
    expectError(write('__metadata__', { shape: [0], data: new Float32Array() }), CheckpointError, '__metadata__');
    expectError(write('x', { shape: [2], data: new Float32Array(3) }), CheckpointError, 'tensor x', '[2]', '3 values');
    expectError(write('x', { shape: [1], data: new Int32Array(1), dtype: 'float16' }), CheckpointError, 'tensor x', 'int32', 'float16');
    expectError(write('x', { shape: [1], data: new Float32Array(1), dtype: 'bool' }), CheckpointError, 'tensor x', 'float32', 'bool');
  });

  test('a damaged file is refused or has as many values as its shapes, never anything else', () => {
    for (const good of [byHand(), arrayFile('all.safetensors')]) {
      const headerEnd = 8 + good[0]! + 256 * good[1]!;
      const damage = fc.record({ at: fc.nat(headerEnd), byte: fc.oneof(fc.nat(255), fc.constantFrom(...Array.from('0123456789[]{},:"FIUB', (c) => c.charCodeAt(0)))), length: fc.oneof(fc.nat(good.length), fc.constant(good.length), fc.constant(good.length)) });
      fc.assert(fc.property(damage, (d) => {
        try {
          for (const { shape, data } of readSafetensors(damaged(good, d), 'f').tensors.values()) expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length);
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }), { seed: 2, numRuns: 800 });
    }
  });

  test('every truncation is refused', () => {
    const good = byHand();
    for (let length = 0; length < good.length; length++) expect(() => readSafetensors(good.subarray(0, length), 'model.safetensors')).toThrow(CheckpointError);
  });
});
