/** Splits in which no group, a patient say, is in two parts. */
import { ConfigError } from '../engine/errors.ts';
import { shuffled } from './shuffle.ts';

/**
 * Divides samples so that those of one group stay together. Groups are taken in a random order, each into the part that is furthest below its
 * share of the samples.
 * @param groups the group of each sample: a patient's number or name
 * @param shares of the samples, per part: numbers from 0, not all 0; they are taken relative to their sum
 * @param key the random stream, see `streamKey`
 * @param strata a class per sample: groups with the same highest class are divided on their own, so that each part has its share of a rare one
 * @returns the samples of each part, in rising order
 * @throws {ConfigError} a share is not a number from 0, all are 0, or there are not as many classes as samples
 */
export function divideByGroup(groups: ArrayLike<string | number>, shares: readonly number[], key: number, strata?: ArrayLike<number>): Uint32Array[] {
  const sum = shares.reduce((total, share) => total + share, 0);
  if (!shares.every((share) => share >= 0) || !(sum > 0 && sum < Infinity)) throw new ConfigError(`shares ${shares.join(', ')}: expected numbers from 0 with a sum above it`);
  if (strata && strata.length !== groups.length) throw new ConfigError(`expected a class for each of ${groups.length} samples, got ${strata.length}`);
  const members = new Map<string | number, number[]>();
  for (let sample = 0; sample < groups.length; sample++) {
    const group = groups[sample] ?? '';
    const list = members.get(group);
    if (list) list.push(sample);
    else members.set(group, [sample]);
  }
  const lists = [...members.values()];
  const parts = shares.map(() => [] as number[]);
  // What each stratum has placed so far, in all and in each part.
  const placed = new Map<number, { total: number; readonly parts: number[] }>();
  for (const index of shuffled(lists.length, key)) {
    const list = lists[index] ?? [];
    const stratum = strata ? list.reduce((most, sample) => Math.max(most, strata[sample] ?? 0), -1) : 0;
    const counts = placed.get(stratum) ?? { total: 0, parts: shares.map(() => 0) };
    placed.set(stratum, counts);
    counts.total += list.length;
    const lacking = shares.map((share, part) => (share > 0 ? (share / sum) * counts.total - (counts.parts[part] ?? 0) : -Infinity));
    const part = lacking.indexOf(Math.max(...lacking));
    counts.parts[part] = (counts.parts[part] ?? 0) + list.length;
    parts[part]?.push(...list);
  }
  return parts.map((part) => Uint32Array.from(part).sort());
}
