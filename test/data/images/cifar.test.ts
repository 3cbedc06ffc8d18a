import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCifar10 } from '../../../data/images/cifar.ts';
import { DataError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';
import { pixelsOf } from './image-files.ts';

const RECORD = 3073;
/** Two records by hand: the label, then the planes. */
const file = Uint8Array.from([9, ...pixelsOf(1, 3, 32, 32), 0, ...pixelsOf(1, 3, 32, 32, 1)]);

describe('parseCifar10', () => {
  test('gives labels and planes as they lie there, also from the middle of a buffer', () => {
    const inside = new Uint8Array(file.length + 8);
    inside.set(file, 5);
    const { shape, labels, pixels } = parseCifar10(inside.subarray(5, 5 + file.length), 'x');
    expect(shape).toEqual([2, 3, 32, 32]);
    expect(labels).toEqual(Int32Array.of(9, 0));
    expect([...pixels]).toEqual(pixelsOf(2, 3, 32, 32));
  });

  test.each([
    ['nothing', new Uint8Array(), /x\.bin: expected records of 3073 bytes .* got 0 bytes/],
    ['a cut record', file.subarray(0, RECORD + 7), /got 3080 bytes: 1 records and 7 bytes more/],
    ['a label that is none', Uint8Array.from(file, (byte, i) => i === RECORD ? 10 : byte), /x\.bin: record 1, byte 3073: expected a label below 10, got 10/],
  ])('refuses %s', (_, bytes, message) => expectError(() => parseCifar10(bytes, 'x.bin'), DataError, message));

  test('changed and cut bytes give what they mean or a DataError', () => {
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.oneof(fc.constant(file.length), fc.nat(file.length)), (at, value, length) => {
        const bytes = file.slice(0, length);
        if (at < length) bytes[at] = value;
        const sound = length > 0 && length % RECORD === 0 && [0, RECORD].every((start) => start >= length || bytes[start]! < 10);
        if (!sound) {
          expectError(() => parseCifar10(bytes, 'x'), DataError);
          return;
        }
        const { pixels, labels } = parseCifar10(bytes, 'x');
        for (let i = 0; i < length / RECORD; i++) {
          expect(labels[i]).toBe(bytes[i * RECORD]);
          expect(Buffer.compare(pixels.subarray(i * 3072, (i + 1) * 3072), bytes.subarray(i * RECORD + 1, (i + 1) * RECORD))).toBe(0);
        }
      }),
    );
  });
});
