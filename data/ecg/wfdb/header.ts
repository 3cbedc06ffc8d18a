/**
 * The header (`.hea`) of a WFDB record: what its signals are and in which files they lie.
 * Source: header(5) of the WFDB Applications Guide, https://physionet.org/physiotools/wag/header-5.htm
 */
import { DataError } from '../../../engine/errors.ts';

export interface WfdbSignal {
  /** Name of the file with the samples, as the header has it. Signals of one file are interleaved in it, in the header's order. */
  readonly file: string;
  /** How samples are stored: 16, 212, ... */
  readonly format: number;
  /** Samples of this signal in each frame of the record. Default 1. */
  readonly samplesPerFrame: number;
  /** Frames by which this signal's samples come late in the file. Default 0. */
  readonly skew: number;
  /** Where samples begin in the file, in bytes. Default 0. */
  readonly byteOffset: number;
  /** Steps of the converter per physical unit. Default 200. */
  readonly gain: number;
  /** The stored value of zero physical units. Default: that of 0 volts at the converter, `zero`. */
  readonly baseline: number;
  /** Default 'mV'. */
  readonly units: string;
  /** Bits of the converter; null when not given. */
  readonly resolution: number | null;
  /** The stored value in the middle of the converter's range. Default 0. */
  readonly zero: number;
  /** The first stored value; null when not given. */
  readonly initial: number | null;
  /** The sum of all stored values modulo 65,536, in [0, 65536); null when not given. */
  readonly checksum: number | null;
  /** Default 0. */
  readonly blockSize: number;
  /** `MLII`, say; empty when not given. */
  readonly description: string;
}

export interface WfdbHeader {
  readonly record: string;
  /** Frames per second. Default 250. */
  readonly rate: number;
  /** A second clock: its ticks per second (default `rate`) and its value at the start (default 0). */
  readonly counter: { readonly rate: number; readonly base: number };
  /** Frames in the record, which are samples of a signal with one a frame; null when not given. */
  readonly frames: number | null;
  /** When the recording began, as written; empty when not given. */
  readonly baseTime: string;
  readonly baseDate: string;
  readonly signals: readonly WfdbSignal[];
  /** Comment lines without their `#` and the space after it. */
  readonly comments: readonly string[];
}

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`;
const RATE = new RegExp(String.raw`^(${NUMBER})(?:/(${NUMBER})(?:\((${NUMBER})\))?)?$`);
const FORMAT = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/;
const GAIN = new RegExp(String.raw`^(${NUMBER})(?:\(([-+]?\d+)\))?(?:/(\S+))?$`);
/** Seven fields behind the file's name, and the rest of the line. */
const SIGNAL = /^(\S+)\s+(\S+)(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(\S+))?(?:\s+(.*\S))?$/;
const DEFAULT_RATE = 250;
const DEFAULT_GAIN = 200;

/**
 * Reads the header of a record of one segment.
 * @param file the name that errors mention
 * @throws {DataError} a line that is none of the format's, more or fewer signals than announced, or a record of several segments
 */
export function parseWfdbHeader(text: string, file: string): WfdbHeader {
  const comments: string[] = [];
  const lines: Line[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const content = raw.trim();
    if (content.startsWith('#')) comments.push(content.replace(/^# ?/, ''));
    else if (content !== '') lines.push(new Line(content, `${file}: line ${index + 1}`));
  }
  const [first, ...rest] = lines;
  if (!first) throw new DataError(`${file}: expected a record line, found no line that is not a comment`);
  const { count, ...record } = parseRecord(first);
  if (rest.length !== count) throw new DataError(`${file}: expected ${count} signal lines, as many as the record line announces, got ${rest.length}`);
  return { ...record, signals: rest.map(parseSignal), comments };
}

class Line {
  readonly text: string;
  private readonly where: string;

  constructor(text: string, where: string) {
    this.text = text;
    this.where = where;
  }

  wrong(expected: string, got: string): DataError {
    return new DataError(`${this.where}: expected ${expected}, got '${got.slice(0, 80)}'`);
  }

  /** A whole number in a field that may be absent. */
  whole(name: string, field: string | undefined, least = -Infinity): number | null {
    if (field === undefined) return null;
    const value = /^[-+]?\d+$/.test(field) ? Number(field) : NaN;
    if (!Number.isSafeInteger(value) || value < least) throw this.wrong(`${name} to be a whole number${least > -Infinity ? ` from ${least}` : ''}`, field);
    return value;
  }

  match(expected: string, pattern: RegExp, field: string): (string | undefined)[] {
    const match = pattern.exec(field);
    if (!match) throw this.wrong(expected, field);
    return [...match];
  }
}

function parseRecord(line: Line): Omit<WfdbHeader, 'signals' | 'comments'> & { count: number } {
  const [name = '', signals = '', rates, frames, baseTime = '', ...date] = line.text.split(/\s+/);
  const [record = '', segments] = name.split('/');
  if (segments !== undefined) throw line.wrong('a record of one segment (those of several are not supported)', name);
  const count = line.whole('the number of signals', signals, 0) ?? 0;
  const [, rateText = '', counterText, baseText = '0'] = rates === undefined ? ['', String(DEFAULT_RATE)] : line.match('a sampling frequency, FREQUENCY[/COUNTER[(BASE)]]', RATE, rates);
  const rate = Number(rateText);
  if (!(rate > 0 && rate < Infinity)) throw line.wrong('a sampling frequency above 0', rateText);
  const counter = { rate: counterText === undefined ? rate : Number(counterText), base: Number(baseText) };
  const length = line.whole('the number of samples', frames, 0);
  return { record, count, rate, counter, frames: length === 0 ? null : length, baseTime, baseDate: date.join(' ') };
}

function parseSignal(line: Line): WfdbSignal {
  const [, file = '', stored = '', scale = String(DEFAULT_GAIN), resolution, zeroText, initial, checksum, blockSize, description = ''] = line.match('a signal line, FILE FORMAT ...', SIGNAL, line.text);
  const [, format, samples, skew, offset] = line.match('a format, FORMAT[xSAMPLES][:SKEW][+OFFSET]', FORMAT, stored);
  const [, gainText, baseline, units = 'mV'] = line.match('a gain, GAIN[(BASELINE)][/UNITS]', GAIN, scale);
  const gain = Number(gainText);
  const zero = line.whole('the ADC zero', zeroText) ?? 0;
  const sum = line.whole('the checksum', checksum);
  return {
    file,
    format: line.whole('the format', format, 0) ?? 0,
    samplesPerFrame: line.whole('the samples per frame', samples, 1) ?? 1,
    skew: line.whole('the skew', skew, 0) ?? 0,
    byteOffset: line.whole('the byte offset', offset, 0) ?? 0,
    // The format's way of saying that the signal is not calibrated.
    gain: gain === 0 ? DEFAULT_GAIN : gain,
    baseline: line.whole('the baseline', baseline) ?? zero,
    units,
    resolution: line.whole('the ADC resolution', resolution, 0),
    zero,
    initial: line.whole('the initial value', initial),
    checksum: sum === null ? null : ((sum % 65536) + 65536) % 65536,
    blockSize: line.whole('the block size', blockSize, 0) ?? 0,
    description,
  };
}
