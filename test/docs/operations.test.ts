/**
 * docs/operations.md says what the code says and does: names and PyTorch's names from the sources, types and gradients by trying them.
 * `npm run docs` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { publicFunctions, torchName } from '../catalogue/docstrings.ts';
import { TAKES_FLOAT16 } from '../catalogue/float16.ts';
import { OPERATIONS } from '../catalogue/operations.ts';
import { probe } from '../catalogue/probe.ts';
import { testDevice } from '../support/device.ts';

const PATH = fileURLToPath(new URL('../../docs/operations.md', import.meta.url));
const functions = new Map(publicFunctions().map((f) => [f.name, f]));

/** Functions that give tensors and are no operations: they make some, or work on the tape. */
const OTHERS = ['arange', 'bernoulli', 'checkpoint', 'clipGradNorm', 'custom', 'eye', 'full', 'grad', 'hvp', 'ones', 'rand', 'randn', 'tensor', 'truncatedNormal', 'zeros'];

test('every public function that gives tensors is in the catalogue', () => {
  const names = Object.values(OPERATIONS).flatMap((family) => Object.keys(family));
  const tensors = [...functions.values()].filter(({ givesTensors }) => givesTensors).map(({ name }) => name);
  expect([...names, ...OTHERS].sort()).toEqual(tensors.sort());
});

test('the operations that are said to take float16 do, and no others', async (context) => {
  const device = await testDevice();
  if (!device.features.includes('shader-f16')) context.skip('the adapter has no shader-f16');
  const found = Object.values(OPERATIONS).flatMap((family) => Object.entries(family)).filter(([, entry]) => probe(device, entry).dtypes.includes('float16')).map(([name]) => name);
  expect(found.sort()).toEqual([...TAKES_FLOAT16].sort());
});

test('docs/operations.md is up to date', async () => {
  const device = await testDevice();
  const lines = [
    '# Operations', '',
    'Written by `npm run docs` from the sources and by trying every operation; a test compares. Shapes, ranges and errors are in the functions\' own documentation.',
    'The second gradient is exact: where a fused derivative cannot be differentiated, the composite it equals is.', '',
  ];
  for (const [family, entries] of Object.entries(OPERATIONS)) {
    lines.push(`## ${family}`, '', '| operation | PyTorch | gradient | second gradient | types of the data |', '|---|---|---|---|---|');
    for (const [name, entry] of Object.entries(entries)) {
      const { dtypes: found, gradient, secondGradient } = probe(device, entry);
      const dtypes = found.filter((dtype) => dtype !== 'float16').flatMap((dtype) => dtype === 'float32' && TAKES_FLOAT16.has(name) ? [dtype, 'float16'] : [dtype]);
      const torch = torchName(functions.get(name)?.text ?? '');
      lines.push(`| \`${name}\` | ${torch ? `\`${torch}\`` : ''} | ${gradient ? 'yes' : '–'} | ${secondGradient ? 'yes' : '–'} | ${dtypes.join(', ')} |`);
    }
    lines.push('');
  }
  const text = `${lines.join('\n').trimEnd()}\n`;
  if (process.env.LAZYGRAD_WRITE_DOCS) writeFileSync(PATH, text);
  expect(readFileSync(PATH, 'utf8')).toBe(text);
});
