import { expect, test } from 'vitest';
import { ConfigError, DataError } from '../../../engine/errors.ts';
import { parseTokenizer, parseVocabulary } from '../../../data/notes/tokenizer.ts';
import { expectError, expectRejection } from '../../support/errors.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'patient', '##s', 'fever', 'un', '##aff', '##able', ',', '!', 'cafe', '日', '__proto__', 'Fever'];
const lines = (tokens: readonly string[]): Uint8Array => bytes(`${tokens.join('\n')}\n`);
const PAIRS: readonly (readonly [string, readonly number[]])[] = [
  ['The patients, unaffable!', [2, 5, 6, 7, 12, 9, 10, 11, 13, 3]],
  ['Café 日本 FEVER', [2, 14, 15, 1, 8, 3]],
  ['', [2, 3]],
  ['  \t\n', [2, 3]],
  ['xyz the[MASK]', [2, 1, 5, 4, 3]],
  ['x'.repeat(101), [2, 1, 3]],
];

/** A small tokenizer.json as the library of Hugging Face writes one, with room for changes. */
const json = (changes: object = {}): object => ({
  version: '1.0', truncation: { max_length: 3, strategy: 'LongestFirst', stride: 0 }, padding: null,
  added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
  normalizer: { type: 'Lowercase' }, pre_tokenizer: { type: 'Whitespace' }, post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] }, decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: { '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, hello: 4, '##s': 5, world: 6 } },
  ...changes,
});
const parsed = (changes: object): Promise<unknown> => parseTokenizer(bytes(JSON.stringify(json(changes))), 'tokenizer.json');

test('a vocabulary of BERT', async () => {
  const tokenizer = await parseVocabulary(lines(VOCABULARY), 'vocab.txt');
  expect(tokenizer.vocabulary).toBe(VOCABULARY.length);
  const length = Math.max(...PAIRS.map(([, ids]) => ids.length));
  const wanted = PAIRS.flatMap(([, ids]) => [...ids, ...new Array<number>(length - ids.length).fill(0)]);
  expect(tokenizer.encode(PAIRS.map(([text]) => text), length)).toEqual(Int32Array.from(wanted));
  expect(tokenizer.encode([], 5)).toEqual(new Int32Array());
  const cased = await parseVocabulary(bytes(VOCABULARY.join('\r\n')), 'vocab.txt', { lowercase: false });
  expect([...cased.encode(['Fever fever Café'], 6)]).toEqual([2, 17, 8, 1, 3, 0]);
});

test('what is too long loses its end and keeps its marks', async () => {
  const tokenizer = await parseVocabulary(lines(VOCABULARY), 'vocab.txt');
  expect([...tokenizer.encode(['The patients, unaffable!', 'fever', '[CLS] the [SEP] fever'], 5)]).toEqual([2, 5, 6, 7, 3, 2, 8, 3, 0, 0, 2, 2, 5, 3, 3]);
  expect([...tokenizer.encode(['the fever'], 3)]).toEqual([2, 5, 3]);
  for (const length of [2, 0, 3.5, NaN]) expectError(() => tokenizer.encode(['the'], length), ConfigError, 'maxLength', `${length}`);
});

test('a tokenizer.json', async () => {
  const tokenizer = await parseTokenizer(bytes(JSON.stringify(json())), 'tokenizer.json');
  expect(tokenizer.vocabulary).toBe(7);
  expect([...tokenizer.encode(['Hello worlds', 'hello'], 6)]).toEqual([2, 4, 6, 5, 3, 0, 2, 4, 3, 0, 0, 0]);
  const plain = await parseTokenizer(bytes(JSON.stringify(json({ post_processor: null }))), 'tokenizer.json');
  expect([...plain.encode(['hello world hello'], 2)]).toEqual([4, 6]);
});

test.each<[string, () => Promise<unknown>, (string | RegExp)[]]>([
  ['no text', () => parseVocabulary(Uint8Array.of(0xff, 0xfe), 'f'), ['f: ', 'UTF-8']],
  ['nothing', () => parseVocabulary(new Uint8Array(), 'f'), ['f: ', '[PAD]', 'not a vocabulary']],
  ['another vocabulary', () => parseVocabulary(lines(['<s>', 'the']), 'f'), ['f: ', '[PAD]', '2 lines']],
  ['no mark of the end', () => parseVocabulary(lines(VOCABULARY.filter((token) => token !== '[SEP]')), 'f'), ['f: ', '[SEP]']],
  ['a token twice', () => parseVocabulary(lines([...VOCABULARY, 'the']), 'f'), ['f: line 19', 'the', 'line 6']],
  ['an empty line', () => parseVocabulary(lines([...VOCABULARY, '', 'x']), 'f'), ['f: line 19', 'empty']],
  ['padding in another place', () => parseVocabulary(lines(['the', '[PAD]', '[UNK]', '[CLS]', '[SEP]']), 'f'), ['f: ', '[PAD]', 'number 0', 'got 1']],
  ['JSON cut off', () => parseTokenizer(bytes('{"model":'), 'f'), ['f: not JSON']],
  ['JSON of something else', () => parseTokenizer(bytes('[1]'), 'f'), ['f: not a tokenizer']],
  ['null', () => parseTokenizer(bytes('null'), 'f'), ['f: not a tokenizer']],
  ['bytes', () => parseTokenizer(Uint8Array.of(0xff), 'f'), ['f: ', 'UTF-8']],
  ['an unknown normalizer', () => parsed({ normalizer: { type: 'Other' } }), ['tokenizer.json: ', 'Other']],
  ['no model', () => parsed({ model: undefined }), ['tokenizer.json: ', 'model']],
  ['a model without a vocabulary', () => parsed({ model: { type: 'WordPiece', unk_token: '[UNK]' } }), ['tokenizer.json: not a tokenizer']],
  ['no padding', () => parsed({ added_tokens: [], model: { type: 'WordPiece', unk_token: 'a', vocab: { a: 0 } } }), ['tokenizer.json: ', 'padding', 'none']],
])('%s is refused', (_, open, parts) => expectRejection(open(), DataError, ...parts));

test('a token without a number is an error, not a wrong number', async () => {
  const tokenizer = await parseTokenizer(bytes(JSON.stringify(json({ model: { type: 'WordPiece', unk_token: '[NONE]', continuing_subword_prefix: '##', vocab: { '[PAD]': 0, hello: 4 } } }))), 'tokenizer.json');
  expectError(() => tokenizer.encode(['hello you'], 5), DataError, 'tokenizer.json', 'hello you');
});
