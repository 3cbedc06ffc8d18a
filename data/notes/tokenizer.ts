/** Text as token numbers, for models like BERT. The tokenizer itself is `@huggingface/tokenizers`, loaded when it is asked for. */
import type { Tokenizer } from '@huggingface/tokenizers';
import { ConfigError, DataError } from '../../engine/errors.ts';

export interface TextTokenizer {
  /** One more than the largest token number: the vocabulary that a model needs. */
  readonly vocabulary: number;
  /**
   * Texts to token numbers `[texts, maxLength]`, row-major: each with the tokens that mark its start and end, cut off so that these stay, then
   * filled up with the padding, 0.
   * @param onCut told of each text that is cut off: its index, and how many tokens it has with its marks
   * @throws ConfigError when `maxLength` has no place for a token beside the marks
   */
  encode(texts: readonly string[], maxLength: number, onCut?: (text: number, tokens: number) => void): Int32Array;
}

/** Tokens that stand for padding; its number must be the one that models take for it. */
const PADDING_TOKENS = ['[PAD]', '<pad>'];
const PADDING = 0;
const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/**
 * From the bytes of a `tokenizer.json`, as Hugging Face's libraries write it.
 * @param file named in messages
 * @throws DataError when it is none, is of a kind that is not supported, or has a padding token whose number is not 0
 */
export async function parseTokenizer(bytes: Uint8Array, file: string): Promise<TextTokenizer> {
  let json: unknown;
  try {
    json = JSON.parse(decoded(bytes, file));
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${file}: not JSON: ${reason(cause)}`, { cause });
  }
  return open(json, file);
}

export interface VocabularyOptions {
  /** Whether text is put into lower case and loses its accents, as for BERT's uncased vocabularies; default true. */
  readonly lowercase?: boolean;
}

/**
 * From the bytes of BERT's `vocab.txt`: a token a line, its number that of the line, from 0. Splits text as BERT does: at spaces and punctuation, then
 * into the longest pieces there are (WordPiece).
 * @param file named in messages
 * @throws DataError when a token is empty or there twice, or there is no `[UNK]`, `[CLS]` or `[SEP]`, or no `[PAD]` in the first line
 */
export async function parseVocabulary(bytes: Uint8Array, file: string, { lowercase = true }: VocabularyOptions = {}): Promise<TextTokenizer> {
  const lines = decoded(bytes, file).split('\n').map((line) => line.endsWith('\r') ? line.slice(0, -1) : line);
  if (lines.at(-1) === '') lines.pop();
  const numbers = new Map<string, number>();
  for (const [i, token] of lines.entries()) {
    const before = numbers.get(token);
    if (token === '') throw new DataError(`${file}: line ${i + 1} is empty, expected a token in each`);
    if (before !== undefined) throw new DataError(`${file}: line ${i + 1} has the token ${token}, as line ${before + 1} does`);
    numbers.set(token, i);
  }
  for (const token of SPECIAL.slice(0, 4)) if (!numbers.has(token)) throw new DataError(`${file}: there is no token ${token} in ${lines.length} lines: not a vocabulary of BERT`);
  return open(bertTokenizer(numbers, lowercase), file);
}

/** The `tokenizer.json` of a BERT with this vocabulary. */
function bertTokenizer(numbers: ReadonlyMap<string, number>, lowercase: boolean): object {
  const mark = (token: string): object => ({ SpecialToken: { id: token, type_id: 0 } });
  const special = SPECIAL.flatMap((content) => {
    const id = numbers.get(content);
    return id === undefined ? [] : [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }];
  });
  return {
    version: '1.0',
    added_tokens: special,
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [mark('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, mark('[SEP]')],
      pair: [],
      special_tokens: Object.fromEntries(special.map(({ id, content }) => [content, { id: content, ids: [id], tokens: [content] }])),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    // Not by assignment: a token may be called __proto__.
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: Object.fromEntries(numbers) },
  };
}

async function open(json: unknown, file: string): Promise<TextTokenizer> {
  const library = await import('@huggingface/tokenizers');
  let tokenizer: Tokenizer;
  try {
    tokenizer = new library.Tokenizer(json as object, {});
  } catch (cause) {
    throw new DataError(`${file}: not a tokenizer that is supported: ${reason(cause)}`, { cause });
  }
  const numbers = [...tokenizer.get_vocab().values()];
  const padding = PADDING_TOKENS.map((token) => tokenizer.token_to_id(token)).find((id) => id !== undefined);
  if (padding !== PADDING) throw new DataError(`${file}: expected a padding token, ${PADDING_TOKENS.join(' or ')}, of number ${PADDING}, got ${padding ?? 'none'}`);
  const ids = (text: string, marks: boolean): number[] => {
    const found: (number | undefined)[] = tokenizer.encode(text, { add_special_tokens: marks }).ids;
    return found.map((id) => id ?? missing(file, text));
  };
  return {
    vocabulary: numbers.reduce((most, id) => Math.max(most, id), -1) + 1,
    encode(texts, maxLength, onCut) {
      const marks = ids('', true).length;
      if (!Number.isSafeInteger(maxLength) || maxLength <= marks) throw new ConfigError(`encode: maxLength: expected more than the ${marks} tokens of start and end, got ${maxLength}`);
      const out = new Int32Array(texts.length * maxLength).fill(PADDING);
      for (const [i, text] of texts.entries()) {
        const marked = ids(text, true);
        if (marked.length > maxLength) onCut?.(i, marked.length);
        out.set(marked.length > maxLength ? cut(marked, ids(text, false), maxLength) : marked, i * maxLength);
      }
      return out;
    },
  };
}

/** `length` of more tokens, without the last ones of the text: what stands around the text stays. */
function cut(marked: readonly number[], bare: readonly number[], length: number): readonly number[] {
  const excess = marked.length - length;
  const start = marked.findIndex((_, at) => bare.every((id, i) => marked[at + i] === id));
  const end = start + bare.length;
  return [...marked.slice(0, end - excess), ...marked.slice(end)];
}

function missing(file: string, text: string): never {
  throw new DataError(`${file}: the tokenizer has no number for a token of '${text.slice(0, 40)}'`);
}

function decoded(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError(`${file}: not text in UTF-8`, { cause });
  }
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
