/** CodiEsp: clinical cases with codes of ICD-10. Miranda-Escalada et al., CLEF eHealth 2020; https://temu.bsc.es/codiesp */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';
import { parseJsonLines } from '../../tables/json-lines.ts';
import { noteTasks, textsOf } from '../../notes/notes.ts';
import { streamKey } from '../../shuffle.ts';
import { divideByGroup } from '../../grouped-split.ts';
import { tableOf, textAt, wrongValue, type Column, type Table } from '../../tables/table.ts';
import type { Task } from '../../task.ts';
import { parseTokenizer, parseVocabulary, type TextTokenizer } from '../../notes/tokenizer.ts';
import { trainWordPiece } from '../../notes/wordpiece-training.ts';
import { cached } from '../cache.ts';
import { plainOrGzip, readBytes } from '../files.ts';
import { cachedTokens } from '../notes/tokens.ts';
import type { Progress, SetLoader } from '../set.ts';

/** The ten most frequent chapters of ICD-10 among the notes that name a disease: XVIII (symptoms) and XXI (contacts) are none. */
export const CODIESP_CHAPTERS: readonly string[] = ['IX', 'II', 'XI', 'XIV', 'I', 'IV', 'XIII', 'XII', 'XIX', 'III'];
const PIECES = 8000;
/** BERT's longest. */
const LONGEST = 512;

export interface CodiespOptions {
  readonly seed: number;
  /** Tokens of a note; what is longer loses its end. Default 512. */
  readonly length?: number;
  readonly onProgress?: Progress;
}

export interface Codiesp {
  readonly tasks: readonly Task[];
  /** Tokens that a model must know. */
  readonly vocabulary: number;
  /** Number of notes. */
  readonly notes: number;
  /** How many of them lost their end. */
  readonly truncated: number;
}

/**
 * Four tasks: ten chapters of ICD-10 (multi-label), infection (a code of chapter I), neoplasm (of chapter II), and surgery (a procedure of
 * section 0 of ICD-10-PCS). The official development notes are the test; a sixth of the training notes, by the seed, is validation.
 *
 * The vocabulary is `tokenizer.json` or `vocab.txt` beside the notes; else 8,000 pieces are learned from the training notes, those of the official split, and kept in the cache.
 * @throws {DataError} a damaged file, with its line
 */
export async function loadCodiesp(folder: string, { seed, length = LONGEST, onProgress }: CodiespOptions): Promise<Codiesp> {
  const path = plainOrGzip(join(folder, 'labelled.jsonl'));
  if (path === null) throw new DataError(`${folder}: expected labelled.jsonl or labelled.jsonl.gz, found none`);
  const notes = parseJsonLines(await readBytes(path), path);
  const texts = textsOf(notes, 'text');
  const official = notes.column('split');
  const training = texts.filter((_, row) => textAt(official, row) === 'train');
  const { tokenizer, bytes } = await vocabularyOf(folder, training, onProgress);
  const tokens = await cachedTokens(tokenizer, bytes, texts, length, (done, total) => onProgress?.(done, total, 'notes to tokens'));
  const tasks = noteTasks(labelled(notes, seed), tokens, {
    seed, split: 'part',
    tasks: [
      { name: 'chapters', kind: 'multilabel', columns: CODIESP_CHAPTERS.map((chapter) => `chapter ${chapter}`) },
      { name: 'infection', kind: 'binary', column: 'chapter I' },
      { name: 'neoplasm', kind: 'binary', column: 'chapter II' },
      { name: 'surgery', kind: 'binary', column: 'surgery' },
    ],
  });
  return { tasks, vocabulary: tokenizer.vocabulary, notes: notes.length, truncated: tokens.truncated };
}

export const codiesp: SetLoader = {
  name: 'codiesp',
  wanted: 'put labelled.jsonl (or .jsonl.gz), an object a line with id, split (train or dev), text, dx, px and chapters, into a folder DIR/codiesp, with a vocab.txt or tokenizer.json if there is one',
  find(folders) {
    const path = folders.map((folder) => join(folder, 'codiesp')).find((folder) => plainOrGzip(join(folder, 'labelled.jsonl')) !== null);
    return path === undefined ? null : { path, async load({ seed, tokens: length = LONGEST, onNote, onProgress }) {
      const { tasks, truncated, notes } = await loadCodiesp(path, { seed, length, ...(onProgress && { onProgress }) });
      if (truncated > 0) onNote?.(`${truncated} of ${notes} notes were cut at ${length} tokens`);
      return tasks;
    } };
  },
};

/** The lists of codes as columns of 0 and 1, and the split. */
function labelled(notes: Table, seed: number): Table {
  const chapters = listsOf(notes, 'chapters');
  const procedures = listsOf(notes, 'px');
  const flags = (name: string, of: (row: number) => boolean): Column => ({ type: 'number', name, values: Float64Array.from({ length: notes.length }, (_, row) => Number(of(row))) });
  const official = notes.column('split');
  const train: number[] = [];
  const codes = Int32Array.from({ length: notes.length }, (_, row) => {
    const part = textAt(official, row);
    if (part !== 'train' && part !== 'dev') throw wrongValue(notes, row, official, 'train or dev');
    if (part === 'train') train.push(row);
    return part === 'train' ? 0 : 2;
  });
  const [, validation] = divideByGroup(train, [5, 1], streamKey(seed, 'split', 'codiesp'));
  validation?.forEach((at) => (codes[train[at] ?? 0] = 1));
  return tableOf(notes.file, [
    { type: 'text', name: 'part', codes, texts: ['train', 'validation', 'test'] },
    ...CODIESP_CHAPTERS.map((chapter) => flags(`chapter ${chapter}`, (row) => chapters[row]?.includes(chapter) ?? false)),
    flags('surgery', (row) => procedures[row]?.some((code) => code.startsWith('0')) ?? false),
  ], (row) => notes.place(row));
}

function listsOf(notes: Table, name: string): string[][] {
  const column = notes.column(name);
  return Array.from({ length: notes.length }, (_, row) => {
    let list: unknown;
    try {
      list = JSON.parse(textAt(column, row) ?? '');
    } catch {
      list = null;
    }
    if (!Array.isArray(list) || !list.every((code) => typeof code === 'string')) throw wrongValue(notes, row, column, 'a list of codes');
    return list;
  });
}

async function vocabularyOf(folder: string, training: readonly string[], onProgress?: Progress): Promise<{ tokenizer: TextTokenizer; bytes: Uint8Array }> {
  for (const [name, parse] of [['tokenizer.json', parseTokenizer], ['vocab.txt', parseVocabulary]] as const) {
    const path = plainOrGzip(join(folder, name));
    if (path === null) continue;
    const bytes = await readBytes(path);
    return { bytes, tokenizer: await parse(bytes, path) };
  }
  const hash = createHash('sha256').update(JSON.stringify(training)).digest('hex').slice(0, 32);
  const report = (done: number, total: number): void => onProgress?.(done, total, 'learning the vocabulary');
  const bytes = await cached(`wordpiece-1-${hash}-${PIECES}.txt`, () => Promise.resolve(new TextEncoder().encode(trainWordPiece(training, PIECES, report).join('\n'))));
  return { bytes, tokenizer: await parseVocabulary(bytes, 'the vocabulary learned from the training notes') };
}
