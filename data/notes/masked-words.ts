/** Masked words: what BERT is pretrained to find again. Devlin et al., NAACL 2019, section 3.1. */
import { ConfigError } from '../../engine/errors.ts';
import { random32 } from '../shuffle.ts';
import { MISSING_CLASS } from '../task.ts';

export interface MaskOptions {
  /** Share of the tokens that are to be found again, from 0 to 1. BERT's is 0.15. */
  readonly rate: number;
  /** Decides which, and what stands in their places: `streamKey(seed, 'masks', epoch)`, say. */
  readonly key: number;
  /** Size of the vocabulary. */
  readonly vocabulary: number;
  /** The token that stands for a hidden one. */
  readonly mask: number;
  /** Tokens that are never hidden and never put in: padding, marks of start and end, the mask itself. */
  readonly special: readonly number[];
}

export interface MaskedWords {
  /** As the tokens that came in, 80 % of the chosen ones replaced by the mask, 10 % by a random token, 10 % as they were. */
  readonly ids: Int32Array;
  /** For each token what it was where it was chosen, -1 (a missing class) elsewhere. */
  readonly targets: Int32Array;
}

/**
 * Each token that is not special is chosen by itself, with probability `rate`.
 * @param ids token numbers, of any number of texts
 * @throws {ConfigError} a rate, a token or a vocabulary out of range, or one of special tokens alone
 */
export function maskedWords(ids: Int32Array, { rate, key, vocabulary, mask, special }: MaskOptions): MaskedWords {
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0 && value < vocabulary;
  if (!(rate >= 0 && rate <= 1)) throw new ConfigError(`rate: expected a share from 0 to 1, got ${rate}`);
  if (!Number.isSafeInteger(vocabulary) || vocabulary < 1 || vocabulary > 2 ** 31) throw new ConfigError(`vocabulary: expected a whole number from 1, got ${vocabulary}`);
  for (const [name, token] of [['mask', mask], ...special.map((each) => ['special', each] as const)] as const) if (!whole(token)) throw new ConfigError(`${name}: expected a token below ${vocabulary}, got ${token}`);
  const kept = new Set([...special, mask]);
  const words = Int32Array.from({ length: vocabulary }, (_, token) => token).filter((token) => !kept.has(token));
  if (words.length === 0) throw new ConfigError('vocabulary: expected tokens that are not special, got none');

  const hidden = ids.slice();
  const targets = new Int32Array(ids.length).fill(MISSING_CLASS);
  // Three numbers a token, asked for or not: what becomes of one says nothing about the next.
  const share = (at: number): number => random32(key, at) / 2 ** 32;
  ids.forEach((token, at) => {
    if (!whole(token)) throw new ConfigError(`ids: expected tokens below ${vocabulary}, got ${token} at ${at}`);
    if (kept.has(token) || share(3 * at) >= rate) return;
    targets[at] = token;
    const fate = share(3 * at + 1);
    if (fate < 0.8) hidden[at] = mask;
    else if (fate < 0.9) hidden[at] = words[Math.floor(share(3 * at + 2) * words.length)] ?? mask;
  });
  return { ids: hidden, targets };
}
