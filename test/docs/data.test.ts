/** docs/data.md shows programs that run. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test, vi } from 'vitest';
import { loadDescription } from 'lazygrad/data/node';

const root = join(import.meta.dirname, '../..');
const doc = readFileSync(join(root, 'docs/data.md'), 'utf8');
const blocks = (language: string): string[] => [...doc.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code]) => code ?? '');
const visits = `patient,age,ward,died,days,stage,kidney,liver\n${Array.from({ length: 60 }, (_, i) => `${i % 20},${40 + i},${i % 2 ? 'ICU' : 'A'},${i % 3 ? 0 : 1},${i / 4},${['I', 'II', 'III', 'IV'][i % 4]},${i % 2},NA\n`).join('')}`;

/** A `.npy` file of zeros. */
function series(length: number, values: number): Uint8Array {
  const header = new TextEncoder().encode(`{'descr': '<f4', 'fortran_order': False, 'shape': (${length}, ${values}), }\n`);
  return Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0, ...header, ...new Uint8Array(4 * length * values));
}

test('the programs run', async () => {
  // Beside this file, so that the names of the library are found.
  const folder = mkdtempSync(join(import.meta.dirname, 'data-'));
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((...words: unknown[]) => void lines.push(words.join(' ')));
  try {
    writeFileSync(join(folder, 'visits.csv'), visits);
    writeFileSync(join(folder, 'series.npy'), series(10, 3));
    for (const [at, name] of ['healthy', 'ill'].entries()) {
      mkdirSync(join(folder, 'cells', name), { recursive: true });
      for (let i = 0; i < 10; i++) await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: i, g: at, b: 0 } } }).png().toFile(join(folder, 'cells', name, `p${i}_${at}.png`));
    }
    for (const [at, code] of blocks('ts').entries()) {
      const file = join(folder, `program-${at}.ts`);
      writeFileSync(file, code.replaceAll(/'(visits\.csv|cells|series\.npy)'/g, (_, name: string) => JSON.stringify(join(folder, name))));
      await import(/* @vite-ignore */ file);
    }
  } finally {
    spy.mockRestore();
    rmSync(folder, { recursive: true });
  }
  // Age, two wards, four stages, the kidney, and the liver with the value that says it is missing.
  expect(lines).toEqual(['death: 42 rows of 10 values; stay: 42 rows of 10 values 2', '60', '2 20', '7', '8', '2']);
});

test('the description loads', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lazygrad-docs-'));
  try {
    writeFileSync(join(folder, 'visits.csv'), visits);
    writeFileSync(join(folder, 'tasks.json'), blocks('json')[0] ?? '');
    const { tasks } = await loadDescription(join(folder, 'tasks.json'), { seed: 0 });
    expect(tasks.map(({ name, classes, inputShape }) => [name, classes, inputShape])).toEqual([['death', 1, [3]], ['stage', 3, [3]], ['organs', 2, [3]]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
