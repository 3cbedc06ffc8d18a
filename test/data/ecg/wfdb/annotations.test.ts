import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBeat, parseWfdbAnnotations } from '../../../../data/ecg/wfdb/annotations.ts';
import { DataError } from '../../../../engine/errors.ts';
import { annotationFile, word } from './writer.ts';

const [SKIP, NUM, SUB, CHN, AUX] = [59, 60, 61, 62, 63];
const text = (value: string): number[] => {
  const bytes = [...Buffer.from(value)];
  return Array.from({ length: Math.ceil(bytes.length / 2) }, (_, i) => bytes[2 * i]! | ((bytes[2 * i + 1] ?? 0) << 8));
};
const plain = { subtype: 0, channel: 0, number: 0, note: '' };

describe('parseWfdbAnnotations', () => {
  test('intervals add up, and what follows an annotation describes it', () => {
    const file = annotationFile([
      word(28, 18), word(AUX, 3), ...text('(N\0'),
      word(1, 59), word(SUB, 0x3ff), word(CHN, 1), word(NUM, 5),
      word(SKIP, 0), 1, 0x86a0, word(5, 2),
      word(8, 1023), word(CHN, 0), word(NUM, 0xfe),
      word(42, 0),
      0,
    ]);
    expect(parseWfdbAnnotations(file, 'x')).toEqual([
      { ...plain, sample: 18, code: 28, symbol: '+', note: '(N' },
      // The subtype is of this one alone; channel and number stay until they change.
      { ...plain, sample: 77, code: 1, symbol: 'N', subtype: -1, channel: 1, number: 5 },
      // 0x186a0 = 100,000: the high half of a long interval is first.
      { ...plain, sample: 77 + 100_000 + 2, code: 5, symbol: 'V', channel: 1, number: 5 },
      { ...plain, sample: 101_102, code: 8, symbol: 'A', channel: 0, number: -2 },
      { ...plain, sample: 101_102, code: 42, symbol: '', channel: 0, number: -2 },
    ]);
  });

  test('text of an odd length has a byte behind it', () => {
    const file = annotationFile([word(22, 0), word(AUX, 5), ...text('noise'), word(1, 4), word(AUX, 4), ...text('good'), 0, 0]);
    expect(parseWfdbAnnotations(file, 'x').map(({ symbol, note }) => [symbol, note])).toEqual([['"', 'noise'], ['N', 'good']]);
  });

  test('a long interval may go back, not before the start', () => {
    expect(parseWfdbAnnotations(annotationFile([word(1, 9), word(SKIP, 0), 0xffff, 0xfffb, word(1, 1), 0]), 'x').map(({ sample }) => sample)).toEqual([9, 5]);
    expect(() => parseWfdbAnnotations(annotationFile([word(SKIP, 0), 0xffff, 0xfffb, word(1, 4), 0]), 'x')).toThrow('x: byte 6: expected a mark at or after the start of the record, got sample -1');
  });

  test('the signs of beats are those of the format', () => {
    const beats = Array.from({ length: 49 }, (_, i) => parseWfdbAnnotations(annotationFile([word(i + 1, 0), 0]), 'x')[0]!).filter(isBeat);
    expect(beats.map(({ code }) => code)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 25, 30, 34, 35, 38, 41]);
    expect(beats.map(({ symbol }) => symbol).join('')).toBe('NLRaVFJASEj/QB?enfr');
  });

  test.each([
    ['no end mark', [word(1, 3)], 'x.atr: truncated at byte 2: expected two bytes from byte 2, or an end mark before'],
    ['nothing', [], 'truncated at byte 0'],
    ['an unknown code', [word(1, 3), word(50, 0), 0], 'x.atr: byte 2: expected a code from 1 to 49 or from 59, got 50'],
    ['no code and an interval', [word(0, 7), 0], 'x.atr: byte 0: expected a code from 1 to 49 or from 59, got 0'],
    ['a description of nothing', [word(NUM, 3), 0], 'x.atr: byte 0: expected an annotation before what describes it, got code 60'],
    ['an interval beside a long one', [word(SKIP, 1), 0, 0, word(1, 0), 0], 'byte 0: expected an interval of 0 in the word before a long one, got 1'],
    ['half a long interval', [word(SKIP, 0), 1], 'truncated at byte 4'],
    ['less text than announced', [word(1, 3), word(AUX, 5), 1, 0], 'byte 2: expected 5 bytes of text, got 4'],
    ['more behind the end mark', [word(1, 3), 0, 0, 7], 'x.atr: byte 6: expected nothing but zeros behind the end mark, got 7'],
  ])('refuses %s', (_, words, message) => {
    expect(() => parseWfdbAnnotations(annotationFile(words), 'x.atr')).toThrow(DataError);
    expect(() => parseWfdbAnnotations(annotationFile(words), 'x.atr')).toThrow(message);
  });

  test('what was written is read, and any bytes give annotations or a DataError', () => {
    const annotation = fc.record({ interval: fc.integer({ min: 0, max: 3000 }), code: fc.integer({ min: 1, max: 49 }), note: fc.string({ maxLength: 5 }).filter((note) => !note.endsWith('\0')) });
    fc.assert(
      fc.property(fc.array(annotation, { maxLength: 6 }), fc.nat(), fc.nat(255), fc.nat(6), (marks, place, byte, cut) => {
        const file = annotationFile([...marks.flatMap(({ interval, code, note }) => [...(interval > 1023 ? [word(SKIP, 0), 0, interval, word(code, 0)] : [word(code, interval)]), ...(note ? [word(AUX, Buffer.from(note).length), ...text(note)] : [])]), 0]);
        let sample = 0;
        expect(parseWfdbAnnotations(file, 'x').map(({ sample: at, code, note }) => [at, code, note])).toEqual(marks.map(({ interval, code, note }) => [(sample += interval), code, note]));
        const changed = file.slice(0, file.length - cut);
        if (changed.length > 0) changed[place % changed.length] = byte;
        try {
          for (const { sample: at, code } of parseWfdbAnnotations(changed, 'x')) expect(at >= 0 && code >= 1 && code <= 49).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
