import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CheckpointError, readSafetensors, writeSafetensors } from 'lazygrad';
import type { StoredTensor } from 'lazygrad';

/** Made by hand from the format's description: one F32 tensor `x` of shape [2] holding 1 and 2, header padded with a space. */
function byHand(): Uint8Array {
  const header = '{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} ';
  const bytes = new Uint8Array(8 + header.length + 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  const view = new DataView(bytes.buffer);
  view.setFloat32(8 + header.length, 1, true);
  view.setFloat32(12 + header.length, 2, true);
  return bytes;
}

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
    fc.assert(fc.property(fc.dictionary(fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'), stored), fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
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

  test('a damaged file is refused or gives exactly its tensors, never anything else', () => {
    const good = byHand();
    fc.assert(fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), fc.nat(good.length), (at, byte, length) => {
      const bytes = good.slice(0, Math.max(length, 1));
      if (at < bytes.length) bytes[at] = byte;
      try {
        for (const { shape, data } of readSafetensors(bytes, 'f').tensors.values()) expect(shape.reduce((a, b) => a * b, 1)).toBe(data.length);
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
      }
    }), { seed: 2, numRuns: 400 });
  });

  test('every truncation is refused', () => {
    const good = byHand();
    for (let length = 0; length < good.length; length++) expect(() => readSafetensors(good.subarray(0, length), 'model.safetensors')).toThrow(CheckpointError);
  });
});
