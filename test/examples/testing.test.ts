/** The program in docs/testing.md is the one in examples/, and it runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const root = join(import.meta.dirname, '../..');

const doc = readFileSync(join(root, 'docs/testing.md'), 'utf8');

test('docs/testing.md shows exactly examples/property-tests.ts', () => {
  expect(doc).toContain(`\`\`\`ts\n${readFileSync(join(root, 'examples/property-tests.ts'), 'utf8')}\`\`\``);
});

test('the program runs and prints what docs/testing.md says', async () => {
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  await import('../../examples/property-tests.ts');
  spy.mockRestore();
  expect(lines).toHaveLength(3);
  expect(doc).toContain(`\`\`\`\n${lines.join('\n')}\n\`\`\``);
});
