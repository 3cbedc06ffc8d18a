import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseWfdbHeader } from '../../../../data/ecg/wfdb/header.ts';
import { MISSING_SAMPLE, physicalUnits, readWfdbSignals } from '../../../../data/ecg/wfdb/signal.ts';
import { DataError } from '../../../../engine/errors.ts';
import { WRITERS, checksumOf } from './writer.ts';

/** The stored values of a record whose header and files are these. */
const read = (text: string, files: Readonly<Record<string, readonly number[] | Uint8Array>>): number[][] =>
  readWfdbSignals(parseWfdbHeader(text, 'x.hea'), new Map(Object.entries(files).map(([name, bytes]) => [name, Uint8Array.from(bytes)])), 'x.hea').map((signal) => [...signal]);

const LIMITS: Readonly<Record<number, number>> = { 16: 2 ** 15, 80: 2 ** 7, 212: 2 ** 11 };

/** A record with signals of one file, each with its samples per frame. */
const records = fc.constantFrom(16, 80, 212).chain((format) =>
  fc.record({
    format: fc.constant(format),
    widths: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
    frames: fc.integer({ min: 1, max: 7 }),
    offset: fc.nat(5),
    values: fc.infiniteStream(fc.integer({ min: -LIMITS[format]! + 1, max: LIMITS[format]! - 1 })),
  }),
).map(({ format, widths, frames, offset, values }) => {
  const signals = widths.map((width) => [...values.take(width * frames)]);
  const order = Array.from({ length: frames }, (_, frame) => signals.flatMap((signal, i) => signal.slice(frame * widths[i]!, (frame + 1) * widths[i]!))).flat();
  const lines = signals.map((signal, i) => `a.dat ${format}x${widths[i]!}+${offset} 200 0 0 0 ${checksumOf(signal)}`);
  return { signals, format, offset, header: `r ${widths.length} 100 ${frames}\n${lines.join('\n')}`, bytes: Uint8Array.of(...new Uint8Array(offset).fill(9), ...WRITERS[format]!(order)) };
});

describe('readWfdbSignals', () => {
  test('format 16: two bytes, the low one first', () => {
    expect(read('r 2\na.dat 16\na.dat 16', { 'a.dat': [1, 0, 0xff, 0xff, 0x89, 0xff, 0xff, 0x7f, 0, 0x80, 0xe8, 3] })).toEqual([[1, -119, MISSING_SAMPLE], [-1, 32767, 1000]]);
  });

  test('format 80: a byte of 128 is zero, and one of 0 is missing', () => {
    expect(read('r 1\na.dat 80', { 'a.dat': [128, 255, 1, 0, 127] })).toEqual([[0, 127, -127, MISSING_SAMPLE, -1]]);
  });

  test('format 212: two samples in three bytes', () => {
    // 995 = 0x3e3 and 1011 = 0x3f3, as record 100 of MIT-BIH begins.
    expect(read('r 2\na.dat 212\na.dat 212', { 'a.dat': [0xe3, 0x33, 0xf3, 0xff, 0x7f, 0xff, 0x01, 0x88, 0x02] })).toEqual([[995, -1, -2047], [1011, 2047, -2046]]);
    expect(read('r 1\na.dat 212', { 'a.dat': [0x00, 0x88, 0x00, 0x34, 0x02] })).toEqual([[MISSING_SAMPLE, MISSING_SAMPLE, 0x234]]);
  });

  test('a last sample without a partner may have one that means nothing, when the header says how many there are', () => {
    expect(read('r 1 100 3\na.dat 212', { 'a.dat': [1, 0, 2, 3, 0] })).toEqual([[1, 2, 3]]);
    expect(read('r 1 100 3\na.dat 212', { 'a.dat': [1, 0, 2, 3, 0, 0] })).toEqual([[1, 2, 3]]);
    expect(() => read('r 1 100 3\na.dat 16', { 'a.dat': [1, 0, 2, 0, 3, 0, 0, 0] })).toThrow('a.dat: expected 3 frames of 1 samples in 6 bytes, got 8 bytes');
  });

  test('several signals in a file take turns, with as many samples a frame as they have; another file is another group', () => {
    expect(read('r 3 100 2\na.dat 80x2\nb.dat 16+1\na.dat 80', { 'a.dat': [129, 130, 131, 132, 133, 134], 'b.dat': [77, 5, 0, 6, 0] })).toEqual([[1, 2, 4, 5], [5, 6], [3, 6]]);
  });

  test('a signal that comes late is moved forward, and its end is missing; its checksum is of the file', () => {
    expect(read('r 2 100 4\na.dat 80:1 200 8 0 0 10\na.dat 80x2:3', { 'a.dat': [1, 11, 12, 2, 21, 22, 3, 31, 32, 4, 41, 42].map((value) => value + 128) })).toEqual([
      [2, 3, 4, MISSING_SAMPLE],
      [41, 42, ...Array<number>(6).fill(MISSING_SAMPLE)],
    ]);
    expect(read('r 1 100 2\na.dat 80:9', { 'a.dat': [1, 2] })).toEqual([[MISSING_SAMPLE, MISSING_SAMPLE]]);
  });

  test.each([-1000, 64536])('the checksum %i is that of -1000, modulo 65,536', (checksum) => {
    const header = `r 1 100 2\na.dat 16 200 16 0 0 ${checksum} 0 II`;
    expect(read(header, { 'a.dat': WRITERS[16]!([-400, -600]) })).toEqual([[-400, -600]]);
    expect(() => read(header, { 'a.dat': WRITERS[16]!([-400, -601]) })).toThrow('a.dat: signal II: expected the checksum 64536, got 64535');
  });

  test('a checksum of 0 is none', () => expect(read('r 1\na.dat 80 200 8 0 0 0', { 'a.dat': [129] })).toEqual([[1]]));

  test.each([
    ['r 1\na.dat 61', { 'a.dat': [] }, 'x.hea: a.dat: expected one of the formats 16, 80, 212, got 61'],
    ['r 2\na.dat 16\na.dat 80', { 'a.dat': [] }, 'a.dat: expected one format and one byte offset for all signals of a file'],
    ['r 2\na.dat 16+1\na.dat 16', { 'a.dat': [] }, 'a.dat: expected one format and one byte offset for all signals of a file'],
    ['r 1\na.dat 16', {}, 'x.hea: names the file a.dat, which is not there'],
    ['r 1\na.dat 16+24', { 'a.dat': [1, 2] }, 'a.dat: truncated at byte 2: expected samples from byte 24'],
    ['r 1 100 3\na.dat 16', { 'a.dat': [1, 2, 3] }, 'a.dat: expected 3 frames of 1 samples in 6 bytes, got 3 bytes'],
    ['r 1 100 9007199254740991\na.dat 16', { 'a.dat': [1, 2] }, 'a.dat: expected 9007199254740991 frames of 1 samples'],
    ['r 1\na.dat 16x9007199254740991', { 'a.dat': [1, 2] }, 'a.dat: expected 0 frames of 9007199254740991 samples in 0 bytes, got 2 bytes'],
    ['r 2\na.dat 16\na.dat 16', { 'a.dat': [1, 2, 3, 4, 5, 6] }, 'a.dat: expected 1 frames of 2 samples in 4 bytes, got 6 bytes'],
    ['r 2\na.dat 16\nb.dat 80', { 'a.dat': [1, 2], 'b.dat': [1, 2] }, 'x.hea: expected files of one length, got 1 frames in a.dat and 2 in b.dat'],
  ])('refuses %j with %j', (header, files, message) => {
    expect(() => read(header, files)).toThrow(DataError);
    expect(() => read(header, files)).toThrow(message);
  });

  test('reads back what was written', () => {
    fc.assert(
      fc.property(records, ({ signals, header, bytes }) => {
        expect(read(header, { 'a.dat': bytes })).toEqual(signals);
      }),
      { numRuns: 300 },
    );
  });

  test('a cut file is refused, and one changed byte is noticed by a checksum', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ header, bytes, offset, format }, place, change) => {
        expect(() => read(header, { 'a.dat': bytes.subarray(0, -1) })).toThrow(DataError);
        const at = offset + (place % (bytes.length - offset));
        const changed = Uint8Array.from(bytes, (byte, i) => (i === at ? byte ^ change : byte));
        // Half a byte belongs to each of two samples in format 212, so a sum may stay; and a header with the sum 0 announces none.
        fc.pre(format !== 212 && !/ 0$/m.test(header));
        expect(() => read(header, { 'a.dat': changed })).toThrow('expected the checksum');
      }),
      { numRuns: 300 },
    );
  });
});

test('physicalUnits: steps of the converter over its gain, from its baseline', () => {
  const [signal] = parseWfdbHeader('r 1\na.dat 212 200(1024)/mV', 'x').signals;
  expect(physicalUnits(signal!, Int16Array.of(1024, 1124, 824, MISSING_SAMPLE))).toEqual(Float32Array.of(0, 0.5, -1, NaN));
});
