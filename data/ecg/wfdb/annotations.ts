/**
 * WFDB annotations in MIT format (`.atr` and others): marks at samples, such as heart beats.
 * Sources: annot(5) of the WFDB Applications Guide, https://physionet.org/physiotools/wag/annot-5.htm; codes: https://physionet.org/physiotools/wpg/wpg_31.htm
 */
import { DataError } from '../../../engine/errors.ts';

export interface WfdbAnnotation {
  /** Counted from the record's start. */
  readonly sample: number;
  /** The kind of mark, 1 to 49. */
  readonly code: number;
  /** The code's usual sign: `N` a normal beat, `V` a premature ventricular one, `+` a change of rhythm; empty for a code without one. */
  readonly symbol: string;
  /** -128 to 127; 0 when not given. */
  readonly subtype: number;
  /** The signal that it belongs to, 0 to 255. */
  readonly channel: number;
  /** -128 to 127. */
  readonly number: number;
  /** Text, such as the name of a rhythm: `(AFIB`. */
  readonly note: string;
}

const SKIP = 59;
const NUM = 60;
const SUB = 61;
const CHN = 62;
const LAST_CODE = 49;

/** Signs of the codes from 0; a blank where a code has none. */
const SYMBOLS = ' NLRaVFJASEj/Q~ | sT*D"=pB^t+u?![]en@xf()r';
const BEATS = new Set('NLRBAaJSVrFejnE/fQ?');

/** Whether it marks a heart beat: other marks are rhythms, noise, waves and notes. */
export function isBeat({ symbol }: Pick<WfdbAnnotation, 'symbol'>): boolean {
  return BEATS.has(symbol);
}

/**
 * All annotations, in the file's order.
 * @param file the name that errors mention
 * @throws {DataError} a code that the format does not have, a mark before the record's start, or a file that ends before its end mark
 */
export function parseWfdbAnnotations(bytes: Uint8Array, file: string): WfdbAnnotation[] {
  const out: { -readonly [K in keyof WfdbAnnotation]: WfdbAnnotation[K] }[] = [];
  const wrong = (expected: string, got: string | number): DataError => new DataError(`${file}: byte ${at - 2}: expected ${expected}, got ${got}`);
  let at = 0;
  const word = (): number => {
    if (at + 2 > bytes.length) throw new DataError(`${file}: truncated at byte ${bytes.length}: expected two bytes from byte ${at}, or an end mark before`);
    at += 2;
    return (bytes[at - 2] ?? 0) | ((bytes[at - 1] ?? 0) << 8);
  };

  let [sample, number, channel] = [0, 0, 0];
  for (let next = word(); next !== 0; next = word()) {
    const code = next >> 10;
    const value = next & 0x3ff;
    const last = out.at(-1);
    if (code === SKIP) {
      if (value !== 0) throw wrong('an interval of 0 in the word before a long one', value);
      sample += (word() << 16) | word();
    } else if (code > 0 && code <= LAST_CODE) {
      sample += value;
      if (sample < 0) throw wrong('a mark at or after the start of the record', `sample ${sample}`);
      out.push({ sample, code, symbol: (SYMBOLS[code] ?? '').trim(), subtype: 0, channel, number, note: '' });
    } else if (code < NUM) throw wrong(`a code from 1 to ${LAST_CODE} or from ${SKIP}`, code);
    else if (!last) throw wrong('an annotation before what describes it', `code ${code}`);
    else if (code === NUM) last.number = number = signedByte(value);
    else if (code === SUB) last.subtype = signedByte(value);
    else if (code === CHN) last.channel = channel = value & 0xff;
    else {
      if (at + value > bytes.length) throw wrong(`${value} bytes of text`, bytes.length - at);
      last.note = new TextDecoder().decode(bytes.subarray(at, at + value)).replace(/\0+$/, '');
      at += value + (value % 2);
    }
  }
  const trailing = bytes.subarray(at).findIndex((byte) => byte !== 0);
  if (trailing >= 0) throw new DataError(`${file}: byte ${at + trailing}: expected nothing but zeros behind the end mark, got ${bytes[at + trailing] ?? 0}`);
  return out;
}

const signedByte = (value: number): number => (value << 24) >> 24;
