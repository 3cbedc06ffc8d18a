/** The program in docs/testing.md is the one in examples/, and it runs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

const root = join(import.meta.dirname, '../..');

test('docs/testing.md shows exactly examples/property-tests.ts', () => {
  expect(readFileSync(join(root, 'docs/testing.md'), 'utf8')).toContain(`\`\`\`ts\n${readFileSync(join(root, 'examples/property-tests.ts'), 'utf8')}\`\`\``);
});

test('the program runs: what is right passes, and the mistake is found', async () => {
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  await import('../../examples/property-tests.ts');
  spy.mockRestore();
  expect(lines.slice(0, 2)).toEqual(['x sigmoid(x): every derivative is right', 'APO: every invariant holds']);
  expect(lines[2]).toMatch(/^LastCome: permanent: parameter \d+ belonged to (heart|lungs) and belongs to (heart|lungs) after event 1, a step of (heart|lungs)$/);
  expect(lines).toHaveLength(3);
});
