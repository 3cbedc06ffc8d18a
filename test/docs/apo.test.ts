/** The options in docs/apo.md are those of the code. `npm run docs` writes the table anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { OPTIONS, PRESETS } from 'lazygrad/apo';
import type { Choices } from 'lazygrad/apo';

const PATH = fileURLToPath(new URL('../../docs/apo.md', import.meta.url));
const TABLE = /(<!-- options: [^\n]*-->\n)[\s\S]*?(<!-- end of options -->)/;

function table(): string {
  const presets = Object.keys(PRESETS) as (keyof typeof PRESETS)[];
  const rows = Object.entries(OPTIONS).map(([name, spec]) => {
    const [first, ...others] = presets.map((preset) => PRESETS[preset][name as keyof Choices]);
    const range = 'range' in spec ? `${spec.whole ? 'whole, ' : ''}${spec.range.join(' to ')}` : spec.words.join(', ');
    return `| \`${name}\` | ${range} | ${first} | ${others.map((value) => (value === first ? '' : value)).join(' | ')} | ${spec.summary.replaceAll('|', '\\|')} |`;
  });
  return [`| option | range | ${presets.join(' | ')} | meaning |`, `|---|---|${'---|'.repeat(presets.length)}---|`, ...rows].join('\n');
}

test('docs/apo.md lists every option, its range, and its value in each preset', () => {
  const text = readFileSync(PATH, 'utf8').replace(TABLE, (_, begin: string, end: string) => `${begin}${table()}\n${end}`);
  expect(text).toContain(table());
  if (process.env.LAZYGRAD_WRITE_DOCS) writeFileSync(PATH, text);
  expect(readFileSync(PATH, 'utf8')).toBe(text);
});

test('every name in code style that looks like one of the code is one', async () => {
  const text = readFileSync(PATH, 'utf8');
  const [apo, engine] = [await import('lazygrad/apo'), await import('lazygrad')];
  const known = new Set<string>([...Object.keys(apo), ...Object.keys(engine), ...Object.keys(OPTIONS), ...Object.getOwnPropertyNames(apo.APO.prototype), 'lr', 'preset', 'split', ...Object.keys(PRESETS), ...Object.values(OPTIONS).flatMap((spec) => ('words' in spec ? spec.words : []))]);
  const names = [...text.matchAll(/`([a-zA-Z]+)(?:\([^`]*\))?`/g)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});
