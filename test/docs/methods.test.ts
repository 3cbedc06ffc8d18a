/** docs/methods.md has every method, and shows the programs that run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METHODS } from 'lazygrad/methods';

const root = join(import.meta.dirname, '../..');
const doc = readFileSync(join(root, 'docs/methods.md'), 'utf8');

test.each(METHODS.map(({ name }) => name))('%s has a paragraph', (name) => {
  expect(doc.split('\n').filter((line) => line.startsWith(`**\`${name}\`**`))).toHaveLength(1);
});

test('no paragraph is of a method that is not there', () => {
  const described = [...doc.matchAll(/^\*\*`([\w-]+)`\*\*/gm)].map(([, name]) => name);
  expect([...described].sort()).toEqual(METHODS.map(({ name }) => name).sort());
});

test.each(['random-weights.ts', 'random-weights.test.ts'])('the guide shows exactly examples/%s', (file) => {
  expect(doc).toContain(`\`\`\`ts\n${readFileSync(join(root, 'examples', file), 'utf8')}\`\`\``);
});

test.each(METHODS.map((method) => [method.name, method] as const))('%s says what it is and where it comes from', (_name, { summary, source, family, hyperparameters }) => {
  for (const text of [summary, source, family, ...Object.values(hyperparameters).map((option) => option.summary)]) expect(text.length).toBeGreaterThan(8);
});
