/** Token numbers of many texts, kept for the next time. */
import { createHash } from 'node:crypto';
import type { Tokens } from '../../notes/notes.ts';
import type { TextTokenizer } from '../../notes/tokenizer.ts';
import { cached } from '../cache.ts';

/** Texts between two reports of progress. */
const AT_ONCE = 32;

/**
 * What the tokenizer makes of the texts, cached by a hash of them and of its vocabulary.
 * @param vocabulary the bytes that the tokenizer was opened from
 * @param onProgress told how many texts of how many are done
 */
export async function cachedTokens(tokenizer: TextTokenizer, vocabulary: Uint8Array, texts: readonly string[], length: number, onProgress?: (done: number, total: number) => void): Promise<Tokens> {
  const hash = createHash('sha256').update(vocabulary).update(JSON.stringify(texts)).digest('hex').slice(0, 32);
  const bytes = await cached(`tokens-1-${hash}-${length}.bin`, () => {
    let truncated = 0;
    const stored = new Int32Array(1 + texts.length * length);
    for (let at = 0; at < texts.length; at += AT_ONCE) {
      stored.set(tokenizer.encode(texts.slice(at, at + AT_ONCE), length, () => truncated++), 1 + at * length);
      onProgress?.(Math.min(at + AT_ONCE, texts.length), texts.length);
    }
    stored[0] = truncated;
    return Promise.resolve(new Uint8Array(stored.buffer));
  });
  // A cached payload may begin anywhere in its buffer.
  const stored = new Int32Array(new Uint8Array(bytes).buffer);
  return { ids: stored.subarray(1), length, truncated: stored[0] ?? 0 };
}
