import { describe, expect, test } from 'vitest';
import { maskedWords, type MaskOptions } from '../../../data/notes/masked-words.ts';
import { ConfigError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';

const OPTIONS: MaskOptions = { rate: 0.15, key: 5, vocabulary: 50, mask: 4, special: [0, 1, 2, 3] };
const COUNT = 200_000;
const IDS = Int32Array.from({ length: COUNT }, (_, i) => (i * 7919) % 50);
const WORDS = IDS.filter((token) => token > 4).length;

/** Within five standard deviations of a share. */
function expectShare(count: number, of: number, share: number): void {
  expect(Math.abs(count / of - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / of));
}

describe('maskedWords', () => {
  test('15 % are chosen; of these 80 % are hidden, 10 % are another token and 10 % stay', () => {
    const { ids, targets } = maskedWords(IDS, OPTIONS);
    const chosen = [...targets.keys()].filter((at) => targets[at] !== -1);
    expectShare(chosen.length, WORDS, 0.15);
    expect(chosen.every((at) => targets[at] === IDS[at])).toBe(true);
    const random = chosen.filter((at) => ids[at] !== 4 && ids[at] !== IDS[at]);
    expectShare(chosen.filter((at) => ids[at] === 4).length, chosen.length, 0.8);
    // One random token in 45 is the one that was there.
    expectShare(random.length, chosen.length, 0.1 * (44 / 45));
    expectShare(chosen.filter((at) => ids[at] === IDS[at]).length, chosen.length, 0.1 + 0.1 / 45);
    expect(new Set(random.map((at) => ids[at]))).toEqual(new Set(Array.from({ length: 45 }, (_, i) => i + 5)));
  });

  test('special tokens and what is not chosen stay, and what came in is not written to', () => {
    const before = IDS.slice();
    const { ids, targets } = maskedWords(IDS, { ...OPTIONS, rate: 1 });
    expect(IDS).toEqual(before);
    IDS.forEach((token, at) => {
      if ((token <= 4) !== (targets[at] === -1) || (token <= 4 && ids[at] !== token)) throw new Error(`token ${token} at ${at}`);
    });
    const none = maskedWords(IDS, { ...OPTIONS, rate: 0 });
    expect(none.ids).toEqual(IDS);
    expect(none.targets.every((target) => target === -1)).toBe(true);
  });

  test('one key gives the same words, another others', () => {
    expect(maskedWords(IDS, OPTIONS)).toEqual(maskedWords(IDS, OPTIONS));
    expect(maskedWords(IDS, { ...OPTIONS, key: 6 }).targets).not.toEqual(maskedWords(IDS, OPTIONS).targets);
  });

  test.each<[Partial<MaskOptions>, string]>([
    [{ rate: 1.5 }, 'rate'], [{ rate: NaN }, 'rate'], [{ vocabulary: 0 }, 'vocabulary'], [{ mask: 50 }, 'mask: expected a token below 50'],
    [{ special: [-1] }, 'special'], [{ vocabulary: 30 }, 'ids: expected tokens below 30, got'], [{ vocabulary: 5 }, 'not special'],
  ])('refuses %j', (wrong, message) => expectError(() => maskedWords(IDS, { ...OPTIONS, ...wrong }), ConfigError, message));
});
