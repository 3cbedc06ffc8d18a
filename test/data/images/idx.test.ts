import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseIdx } from '../../../data/images/idx.ts';
import { DataError } from '../../../engine/errors.ts';
import { writeIdx } from './idx-writer.ts';

const size = fc.integer({ min: 1, max: 6 });
const shapes = fc.oneof(
  size.map((n) => [n]),
  fc.tuple(size, size, size).map((sizes) => [...sizes]),
);
const arrays = shapes.chain((shape) => {
  const length = shape.reduce((a, b) => a * b, 1);
  return fc.record({ shape: fc.constant(shape), data: fc.uint8Array({ minLength: length, maxLength: length }) });
});

/** What the bytes mean by the format's description, or null when they mean nothing. */
function readSlowly(bytes: Uint8Array): { shape: number[]; data: number[] } | null {
  const [zero, alsoZero, type, rank = 0] = bytes;
  if (zero !== 0 || alsoZero !== 0 || type !== 8 || (rank !== 1 && rank !== 3) || bytes.length < 4 + 4 * rank) return null;
  const shape = Array.from({ length: rank }, (_, axis) => Buffer.from(bytes).readUInt32BE(4 + 4 * axis));
  const data = [...bytes.slice(4 + 4 * rank)];
  return data.length > 0 && BigInt(data.length) === shape.reduce((a, b) => a * BigInt(b), 1n) ? { shape, data } : null;
}

describe('parseIdx', () => {
  test('reads back what was written, also from the middle of a buffer', () => {
    fc.assert(
      fc.property(arrays, fc.nat(9), ({ shape, data }, offset) => {
        const file = writeIdx(shape, data);
        const inside = new Uint8Array(file.length + offset + 3);
        inside.set(file, offset);
        expect(parseIdx(inside.subarray(offset, offset + file.length), 'x')).toEqual({ shape, data });
      }),
    );
  });

  test('mutated bytes give exactly what they mean or a DataError', () => {
    const edits = fc.array(fc.record({ at: fc.nat(40), value: fc.integer({ min: 0, max: 255 }) }), { maxLength: 3 });
    fc.assert(
      fc.property(arrays, edits, fc.integer({ min: -20, max: 20 }), ({ shape, data }, changes, growth) => {
        const file = writeIdx(shape, data);
        const bytes = new Uint8Array(Math.max(0, file.length + growth));
        bytes.set(file.subarray(0, bytes.length));
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
        const meaning = readSlowly(bytes);
        if (meaning) {
          const { shape: parsedShape, data: parsedData } = parseIdx(bytes, 'x');
          expect({ shape: parsedShape, data: [...parsedData] }).toEqual(meaning);
        } else expect(() => parseIdx(bytes, 'x')).toThrow(DataError);
      }),
      { numRuns: 1000 },
    );
  });

  test('arbitrary bytes give what they mean or a DataError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        if (readSlowly(bytes) === null) expect(() => parseIdx(bytes, 'x')).toThrow(DataError);
      }),
    );
  });

  test('a hostile header allocates nothing', () => {
    const bytes = Uint8Array.from([0, 0, 8, 3, ...Array<number>(12).fill(255), 1, 2, 3]);
    expect(() => parseIdx(bytes, 'evil.idx')).toThrow(/evil\.idx: truncated at byte 19: expected .* got 3/);
  });

  test.each([
    ['another element type', [0, 0, 0x0d, 1, 0, 0, 0, 1, 7], 'byte 0: expected the magic number 0x00000801 or 0x00000803 (IDX, unsigned bytes), got 0x00000d01'],
    ['a gzip file', [0x1f, 0x8b, 8, 0], 'still compressed with gzip'],
    ['an empty file', [], 'truncated at byte 0: the header needs bytes 0 to 3'],
    ['a cut header', [0, 0, 8, 3, 0, 0, 0, 1, 0], 'truncated at byte 9: the header needs bytes 8 to 11'],
    ['an empty axis', [0, 0, 8, 1, 0, 0, 0, 0], 'byte 4: expected axis 0 to have at least one element, got 0'],
    ['a cut body', [0, 0, 8, 1, 0, 0, 0, 3, 1, 2], 'truncated at byte 10: expected 3 values for the shape [3], got 2'],
    ['trailing bytes', [0, 0, 8, 1, 0, 0, 0, 1, 1, 2], 'trailing bytes from byte 9: expected 1 values for the shape [1], got 2'],
  ])('refuses %s and says where', (_, bytes, message) => {
    expect(() => parseIdx(Uint8Array.from(bytes), 'some.idx')).toThrow(message);
    expect(() => parseIdx(Uint8Array.from(bytes), 'some.idx')).toThrow('some.idx: ');
  });
});
