import { expect, test } from 'vitest';
import { parseVocabulary } from '../../../data/notes/tokenizer.ts';
import { trainWordPiece } from '../../../data/notes/wordpiece-training.ts';
import { ConfigError } from '../../../engine/errors.ts';
import { expectError } from '../../support/errors.ts';

test('pairs are joined by how often they come: by hand', () => {
  // Words: low x3, lower x2, new x1. (l, ##o) and (##o, ##w) come 5 times: '##o' is first by code units.
  expect(trainWordPiece(['Low low, lòw', 'lower LOWER new'], 21)).toEqual([
    '[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ',', 'e', 'l', 'n', 'o', 'r', 'w', '##,', '##e', '##l', '##n', '##o', '##r', '##w', '##ow', 'low',
  ]);
  expect(trainWordPiece(['aa'], 100)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', '##a']);
  expectError(() => trainWordPiece(['abc'], 10), ConfigError, 'pieces', '11', '10');
});

test('the vocabulary is one that the tokenizer takes, without an unknown token in the texts it was learned from', async () => {
  const texts = ['The patient, 63 years old, had a fever of 39.5 °C.', 'No fever! The patient (female) was well.'];
  const lines = trainWordPiece(texts, 120);
  expect(trainWordPiece(texts, 120)).toEqual(lines);
  const tokenizer = await parseVocabulary(new TextEncoder().encode(lines.join('\n')), 'v');
  expect(tokenizer.vocabulary).toBe(lines.length);
  const cut: [number, number][] = [];
  expect(tokenizer.encode(texts, 64)).not.toContain(1);
  tokenizer.encode(['fever', ...texts], 6, (text, tokens) => cut.push([text, tokens]));
  expect(cut.map(([text]) => text)).toEqual([1, 2]);
});
