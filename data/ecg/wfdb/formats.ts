/** How WFDB files store samples. Source: signal(5) of the WFDB Applications Guide, https://physionet.org/physiotools/wag/signal-5.htm */

export interface SampleFormat {
  /** Bytes that so many samples take. */
  bytes(samples: number): number;
  /** Samples that so many bytes hold. */
  samples(bytes: number): number;
  /** The value that stands for a sample that is missing. */
  readonly missing: number;
  /** The value of sample `index`, counted from where samples begin. */
  value(bytes: Uint8Array, index: number): number;
}

/** 16 bits, two's complement, low byte first. */
const FORMAT_16: SampleFormat = {
  bytes: (samples) => 2 * samples,
  samples: (bytes) => Math.floor(bytes / 2),
  missing: -32768,
  value: (bytes, index) => (((bytes[2 * index + 1] ?? 0) << 24) | ((bytes[2 * index] ?? 0) << 16)) >> 16,
};

/** 8 bits with an offset: a byte of 128 is zero. */
const FORMAT_80: SampleFormat = {
  bytes: (samples) => samples,
  samples: (bytes) => bytes,
  missing: -128,
  value: (bytes, index) => (bytes[index] ?? 0) - 128,
};

/** 12 bits, two's complement, two samples in three bytes: the low bytes first and third, the four high bits of the first sample in the low half of the second byte. */
const FORMAT_212: SampleFormat = {
  bytes: (samples) => Math.ceil(1.5 * samples),
  samples: (bytes) => Math.floor(bytes / 1.5),
  missing: -2048,
  value(bytes, index) {
    const pair = 3 * (index >> 1);
    const high = bytes[pair + 1] ?? 0;
    return index % 2 === 0 ? (((high & 0x0f) << 28) | ((bytes[pair] ?? 0) << 20)) >> 20 : (((high >> 4) << 28) | ((bytes[pair + 2] ?? 0) << 20)) >> 20;
  },
};

export const SAMPLE_FORMATS: ReadonlyMap<number, SampleFormat> = new Map([
  [16, FORMAT_16],
  [80, FORMAT_80],
  [212, FORMAT_212],
]);
