/** The signals of a WFDB record. Source: signal(5) and header(5) of the WFDB Applications Guide. */
import { DataError } from '../../../engine/errors.ts';
import { SAMPLE_FORMATS, type SampleFormat } from './formats.ts';
import type { WfdbHeader, WfdbSignal } from './header.ts';

/** What stands for a sample that is missing, whatever the file's format: no format read here has it as a value. */
export const MISSING_SAMPLE = -32768;

/** The signals that share a file. */
interface Group {
  readonly signals: readonly { readonly signal: WfdbSignal; readonly index: number }[];
  readonly format: SampleFormat;
  readonly bytes: Uint8Array;
  /** Where this signal's samples of a frame begin among all of it. */
  readonly starts: readonly number[];
  readonly frameSize: number;
  readonly file: string;
}

/**
 * The stored values of each signal, `frames * samplesPerFrame` of them, {@link MISSING_SAMPLE} where one is missing: as marked in the file, or behind
 * the end of a signal that comes late (skew). The record's length and each signal's checksum are verified where the header has them; a checksum of 0
 * counts as absent, since many programs write that without summing.
 * @param files the bytes of each file that the header names
 * @param file the header's name, for errors
 * @throws {DataError} a file that is not there, another format than 16, 80 and 212, more or fewer bytes than the header announces, or a checksum that differs
 */
export function readWfdbSignals(header: WfdbHeader, files: ReadonlyMap<string, Uint8Array>, file: string): Int16Array[] {
  const groups = groupByFile(header.signals, files, file);
  const frames = header.frames ?? commonLength(groups, file);
  const out: Int16Array[] = [];
  for (const group of groups) {
    checkLength(group, frames);
    for (const [place, { signal, index }] of group.signals.entries()) out[index] = readSignal(group, signal, group.starts[place] ?? 0, frames);
  }
  return out;
}

/** Stored values in physical units, `signal.units`; NaN where a sample is missing. */
export function physicalUnits({ gain, baseline }: WfdbSignal, stored: Int16Array): Float32Array {
  return Float32Array.from(stored, (value) => (value === MISSING_SAMPLE ? NaN : (value - baseline) / gain));
}

function groupByFile(signals: readonly WfdbSignal[], files: ReadonlyMap<string, Uint8Array>, file: string): Group[] {
  return [...new Set(signals.map((signal) => signal.file))].map((name) => {
    const members = signals.flatMap((signal, index) => (signal.file === name ? [{ signal, index }] : []));
    const { format: number = 0, byteOffset = 0 } = members[0]?.signal ?? {};
    const format = SAMPLE_FORMATS.get(number);
    if (!format) throw new DataError(`${file}: ${name}: expected one of the formats ${[...SAMPLE_FORMATS.keys()].join(', ')}, got ${number}`);
    if (members.some(({ signal }) => signal.format !== number || signal.byteOffset !== byteOffset)) throw new DataError(`${file}: ${name}: expected one format and one byte offset for all signals of a file`);
    const bytes = files.get(name);
    if (!bytes) throw new DataError(`${file}: names the file ${name}, which is not there`);
    if (bytes.length < byteOffset) throw new DataError(`${name}: truncated at byte ${bytes.length}: expected samples from byte ${byteOffset}`);
    let frameSize = 0;
    const starts = members.map(({ signal }) => (frameSize += signal.samplesPerFrame) - signal.samplesPerFrame);
    return { signals: members, format, bytes: bytes.subarray(byteOffset), starts, frameSize, file: name };
  });
}

/** The record's length by its files, when its header has none. */
function commonLength(groups: readonly Group[], file: string): number {
  const lengths = groups.map(({ format, bytes, frameSize }) => Math.floor(format.samples(bytes.length) / frameSize));
  const [first = 0] = lengths;
  const other = lengths.findIndex((length) => length !== first);
  if (other > 0) throw new DataError(`${file}: expected files of one length, got ${first} frames in ${groups[0]?.file ?? ''} and ${lengths[other] ?? 0} in ${groups[other]?.file ?? ''}`);
  return first;
}

function checkLength({ format, bytes, frameSize, file }: Group, frames: number): void {
  const samples = frames * frameSize;
  const wanted = format.bytes(samples);
  // The last sample of an odd number, in a format that stores pairs, may have a partner that means nothing.
  if (bytes.length === wanted || (samples % 2 === 1 && bytes.length === format.bytes(samples + 1) && format.samples(3) === 2)) return;
  throw new DataError(`${file}: expected ${frames} frames of ${frameSize} samples in ${wanted} bytes, got ${bytes.length} bytes`);
}

function readSignal({ format, bytes, frameSize, file }: Group, signal: WfdbSignal, start: number, frames: number): Int16Array {
  const { samplesPerFrame: width, skew, checksum } = signal;
  const out = new Int16Array(frames * width).fill(MISSING_SAMPLE);
  let sum = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < width; i++) {
      const value = format.value(bytes, frame * frameSize + start + i);
      sum = (sum + value) & 0xffff;
      if (frame >= skew && value !== format.missing) out[(frame - skew) * width + i] = value;
    }
  }
  if (checksum !== null && checksum !== 0 && checksum !== sum) throw new DataError(`${file}: signal ${signal.description || start}: expected the checksum ${checksum}, got ${sum}`);
  return out;
}
