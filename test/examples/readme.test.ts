/** The README's program is the one in examples/, and it runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const root = join(import.meta.dirname, '../..');
const source = readFileSync(join(root, 'examples/training-loop.ts'), 'utf8');

test('the README shows exactly examples/training-loop.ts', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  expect(blocks).toContain(source);
});

test('the program runs: both tasks come to own something, and shares add up', async () => {
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  await import('../../examples/training-loop.ts');
  spy.mockRestore();
  expect(lines).toHaveLength(2);
  const shares = [...lines[1]!.matchAll(/0\.\d{3}/g)].map(([share]) => Number(share));
  expect(shares).toHaveLength(3);
  expect(Math.min(...shares)).toBeGreaterThan(0);
  expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 2);
});
