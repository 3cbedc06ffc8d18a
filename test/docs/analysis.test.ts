/** docs/analysis.md has every metric and every function, and shows a program that runs and prints what it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import * as analysis from 'lazygrad/analysis';
import * as apo from 'lazygrad/apo';
import * as methods from 'lazygrad/methods';

const root = join(import.meta.dirname, '../..');
const doc = readFileSync(join(root, 'docs/analysis.md'), 'utf8');
const metrics = doc.slice(doc.indexOf('## Metrics'), doc.indexOf('## Intervals'));

test('every metric has one line, and no line is of another', () => {
  const described = [...metrics.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect([...described].sort()).toEqual(Object.keys(analysis.METRICS).sort());
});

test('metrics are of the tasks that their lines name', () => {
  const of = { classes: ['multiclass', 3], labels: ['multilabel', 2], 'several labels': ['multilabel', 2], 'one label': ['binary', 1], numbers: ['regression', 1] } as const;
  for (const [, name, kinds] of metrics.matchAll(/^\| `(\w+)` \| ([a-z, ]+) \|/gm)) {
    for (const word of kinds!.split(', ')) {
      const [kind, width] = of[word as keyof typeof of];
      expect(Object.keys(analysis.measure(kind, [], [], width)), `${name}, of ${word}`).toContain(name);
    }
  }
});

test('names in code style that look like functions are some', () => {
  const known = new Set([...Object.keys(analysis), ...Object.keys(methods), ...Object.keys(apo), ...Object.keys(analysis.METRICS)]);
  const names = [...doc.matchAll(/`([a-z]+[A-Z]\w*)(?:\([^`]*\))?`/g)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

test('it shows exactly examples/similarity.ts, which prints what it says', async () => {
  expect(doc).toContain(`\`\`\`ts\n${readFileSync(join(root, 'examples/similarity.ts'), 'utf8')}\`\`\``);
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  await import('../../examples/similarity.ts');
  spy.mockRestore();
  expect(doc).toContain(`\`\`\`\n${lines.join('\n')}\n\`\`\``);
});
