/** A WordPiece vocabulary learned from texts, for when a model comes with none. */
import { ConfigError } from '../../engine/errors.ts';

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/**
 * The lines of a `vocab.txt`: BERT's special tokens, every character of the texts alone and as a continuation (`##`), then pieces joined
 * pair by pair, the most frequent pair first and among equals the first by UTF-16 code units, as the trainer of Hugging Face's tokenizers does. Text is put into
 * lower case and loses its accents, and is cut at white space, punctuation and symbols.
 * @param pieces size of the vocabulary; fewer when no pair comes twice
 * @param onProgress told now and then how many pieces of how many there are
 * @throws {ConfigError} `pieces` has no room for the characters
 */
export function trainWordPiece(texts: Iterable<string>, pieces: number, onProgress?: (done: number, total: number) => void): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const words = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, count]) => ({ count, parts: Array.from(word, (letter, at) => (at === 0 ? letter : `##${letter}`)) }));
  const characters = [...new Set([...counts.keys()].flatMap((word) => Array.from(word)))].sort();
  const vocabulary = new Set([...SPECIAL, ...characters, ...characters.map((letter) => `##${letter}`)]);
  if (!Number.isSafeInteger(pieces) || pieces < vocabulary.size) throw new ConfigError(`pieces: expected a whole number from ${vocabulary.size}, which the characters alone need, got ${pieces}`);

  const pairs = new Pairs();
  words.forEach(({ parts, count }, word) => pairs.add(parts, count, word));
  while (vocabulary.size < pieces) {
    const best = pairs.best();
    if (!best) break;
    const joined = best.left + best.right.slice(2);
    vocabulary.add(joined);
    if (vocabulary.size % 100 === 0) onProgress?.(vocabulary.size, pieces);
    for (const word of best.words) {
      const entry = words[word];
      if (!entry) continue;
      pairs.add(entry.parts, -entry.count, word);
      entry.parts = merge(entry.parts, best.left, best.right, joined);
      pairs.add(entry.parts, entry.count, word);
    }
  }
  return [...vocabulary];
}

interface Pair {
  readonly left: string;
  readonly right: string;
  readonly words: Set<number>;
  count: number;
}

/** How often pieces stand side by side, and in which words. */
class Pairs {
  readonly #pairs = new Map<string, Pair>();

  add(parts: readonly string[], count: number, word: number): void {
    for (let at = 1; at < parts.length; at++) {
      const left = parts[at - 1] ?? '';
      const right = parts[at] ?? '';
      const key = `${left} ${right}`;
      let pair = this.#pairs.get(key);
      if (!pair) this.#pairs.set(key, (pair = { left, right, words: new Set(), count: 0 }));
      pair.count += count;
      pair.words.add(word);
      if (pair.count === 0) this.#pairs.delete(key);
    }
  }

  /** The most frequent that comes at least twice. */
  best(): Pair | null {
    let best: Pair | null = null;
    for (const pair of this.#pairs.values()) {
      if (pair.count < 2 || (best && (pair.count < best.count || (pair.count === best.count && !before(pair, best))))) continue;
      best = pair;
    }
    return best;
  }
}

const before = (a: Pair, b: Pair): boolean => a.left < b.left || (a.left === b.left && a.right < b.right);

function merge(parts: readonly string[], left: string, right: string, joined: string): string[] {
  const out: string[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? '';
    if (part === left && parts[at + 1] === right) {
      out.push(joined);
      at++;
    } else out.push(part);
  }
  return out;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().normalize('NFD').replace(/\p{Mn}/gu, '').match(/[^\s\p{P}\p{S}\p{C}]+|[\p{P}\p{S}]/gu) ?? [];
}
