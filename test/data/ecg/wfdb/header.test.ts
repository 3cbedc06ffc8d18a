import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseWfdbHeader } from '../../../../data/ecg/wfdb/header.ts';
import { DataError } from '../../../../engine/errors.ts';

const FULL = `# made by hand
rec_1 3 360/90.5(-4) 650000 12:30:00 25/01/1989\r
a.dat 212x2:5+24 200.5(1024)/uV 11 1000 995 -22131 512 MLII, second try

  # 69 M 1085
a.dat 212 0 12 7
b.dat 16
#Aldomet
`;

describe('parseWfdbHeader', () => {
  test('reads every field, and gives those that are absent their defaults', () => {
    expect(parseWfdbHeader(FULL, 'x')).toEqual({
      record: 'rec_1',
      rate: 360,
      counter: { rate: 90.5, base: -4 },
      frames: 650000,
      baseTime: '12:30:00',
      baseDate: '25/01/1989',
      comments: ['made by hand', '69 M 1085', 'Aldomet'],
      signals: [
        { file: 'a.dat', format: 212, samplesPerFrame: 2, skew: 5, byteOffset: 24, gain: 200.5, baseline: 1024, units: 'uV', resolution: 11, zero: 1000, initial: 995, checksum: 65536 - 22131, blockSize: 512, description: 'MLII, second try' },
        // A gain of 0 means not calibrated; the baseline is the ADC zero.
        { file: 'a.dat', format: 212, samplesPerFrame: 1, skew: 0, byteOffset: 0, gain: 200, baseline: 7, units: 'mV', resolution: 12, zero: 7, initial: null, checksum: null, blockSize: 0, description: '' },
        { file: 'b.dat', format: 16, samplesPerFrame: 1, skew: 0, byteOffset: 0, gain: 200, baseline: 0, units: 'mV', resolution: null, zero: 0, initial: null, checksum: null, blockSize: 0, description: '' },
      ],
    });
  });

  test('a record line may end early', () => {
    expect(parseWfdbHeader('r 0', 'x')).toEqual({ record: 'r', rate: 250, counter: { rate: 250, base: 0 }, frames: null, baseTime: '', baseDate: '', signals: [], comments: [] });
    expect(parseWfdbHeader('r 0 100 0', 'x').frames).toBeNull();
    expect(parseWfdbHeader('r 0 .5e3', 'x').rate).toBe(500);
  });

  test.each([
    ['A00001.mat 16+24 1000/mV 16 0 -127 0 0 ECG', { file: 'A00001.mat', format: 16, byteOffset: 24, gain: 1000, baseline: 0, units: 'mV', initial: -127, checksum: 0, description: 'ECG' }],
    ['s.dat 16 1000.0(0)/mV 16 0 -119 64758 0 AVR', { gain: 1000, baseline: 0, initial: -119, checksum: 64758, description: 'AVR' }],
    ['s.dat 80:3 -2.5e2(-7) 8', { format: 80, skew: 3, gain: -250, baseline: -7, units: 'mV', resolution: 8 }],
  ])('reads the signal line %s', (line, fields) => {
    expect(parseWfdbHeader(`r 1\n${line}`, 'x').signals[0]).toMatchObject(fields);
  });

  test.each([
    ['', 'x.hea: expected a record line'],
    ['# nothing else', 'x.hea: expected a record line'],
    ['r/3 2 360', "x.hea: line 1: expected a record of one segment (those of several are not supported), got 'r/3'"],
    ['\nr', "line 2: expected the number of signals to be a whole number from 0, got ''"],
    ['r -1', "the number of signals to be a whole number from 0, got '-1'"],
    ['r 1.5', "the number of signals to be a whole number from 0, got '1.5'"],
    ['r 999999999', 'expected 999999999 signal lines, as many as the record line announces, got 0'],
    ['r 1\na.dat 16\nb.dat 16', 'expected 1 signal lines, as many as the record line announces, got 2'],
    ['r 0 fast', "expected a sampling frequency, FREQUENCY[/COUNTER[(BASE)]], got 'fast'"],
    ['r 0 0', "expected a sampling frequency above 0, got '0'"],
    ['r 0 -360', "expected a sampling frequency above 0, got '-360'"],
    ['r 0 1e999', "expected a sampling frequency above 0, got '1e999'"],
    ['r 0 100 many', "the number of samples to be a whole number from 0, got 'many'"],
    ['r 0 100 99999999999999999999', "the number of samples to be a whole number from 0, got '99999999999999999999'"],
    ['r 1\na.dat', "line 2: expected a signal line, FILE FORMAT ..., got 'a.dat'"],
    ['r 1\na.dat sixteen', "expected a format, FORMAT[xSAMPLES][:SKEW][+OFFSET], got 'sixteen'"],
    ['r 1\na.dat 16:-1', "expected a format, FORMAT[xSAMPLES][:SKEW][+OFFSET], got '16:-1'"],
    ['r 1\na.dat 16x0', "the samples per frame to be a whole number from 1, got '0'"],
    ['r 1\na.dat 16 (3)/mV', "expected a gain, GAIN[(BASELINE)][/UNITS], got '(3)/mV'"],
    ['r 1\na.dat 16 200 x', "the ADC resolution to be a whole number from 0, got 'x'"],
    ['r 1\na.dat 16 200 11 0 0 abc', "line 2: expected the checksum to be a whole number, got 'abc'"],
  ])('refuses %j and says where', (text, message) => {
    expect(() => parseWfdbHeader(text, 'x.hea')).toThrow(DataError);
    expect(() => parseWfdbHeader(text, 'x.hea')).toThrow(message);
  });

  test('changed text gives a header of whole fields or a DataError', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.nat(FULL.length), text: fc.string({ maxLength: 3 }), cut: fc.nat(4) }), { maxLength: 3 }), (changes) => {
        const text = changes.reduce((so, { at, text: put, cut }) => so.slice(0, at) + put + so.slice(at + cut), FULL);
        try {
          const { rate, frames, signals } = parseWfdbHeader(text, 'x');
          expect(rate).toBeGreaterThan(0);
          expect(frames === null || (Number.isSafeInteger(frames) && frames > 0)).toBe(true);
          for (const { gain, baseline, samplesPerFrame } of signals) expect(gain !== 0 && Number.isSafeInteger(baseline) && samplesPerFrame >= 1).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
