/** Token numbers of many texts, kept for the next time. */
import { createHash } from 'node:crypto';
import type { Tokens } from '../../notes/notes.ts';
import type { TextTokenizer } from '../../notes/tokenizer.ts';
import { cached } from '../cache.ts';

/**
 * What the tokenizer makes of the texts, cached by a hash of them and of its vocabulary.
 * @param vocabulary the bytes that the tokenizer was opened from
 */
export async function cachedTokens(tokenizer: TextTokenizer, vocabulary: Uint8Array, texts: readonly string[], length: number): Promise<Tokens> {
  const hash = createHash('sha256').update(vocabulary).update(JSON.stringify(texts)).digest('hex').slice(0, 32);
  const bytes = await cached(`tokens-1-${hash}-${length}.bin`, () => {
    let truncated = 0;
    const ids = tokenizer.encode(texts, length, () => truncated++);
    const stored = new Int32Array(1 + ids.length);
    stored[0] = truncated;
    stored.set(ids, 1);
    return Promise.resolve(new Uint8Array(stored.buffer));
  });
  // A cached payload may begin anywhere in its buffer.
  const stored = new Int32Array(new Uint8Array(bytes).buffer);
  return { ids: stored.subarray(1), length, truncated: stored[0] ?? 0 };
}
