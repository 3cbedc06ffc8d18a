/**
 * Reproducible orders on the host: Fisher-Yates over a counter-based generator.
 *
 * The generator has no state: value `i` of a stream is a 32-bit finaliser (MurmurHash3's, by Austin Appleby) of the
 * counter and the stream's key. Its period is 2^32, and it is not for cryptography.
 */
import { ConfigError } from '../engine/errors.ts';

const TWO_32 = 2 ** 32;
/** 2^32 over the golden ratio: keeps counter 0 of key 0 away from the finaliser's fixed point at 0. */
const GOLDEN = 0x9e3779b9;

function mix(word: number): number {
  let h = word >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The value at `counter` of the stream `key`: an integer in [0, 2^32). Both arguments are taken modulo 2^32. */
export function random32(key: number, counter: number): number {
  return mix(mix(counter + GOLDEN) + key);
}

/**
 * The key of an independent stream, an integer in [0, 2^32).
 * @param seed the user's seed, an integer in [0, 2^53)
 * @param path what tells this stream from the others: a task's name, an epoch, a purpose
 * @throws {ConfigError} the seed is not such an integer
 */
export function streamKey(seed: number, ...path: readonly (number | string)[]): number {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new ConfigError(`seed: expected an integer from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}`);
  let key = random32(seed, Math.floor(seed / TWO_32));
  for (const part of path) {
    if (typeof part === 'number') key = random32(key, part);
    else {
      for (let i = 0; i < part.length; i++) key = random32(key, part.charCodeAt(i));
      // The length ends the text, so that ('ab', 'c') and ('a', 'bc') differ.
      key = random32(key, part.length);
    }
  }
  return key;
}

/**
 * The numbers 0 to `length - 1` in a random order that depends on `key` alone.
 *
 * A position is picked by scaling 32 bits to a range of n, so its chance is off by less than n / 2^32 of itself.
 * @param length an integer in [0, 2^32)
 * @param key see {@link streamKey}
 */
export function shuffled(length: number, key: number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let last = length - 1; last > 0; last--) {
    const other = Math.floor((random32(key, last) * (last + 1)) / TWO_32);
    const kept = order[last] ?? 0;
    order[last] = order[other] ?? 0;
    order[other] = kept;
  }
  return order;
}

/** A number in [0, 2^32) that tells lists apart, for names; by the same mixing. */
export function hash32(values: Uint32Array): number {
  return values.reduce((key, value) => random32(key, value), values.length);
}
