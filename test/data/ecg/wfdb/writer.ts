/** Writes WFDB samples and annotations. */

const words = (values: readonly number[]): Uint8Array => Uint8Array.from(values.flatMap((value) => [value & 0xff, (value >> 8) & 0xff]));

/** Samples in the order of the file, as formats 16, 80 and 212 store them; 212 without a partner for a last odd one. */
export const WRITERS: Readonly<Record<number, (values: readonly number[]) => Uint8Array>> = {
  16: words,
  80: (values) => Uint8Array.from(values, (value) => value + 128),
  212(values) {
    const bits = values.map((value) => (value & 0xfff).toString(16).padStart(3, '0'));
    const bytes: number[] = [];
    for (let i = 0; i < bits.length; i += 2) {
      const [a = '', b = '000'] = bits.slice(i, i + 2);
      bytes.push(parseInt(a.slice(1), 16), parseInt(b[0]! + a[0]!, 16));
      if (i + 1 < bits.length) bytes.push(parseInt(b.slice(1), 16));
    }
    return Uint8Array.from(bytes);
  },
};

/** Of all values, as a header has it: a signed 16-bit number. */
export const checksumOf = (values: readonly number[]): number => (values.reduce((sum, value) => sum + value, 0) << 16) >> 16;

/** One word of an annotation file. */
export const word = (code: number, value: number): number => (code << 10) | value;

export const annotationFile = (values: readonly number[]): Uint8Array => words(values);
